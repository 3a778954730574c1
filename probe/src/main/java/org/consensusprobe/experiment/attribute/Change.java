package org.consensusprobe.experiment.attribute;

import java.util.stream.IntStream;
import org.consensusprobe.report.stats.Bootstrap;
import org.consensusprobe.report.stats.Estimate;

/**
 * What leaving something out does to the error at one depth.
 *
 * @param error without it, mean over prompts
 * @param difference the error without it less that with it, prompt against prompt
 * @param decades log10 of their ratio, mean over prompts: which way and how far, also where errors are small
 */
record Change(double error, Estimate difference, Estimate decades) {
    /**
     * Of the errors of prompts.
     *
     * @param least errors below it are rounding and count as this much
     */
    static Change of(double[] with, double[] without, double least) {
        double[] difference = IntStream.range(0, with.length)
                .mapToDouble(i -> without[i] - with[i])
                .toArray();
        double[] decades = IntStream.range(0, with.length)
                .mapToDouble(i -> Math.log10(above(without[i], least) / above(with[i], least)))
                .toArray();
        return new Change(
                Bootstrap.estimate(new double[][] {without}).value(),
                Bootstrap.estimate(new double[][] {difference}),
                Bootstrap.estimate(new double[][] {decades}));
    }

    private static double above(double error, double least) {
        return Double.isNaN(error) ? error : Math.max(error, Math.max(least, Double.MIN_NORMAL));
    }

    /** How strong it is, whichever way; 0 where nothing is known. */
    double strength() {
        return Double.isNaN(decades.value()) ? 0 : Math.abs(decades.value());
    }

    /** Whether its interval leaves 0 out, or it is of one prompt, which has no interval. */
    boolean isKnown() {
        return isKnown(decades);
    }

    /** The same of any change. */
    static boolean isKnown(Estimate change) {
        return change.interval().map(i -> !i.contains(0)).orElse(!Double.isNaN(change.value()));
    }

    /** In words: which way it works while it is there. */
    String words() {
        return decades.interval()
                .map(i -> i.low() > 0 ? "pulls together" : i.high() < 0 ? "keeps apart" : "cannot be told")
                .orElse("one prompt: no interval");
    }
}
