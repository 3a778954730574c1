package org.consensusprobe.cli.theory;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.consensusprobe.report.Numbers;
import org.consensusprobe.theory.spectrum.Eigenvalue;
import org.consensusprobe.theory.spectrum.Hypothesis;
import org.consensusprobe.theory.spectrum.LayerSpectrum;
import org.consensusprobe.theory.spectrum.MatrixSpectrum;

/** The spectra in words and tables, as they are printed and as the report shows them. */
final class SpectrumText {
    static final List<String> LAYER_HEAD = List.of(
            "layer",
            "asymmetry of U_h",
            "complex leading",
            "negative dominant",
            "asymmetry of P_h",
            "sum: asymmetry",
            "leading",
            "gap",
            "dominant",
            "|U-cI|/|U|",
            "change",
            "drift");
    static final List<String> HYPOTHESIS_HEAD = List.of("theorem", "hypothesis", "test", "where", "holds", "nearest");

    private final List<LayerSpectrum> layers;
    private final List<Hypothesis> hypotheses;

    SpectrumText(List<LayerSpectrum> layers, List<Hypothesis> hypotheses) {
        this.layers = layers;
        this.hypotheses = hypotheses;
    }

    /** Prints both tables and one line a theorem. */
    void print(PrintWriter out) {
        columns(out, LAYER_HEAD, layerRows());
        out.println();
        columns(out, HYPOTHESIS_HEAD, hypothesisRows());
        out.println();
        verdicts().forEach(out::println);
    }

    /** One row for each layer: means over heads, and the sum. */
    List<List<String>> layerRows() {
        List<List<String>> rows = new ArrayList<>();
        for (LayerSpectrum layer : layers) {
            MatrixSpectrum sum = layer.sum();
            int heads = layer.values().size();
            rows.add(List.of(
                    Integer.toString(layer.layer()),
                    range(layer.values(), MatrixSpectrum::asymmetry),
                    count(
                            layer.values().stream()
                                    .filter(m -> m.leading().isComplex())
                                    .count(),
                            heads),
                    count(
                            layer.values().stream()
                                    .filter(m -> m.dominant().re() < 0)
                                    .count(),
                            heads),
                    range(layer.queryKeys(), MatrixSpectrum::asymmetry),
                    Numbers.text(sum.asymmetry()),
                    text(sum.leading()),
                    Numbers.text(sum.gap()),
                    text(sum.dominant()),
                    Numbers.text(sum.identityDistance()),
                    Numbers.text(sum.change()),
                    Double.isNaN(layer.drift()) ? "–" : String.format(Locale.ROOT, "%.1f°", layer.drift())));
        }
        return rows;
    }

    /** One row for each hypothesis. */
    List<List<String>> hypothesisRows() {
        List<List<String>> rows = new ArrayList<>();
        for (Hypothesis h : hypotheses) {
            rows.add(List.of(
                    h.theorem(),
                    h.statement(),
                    h.test().isEmpty() ? "–" : h.test(),
                    h.place(),
                    holds(h),
                    h.nearest().isPresent() ? Numbers.text(h.nearest().getAsDouble()) : "–"));
        }
        return rows;
    }

    /** For each theorem, whether its hypotheses hold on this model. */
    List<String> verdicts() {
        List<String> lines = new ArrayList<>();
        hypotheses.stream().map(Hypothesis::theorem).distinct().forEach(theorem -> {
            List<Hypothesis> own = hypotheses.stream()
                    .filter(h -> h.theorem().equals(theorem) && !h.needsRun())
                    .toList();
            List<String> failing = own.stream()
                    .filter(h -> !h.holdsEverywhere())
                    .map(h -> h.statement() + " (" + holds(h) + (h.of() > 1 ? " " + h.place() : "") + ")")
                    .toList();
            boolean run = hypotheses.stream().anyMatch(h -> h.theorem().equals(theorem) && h.needsRun());
            lines.add("Theorem " + theorem + ": "
                    + (failing.isEmpty()
                            ? "all hypotheses on the matrices hold"
                            : "does not apply; fails: " + String.join("; ", failing))
                    + (run && failing.isEmpty() ? "; a run tells of the tokens (consensus theory)" : "") + ".");
        });
        return lines;
    }

    private static String holds(Hypothesis h) {
        if (h.needsRun()) {
            return "see a run";
        }
        if (h.of() == 1) {
            return h.holds() == 1 ? "yes" : "no";
        }
        return count(h.holds(), h.of());
    }

    private static String count(long some, long all) {
        return some + " of " + all;
    }

    private static String range(List<MatrixSpectrum> matrices, ToDoubleFunction<MatrixSpectrum> value) {
        double[] values = matrices.stream().mapToDouble(value).sorted().toArray();
        return values.length == 1
                ? Numbers.text(values[0])
                : String.format(Locale.ROOT, "%.2f-%.2f", values[0], values[values.length - 1]);
    }

    private static String text(Eigenvalue value) {
        return value.isComplex()
                ? Numbers.text(value.re()) + " ± " + Numbers.text(value.im()) + "i"
                : Numbers.text(value.re());
    }

    private static void columns(PrintWriter out, List<String> head, List<List<String>> rows) {
        int[] widths = new int[head.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Math.max(
                    head.get(i).length(),
                    rows.stream().mapToInt(r -> r.get(column).length()).max().orElse(0));
        }
        line(out, head, widths);
        rows.forEach(row -> line(out, row, widths));
    }

    private static void line(PrintWriter out, List<String> cells, int[] widths) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            text.append(cells.get(i)).append(" ".repeat(widths[i] - cells.get(i).length() + 2));
        }
        out.println(text.toString().stripTrailing());
    }
}
