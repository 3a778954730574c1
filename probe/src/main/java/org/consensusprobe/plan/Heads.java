package org.consensusprobe.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.consensusprobe.common.NumberRange;

/** Lists of heads as people write them: {@code 0,2,4-7}, counted from 0. */
public final class Heads {
    /** The form of {@link #parse}, for messages. */
    public static final String FORM = "heads counted from 0, such as 0,2,4-7";

    static final Codec<List<Integer>> CODEC = Codec.text(
            FORM,
            text -> text.equals("all") ? List.of() : parse(text).orElseThrow(IllegalArgumentException::new),
            heads -> heads.isEmpty() ? "all" : text(heads));

    private static final int MOST = 1 << 16;

    private Heads() {}

    /** The heads of a list, each once, in order; empty if it is no such list. */
    public static Optional<List<Integer>> parse(String text) {
        return NumberRange.list(text)
                .filter(ranges -> ranges.stream().allMatch(range -> range.last() < MOST))
                .map(ranges -> ranges.stream()
                        .flatMapToInt(NumberRange::numbers)
                        .sorted()
                        .distinct()
                        .boxed()
                        .toList());
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

    /** In words, for titles. */
    static String words(List<Integer> heads) {
        return heads.isEmpty() ? "all heads" : (heads.size() == 1 ? "head " : "heads ") + text(heads) + " only";
    }
}
