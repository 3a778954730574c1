package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.cli.terminal.TextTable;
import org.consensusprobe.report.Numbers;
import org.consensusprobe.report.PairedWords;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.report.stats.DepthTo;
import org.consensusprobe.report.stats.Difference;
import org.consensusprobe.report.stats.PairedRuns;
import org.consensusprobe.report.stats.Rate;

/** A comparison as tables on a terminal. */
final class ComparisonText {
    private static final int SHOWN = 10;

    private ComparisonText() {}

    static void print(PrintWriter out, List<String> common, Comparison comparison) {
        if (!common.isEmpty()) {
            out.println(String.join(" · ", common));
        }
        List<Comparison.Row> rows = comparison.rows();
        for (int i = 0; i < rows.size(); i++) {
            String path =
                    rows.get(i).pooled() ? "" : ": " + rows.get(i).runs().get(0).path();
            out.println("  " + (i + 1) + "  " + rows.get(i).label() + path);
        }
        out.println();
        out.println("error (eq. 25), mean over prompts, with 95 % intervals; floor: values below are rounding");
        List<List<String>> errors = new ArrayList<>(List.of(List.of("", "depth 0", "native depth", "end", "floor")));
        forEach(
                rows,
                (number, n) -> errors.add(List.of(
                        number,
                        Numbers.text(n.start().value()),
                        Numbers.text(n.nativeDepth()),
                        Numbers.text(n.end()),
                        n.floor() > 0 ? Numbers.text(n.floor()) : "–")));
        table(out, errors);
        out.println("depth (blocks) at which the mean error is first at or below");
        List<String> bounds = new ArrayList<>(List.of(""));
        DepthTo.EXPONENTS.forEach(e -> bounds.add("1e" + e));
        List<List<String>> depths = new ArrayList<>(List.of(bounds));
        forEach(rows, (number, n) -> {
            List<String> cells = new ArrayList<>(List.of(number));
            n.depths().forEach(d -> cells.add(Numbers.text(d)));
            depths.add(cells);
        });
        table(out, depths);
        out.println("rate: slope of ln E per pass at native depth, the first pass left out");
        List<List<String>> rates = new ArrayList<>(List.of(List.of("", "rate", "x per pass", "halves in", "left out")));
        forEach(rows, (number, n) -> rates.add(rate(number, n.rate())));
        table(out, rates);
        if (rows.stream().anyMatch(row -> row.numbers().ratePerStep().isPresent())) {
            out.println(
                    "rate per attention step: slope of ln of the mean E per unit of the running sum of attention-step");
            List<List<String>> perStep = new ArrayList<>();
            forEach(rows, (number, n) -> perStep.add(List.of(number, perStep(n))));
            table(out, perStep);
        }
        for (Comparison.Contrast contrast : comparison.contrasts()) {
            out.println(contrast.second() + " less " + contrast.first());
            List<List<String>> cells = new ArrayList<>();
            contrast.differences().forEach(d -> cells.add(difference(d)));
            table(out, cells);
        }
        comparison.warnings().forEach(warning -> out.println("note: " + warning));
    }

    /** Two runs depth by depth: what was found, and the depths at which the error differs most. */
    static void print(PrintWriter out, List<String> common, PairedRuns paired) {
        if (!common.isEmpty()) {
            out.println(String.join(" · ", common));
        }
        out.println("  base   " + paired.labels().get(0) + ": " + paired.base().path());
        out.println("  tuned  " + paired.labels().get(1) + ": " + paired.tuned().path());
        out.println();
        out.println("tuned less base, " + (paired.prompts() == 1 ? "1 prompt" : paired.prompts() + " prompts")
                + ", 95 % intervals over prompts; p corrected after Holm over depths");
        PairedWords.sentences(paired).forEach(sentence -> out.println("  " + sentence));
        out.println();
        List<List<String>> rows = PairedWords.rows(paired, paired.quantities().get(0), SHOWN);
        if (!rows.isEmpty()) {
            List<List<String>> all = new ArrayList<>(List.of(PairedWords.HEAD));
            all.addAll(rows);
            out.println(
                    "error where it differs" + (rows.size() == SHOWN ? ", the " + SHOWN + " depths widest apart" : ""));
            table(out, all);
        }
        paired.notes().forEach(note -> out.println("note: " + note));
    }

    private interface RowWriter {
        void write(String number, CurveNumbers numbers);
    }

    private static void forEach(List<Comparison.Row> rows, RowWriter writer) {
        for (int i = 0; i < rows.size(); i++) {
            writer.write("  " + (i + 1), rows.get(i).numbers());
        }
    }

    private static List<String> rate(String number, Rate rate) {
        if (rate.slope().isEmpty()) {
            return List.of(number, "none", "–", "–", rate.remark());
        }
        return List.of(
                number,
                Numbers.signed(rate.slope().get()),
                Numbers.text(rate.factorPerPass().orElseThrow()),
                rate.passesToHalve().isPresent() ? Numbers.passes(rate.passesToHalve()) + " passes" : "–",
                rate.remark().isEmpty() ? "nothing" : rate.remark());
    }

    private static String perStep(CurveNumbers n) {
        return n.ratePerStep().isPresent()
                ? String.format(Locale.ROOT, "%+.3g", n.ratePerStep().getAsDouble())
                : "none";
    }

    private static List<String> difference(Difference d) {
        String paired = d.paired() ? "paired by prompt" : "not paired";
        return List.of(
                "  " + d.quantity().text(),
                d.estimate().map(Numbers::signed).orElse("none"),
                d.estimate().isEmpty() ? d.remark() : d.remark().isEmpty() ? paired : paired + "; " + d.remark());
    }

    private static void table(PrintWriter out, List<List<String>> rows) {
        TextTable.print(out, rows);
        out.println();
    }
}
