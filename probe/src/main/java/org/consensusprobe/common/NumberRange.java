package org.consensusprobe.common;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Numbers from one to another, both included, as people write them in lists: {@code 4-7}, or {@code 4} alone.
 *
 * @param first not above {@code last}
 */
public record NumberRange(int first, int last) {
    private static final Pattern FORM = Pattern.compile("\\s*(\\d{1,6})(?:\\s*-\\s*(\\d{1,6}))?\\s*");

    /** The ranges of a list such as {@code 0,2,4-7}, as they stand there; empty if it is no such list. */
    public static Optional<List<NumberRange>> list(String text) {
        List<NumberRange> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Matcher form = FORM.matcher(part);
            if (!form.matches()) {
                return Optional.empty();
            }
            int first = Integer.parseInt(form.group(1));
            int last = form.group(2) == null ? first : Integer.parseInt(form.group(2));
            if (last < first) {
                return Optional.empty();
            }
            ranges.add(new NumberRange(first, last));
        }
        return Optional.of(List.copyOf(ranges));
    }

    /** Its numbers, ascending. */
    public IntStream numbers() {
        return IntStream.rangeClosed(first, last);
    }

    @Override
    public String toString() {
        return first == last ? "" + first : first + "-" + last;
    }
}
