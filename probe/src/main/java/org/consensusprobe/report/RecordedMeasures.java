package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;

/**
 * The measures of a run beside the error, each as a mean over prompts against depth or pass.
 *
 * <p>A measure with an axis of few entries has a curve for each; heads are averaged; of longer axes, such as the bins of a
 * histogram, a page shows none.
 */
final class RecordedMeasures {
    private static final int MOST_ENTRIES = 5;
    private static final String HEADS = "head";

    private RecordedMeasures() {}

    /**
     * One curve.
     *
     * @param name of the measure, with the axis' entry
     * @param perPass whether there is a value a pass, not a depth
     * @param mean over the prompts where it is defined; NaN where it is for none
     */
    record Curve(String name, String unit, boolean perPass, double[] mean) {}

    /** The curves of a finished run, in the order of its manifest. */
    static List<Curve> of(RunReader run) {
        List<Curve> curves = new ArrayList<>();
        for (ManifestSections.Measure measure : run.measures()) {
            NpyArray array = run.measure(measure.name());
            int entries = array.shape().stream().skip(2).reduce(1, Math::multiplyExact);
            if (measure.axes().size() < 3) {
                curves.add(curve(measure, measure.name(), array, 0, 1, 1));
            } else if (measure.axes().get(2).equals(HEADS)) {
                curves.add(curve(measure, measure.name() + " (mean of heads)", array, 0, entries, entries));
            } else if (measure.axes().size() == 3 && entries <= MOST_ENTRIES) {
                String axis = measure.axes().get(2);
                List<String> labels = measure.labels().getOrDefault(axis, List.of());
                for (int e = 0; e < entries; e++) {
                    String label = e < labels.size() ? labels.get(e) : Integer.toString(e);
                    curves.add(curve(
                            measure,
                            measure.name() + ", " + axis.replace('_', ' ') + " " + label,
                            array,
                            e,
                            1,
                            entries));
                }
            }
        }
        return curves;
    }

    private static Curve curve(
            ManifestSections.Measure measure, String name, NpyArray array, int first, int count, int entries) {
        int prompts = array.shape().get(0);
        int steps = array.shape().get(1);
        double[] mean = new double[steps];
        for (int step = 0; step < steps; step++) {
            double sum = 0;
            int defined = 0;
            for (int p = 0; p < prompts; p++) {
                for (int e = first; e < first + count; e++) {
                    double value = array.values()[(p * steps + step) * entries + e];
                    if (!Double.isNaN(value)) {
                        sum += value;
                        defined++;
                    }
                }
            }
            mean[step] = sum / defined; // NaN where no prompt has a value
        }
        return new Curve(name, measure.unit(), measure.isPerPass(), mean);
    }

    /** A table of the measures at the embedding, at native depth and at the end; empty where none was recorded. */
    static String table(RunReader run) {
        List<Curve> curves = of(run);
        if (curves.isEmpty()) {
            return "";
        }
        int nativeDepth = run.route().nativeDepth();
        List<List<String>> rows = new ArrayList<>();
        for (Curve curve : curves) {
            double[] m = curve.mean();
            rows.add(List.of(
                    Html.escape(curve.name()),
                    curve.perPass() ? "–" : text(m[0]),
                    text(curve.perPass() ? m[0] : m[nativeDepth]),
                    text(m[m.length - 1]),
                    Html.escape(curve.unit())));
        }
        return "<h3>Measures beside the error</h3>\n"
                + Html.table(List.of("mean over prompts", "embedding", "native depth", "end", "unit"), rows)
                + "<p class=\"hint\">A dash: not defined there, or below the floor of its rounding. <code>consensus measures</code>"
                + " says what each is. Where every token sees all, as in encoders, token 1 is a token like any other: read"
                + " pairwise-mean beside eq. 25.</p>\n";
    }

    private static String text(double value) {
        return Double.isNaN(value) ? "–" : Numbers.text(value);
    }
}
