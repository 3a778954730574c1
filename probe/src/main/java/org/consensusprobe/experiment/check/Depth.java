package org.consensusprobe.experiment.check;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;

/**
 * A depth as conditions name it: {@code native} (behind the last block of the first pass), {@code end} (of the last
 * pass), or {@code pass:N} (behind the last block of pass N, counted from 1; {@code pass:1} is native).
 *
 * @param text as it was written
 * @param pass passes made, from 1; 0 for the end
 */
record Depth(String text, int pass) {
    private static final Pattern PASS = Pattern.compile("pass:(\\d{1,9})");

    /** Reads a depth; {@code condition} is the whole text, for the message. */
    static Depth parse(String text, String condition) {
        Matcher pass = PASS.matcher(text.toLowerCase(Locale.ROOT));
        if (pass.matches() && Integer.parseInt(pass.group(1)) > 0) {
            return new Depth(text, Integer.parseInt(pass.group(1)));
        }
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "native" -> new Depth(text, 1);
            case "end" -> new Depth(text, 0);
            default -> throw Problem.input(
                    "--fail-if \"%s\": \"%s\" is no depth; expected native, end, or pass:N with N from 1.",
                    condition, text);
        };
    }
}
