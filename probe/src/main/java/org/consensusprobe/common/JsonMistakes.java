package org.consensusprobe.common;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is wrong with a text that is no JSON, in the words of someone who writes JSON, not of the library that reads it. */
final class JsonMistakes {
    private static final String OTHER = "a mistake in its syntax";

    /** What the library says, and what that means; {@code $1} is what it quotes. */
    private static final Map<Pattern, String> MEANINGS = new LinkedHashMap<>();

    static {
        meaning(
                "Unexpected character \\('(.)' .*expecting comma.*",
                "'$1' where a comma or the end of the object or list is expected");
        meaning(
                "Unexpected character \\('(.)' .*to start field name.*",
                "'$1' where a name in double quotes is expected");
        meaning("Unexpected character \\('(.)' .*colon.*", "'$1' where a colon is expected");
        meaning("Unexpected character \\('(.)' .*expected a valid value.*", "'$1' where a value is expected");
        meaning("Unexpected close marker '(.)'.*", "'$1' closes nothing that is open there");
        meaning("Unexpected character \\('(.)' .*", "'$1' is not expected there");
        meaning("Unrecognized token '([^']*)'.*", "'$1' is no value; texts stand in double quotes");
        meaning(
                "Unrecognized character escape '(.)'.*",
                "a backslash before '$1' means nothing; a backslash itself is written twice");
        meaning(
                "Illegal unquoted character.*",
                "a tab, a line end or another control character in a text; they are written \\\\t, \\\\n");
        meaning("Invalid numeric value.*[Ll]eading zero.*", "a number that starts with 0");
        meaning("Invalid numeric value.*", "something that looks like a number and is none");
        meaning("Non-standard token '([^']*)'.*", "$1, which JSON does not have");
        meaning("Trailing token.*", "more text follows the value");
        meaning("Duplicate [Ff]ield '(.*)'.*", "the key '$1' is there twice");
        meaning("Invalid UTF-(?:8|16|32).*", "bytes that are no UTF-8 text");
    }

    private JsonMistakes() {}

    private static void meaning(String found, String means) {
        MEANINGS.put(Pattern.compile(found), means);
    }

    /** The mistake in one clause. */
    static String inPlainWords(JsonProcessingException e) {
        String found = e.getOriginalMessage().lines().findFirst().orElse("");
        if (e instanceof JsonEOFException) {
            return "it ends before it is complete";
        }
        return MEANINGS.entrySet().stream()
                .filter(entry -> entry.getKey().matcher(found).matches())
                .findFirst()
                .map(entry -> said(entry.getKey().matcher(found), entry.getValue()))
                .orElse(OTHER);
    }

    private static String said(Matcher matcher, String means) {
        return matcher.replaceAll(means);
    }
}
