package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lists of heads as people write them: {@code 0,2,4-7}, counted from 0. */
public final class Heads {
    /** The form of {@link #parse}, for messages. */
    public static final String FORM = "heads counted from 0, such as 0,2,4-7";

    private static final int MOST = 1 << 16;
    private static final Pattern RANGE = Pattern.compile("\\s*(\\d{1,6})(?:\\s*-\\s*(\\d{1,6}))?\\s*");

    private Heads() {}

    /** The heads of a list, each once, in order; empty if it is no such list. */
    public static Optional<List<Integer>> parse(String text) {
        TreeSet<Integer> heads = new TreeSet<>();
        for (String part : text.split(",", -1)) {
            Matcher range = RANGE.matcher(part);
            if (!range.matches()) {
                return Optional.empty();
            }
            int first = Integer.parseInt(range.group(1));
            int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
            if (last < first || last >= MOST) {
                return Optional.empty();
            }
            for (int head = first; head <= last; head++) {
                heads.add(head);
            }
        }
        return Optional.of(List.copyOf(heads));
    }

    /** The shortest text that {@link #parse} reads as these heads, which are in order. */
    public static String text(List<Integer> heads) {
        StringJoiner text = new StringJoiner(",");
        List<Integer> run = new ArrayList<>();
        for (int i = 0; i < heads.size(); i++) {
            run.add(heads.get(i));
            if (i + 1 == heads.size() || heads.get(i + 1) != heads.get(i) + 1) {
                int first = run.get(0);
                int last = run.get(run.size() - 1);
                text.add(first == last ? "" + first : last == first + 1 ? first + "," + last : first + "-" + last);
                run.clear();
            }
        }
        return text.toString();
    }
}
