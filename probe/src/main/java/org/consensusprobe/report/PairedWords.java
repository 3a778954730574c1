package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.consensusprobe.plan.Heads;
import org.consensusprobe.report.stats.PairedDepth;
import org.consensusprobe.report.stats.PairedDepth.Answer;
import org.consensusprobe.report.stats.PairedRuns;

/** Where two runs on the same prompts differ, in sentences and rows of tables. */
public final class PairedWords {
    /** The head of {@link #rows}. */
    public static final List<String> HEAD =
            List.of("depth", "place", "base", "tuned", "difference", "p", "p corrected", "they");

    private PairedWords() {}

    /** A sentence a quantity, the error's first. */
    public static List<String> sentences(PairedRuns runs) {
        return runs.quantities().stream().map(q -> sentence(runs, q)).toList();
    }

    static String sentence(PairedRuns runs, PairedRuns.Quantity quantity) {
        List<PairedDepth> apart =
                quantity.depths().stream().filter(PairedDepth::differs).toList();
        List<String> parts = new ArrayList<>();
        if (!apart.isEmpty()) {
            PairedDepth most = apart.stream()
                    .max(Comparator.comparingDouble(d -> Math.abs(d.difference().value())))
                    .orElseThrow();
            String where = apart.size() == 1 ? "" : ", most at depth " + most.depth();
            parts.add("differs at " + depths(apart) + where + " (" + place(runs, most.depth()) + "), where it is "
                    + Numbers.text(most.tuned()) + " instead of " + Numbers.text(most.base()) + ", "
                    + Numbers.signed(most.difference()) + ", corrected p " + Numbers.text(most.corrected()));
        }
        add(parts, quantity, Answer.CANNOT_BE_TOLD, apart.isEmpty() ? "at no depth can a difference be told" : "");
        add(parts, quantity, Answer.SAME, "");
        add(parts, quantity, Answer.AT_FLOOR, "");
        return quantity.name() + ": "
                + (parts.isEmpty() ? "not defined at any depth in both" : String.join("; ", parts)) + ".";
    }

    private static void add(List<String> parts, PairedRuns.Quantity quantity, Answer answer, String ifAll) {
        List<PairedDepth> own =
                quantity.depths().stream().filter(d -> d.answer() == answer).toList();
        long defined = quantity.depths().stream()
                .filter(d -> d.answer() != Answer.UNDEFINED)
                .count();
        if (!own.isEmpty() && own.size() == defined) {
            parts.add(ifAll.isEmpty() ? answer.text() + " at every depth" : ifAll);
        } else if (!own.isEmpty()) {
            parts.add(answer.text() + " at " + depths(own));
        }
    }

    private static String depths(List<PairedDepth> depths) {
        return (depths.size() == 1 ? "depth " : "depths ")
                + Heads.text(depths.stream().map(PairedDepth::depth).toList()).replace(",", ", ");
    }

    /** A depth in words. */
    static String place(PairedRuns runs, int depth) {
        return depth == 0 ? "embedding" : runs.route().place(depth);
    }

    /** Depths that differ, the widest apart first, at most so many, in the order of depths. */
    public static List<List<String>> rows(PairedRuns runs, PairedRuns.Quantity quantity, int most) {
        return quantity.depths().stream()
                .filter(PairedDepth::differs)
                .sorted(Comparator.comparingDouble(d -> -Math.abs(d.difference().value())))
                .limit(most)
                .sorted(Comparator.comparingInt(PairedDepth::depth))
                .map(d -> cells(runs, d))
                .toList();
    }

    private static List<String> cells(PairedRuns runs, PairedDepth d) {
        return List.of(
                Integer.toString(d.depth()),
                place(runs, d.depth()),
                Numbers.text(d.base()),
                Numbers.text(d.tuned()),
                Numbers.signed(d.difference()),
                Numbers.text(d.p()),
                Numbers.text(d.corrected()),
                d.answer().text());
    }
}
