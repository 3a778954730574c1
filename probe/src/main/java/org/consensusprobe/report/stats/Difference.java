package org.consensusprobe.report.stats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How two curves differ in one quantity: a second one less a first one.
 *
 * @param estimate empty if {@code remark} says why there is none
 * @param paired whether prompt was compared with prompt, so that what prompts have in common drops out
 * @param remark why there is no estimate, or what was left out; empty if nothing is to be said
 */
public record Difference(Quantity quantity, Optional<Estimate> estimate, boolean paired, String remark) {

    /** What is compared. */
    public enum Quantity {
        /** The mean error after the first pass. */
        ERROR_AT_NATIVE_DEPTH("error at native depth"),
        /** The mean error after the last pass. */
        ERROR_AT_END("error at the end"),
        /** The mean over prompts of log10 E after the last pass: which curve is lower, and by how many decades. */
        DECADES_AT_END("log10 error at the end"),
        /** The slope of ln E per pass; negative if the second curve falls faster. */
        RATE("rate");

        private final String text;

        Quantity(String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }

        /** Its name in files. */
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** All quantities of a pair. */
    static List<Difference> between(Sample first, Sample second) {
        List<Difference> differences = new ArrayList<>();
        differences.add(of(
                Quantity.ERROR_AT_NATIVE_DEPTH,
                first,
                second,
                first.errorAt(first.route().nativeDepth()),
                second.errorAt(second.route().nativeDepth())));
        differences.add(of(
                Quantity.ERROR_AT_END,
                first,
                second,
                first.errorAt(first.route().blocks()),
                second.errorAt(second.route().blocks())));
        differences.add(of(
                Quantity.DECADES_AT_END,
                first,
                second,
                decades(first.logErrorAt(first.route().blocks())),
                decades(second.logErrorAt(second.route().blocks()))));
        Optional<Difference> rate = CurveNumbers.of(first).rate().slope().isEmpty()
                        || CurveNumbers.of(second).rate().slope().isEmpty()
                ? Optional.of(new Difference(Quantity.RATE, Optional.empty(), false, "one of the two has no rate"))
                : Optional.empty();
        differences.add(rate.orElseGet(() -> of(Quantity.RATE, first, second, slopes(first), slopes(second))));
        return differences;
    }

    private static Difference of(Quantity quantity, Sample first, Sample second, double[][] a, double[][] b) {
        // several draws are not paired: draw k of one model has nothing in common with draw k of another
        boolean paired = first.samePrompts(second) && a.length == 1 && b.length == 1;
        if (!paired) {
            String remark = missing(a) || missing(b) ? "values at the floor left out" : "";
            double value = Bootstrap.mean(b) - Bootstrap.mean(a);
            return Double.isNaN(value)
                    ? new Difference(quantity, Optional.empty(), false, "one of the two lies at its floor")
                    : new Difference(
                            quantity,
                            Optional.of(Estimate.of(value, Bootstrap.spread(a).combinedWith(Bootstrap.spread(b)))),
                            false,
                            remark);
        }
        double[] differences = new double[a[0].length];
        for (int prompt = 0; prompt < differences.length; prompt++) {
            differences[prompt] = b[0][prompt] - a[0][prompt];
        }
        long left = Arrays.stream(differences).filter(Double::isNaN).count();
        if (left == differences.length) {
            return new Difference(quantity, Optional.empty(), true, "no prompt is above the floor in both");
        }
        return new Difference(
                quantity,
                Optional.of(Bootstrap.estimate(new double[][] {differences})),
                true,
                left == 0 ? "" : left + " of " + differences.length + " prompts left out: at the floor");
    }

    private static boolean missing(double[][] values) {
        return Arrays.stream(values).flatMapToDouble(Arrays::stream).anyMatch(Double::isNaN);
    }

    private static double[][] decades(double[][] logs) {
        return Arrays.stream(logs)
                .map(draw -> Arrays.stream(draw).map(v -> v / Math.log(10)).toArray())
                .toArray(double[][]::new);
    }

    private static double[][] slopes(Sample sample) {
        return sample.slopes().stream().map(PromptSlopes::slopes).toArray(double[][]::new);
    }
}
