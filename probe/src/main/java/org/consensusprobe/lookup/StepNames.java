package org.consensusprobe.lookup;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * Which names are steps of one training, and their numbers: {@code step*} (with {@code *} and {@code ?}), or
 * {@code @step1000..step143000} with both ends. A number is the first run of digits in what the pattern leaves open, 20k being
 * 20000.
 */
final class StepNames {
    private static final Pattern RANGE = Pattern.compile("@?(.*?)(\\d+)([kM]?)\\.\\.(.*?)(\\d+)([kM]?)(\\D*)");
    private static final Pattern NUMBER = Pattern.compile("(\\d{1,15})([kM](?![A-Za-z]))?");

    private final Pattern pattern;
    private final int open;
    private final long first;
    private final long last;

    private StepNames(Pattern pattern, int open, long first, long last) {
        this.pattern = pattern;
        this.open = open;
        this.first = first;
        this.last = last;
    }

    /**
     * Reads a pattern.
     *
     * @throws Problem if it is none
     */
    static StepNames parse(String text) {
        Matcher range = RANGE.matcher(text);
        if (range.matches()) {
            long from = number(range.group(2) + range.group(3)).orElse(-1);
            long to = number(range.group(5) + range.group(6)).orElse(-1);
            if (range.group(1).equals(range.group(4)) && from >= 0 && from <= to) {
                Pattern names =
                        Pattern.compile(Pattern.quote(range.group(1)) + "\\d+[kM]?" + Pattern.quote(range.group(7)));
                return new StepNames(names, range.group(1).length(), from, to);
            }
        } else if (text.matches("[^*?@]*[*?][^@]*")) {
            String glob = Pattern.quote(text).replace("*", "\\E.*\\Q").replace("?", "\\E.\\Q");
            int open = Math.min(text.indexOf('*') & Integer.MAX_VALUE, text.indexOf('?') & Integer.MAX_VALUE);
            return new StepNames(Pattern.compile(glob), open, 0, Long.MAX_VALUE);
        }
        throw Problem.input(
                "--revisions %s: expected a pattern with *, such as 'step*', or a range such as @step1000..step143000.",
                Shown.text(text));
    }

    /** Whether a text is a pattern rather than a name. */
    static boolean isPattern(String text) {
        return text.contains("*") || text.contains("?") || text.contains("..");
    }

    /** Whether a name is meant. */
    boolean matches(String name) {
        return pattern.matcher(name).matches();
    }

    /** The step of a name that is meant; empty if it has no number, or one outside of the range. */
    OptionalLong step(String name) {
        OptionalLong number = number(name.substring(Math.min(open, name.length())));
        return number.isPresent() && number.getAsLong() >= first && number.getAsLong() <= last
                ? number
                : OptionalLong.empty();
    }

    private static OptionalLong number(String text) {
        Matcher number = NUMBER.matcher(text);
        if (!number.find()) {
            return OptionalLong.empty();
        }
        String unit = number.group(2) == null ? "" : number.group(2);
        return OptionalLong.of(
                Long.parseLong(number.group(1)) * (unit.equals("k") ? 1_000 : unit.equals("M") ? 1_000_000 : 1));
    }
}
