package org.consensusprobe.report.stats;

import java.util.Arrays;
import org.consensusprobe.plan.Route;

/**
 * How fast an error falls from pass to pass, taken at every depth of a pass: behind the first layer of each pass, behind the
 * second, and so on, the first pass left out.
 *
 * @param ofPrompts decades that the error falls by in a pass, for each prompt the median over the depths; NaN where there is
 *     none
 * @param ofDepths the same for each depth of a pass, the mean over prompts; NaN where there is none
 */
public record PhaseRates(double[] ofPrompts, double[] ofDepths) {
    /** Passes that a rate needs, the native one among them. */
    public static final int FEWEST_PASSES = PromptSlopes.FEWEST_VALUES + 1;

    /**
     * The rates of recorded errors.
     *
     * @param error [prompts][blocks + 1]
     * @param passes so many of them, from the first
     */
    public static PhaseRates of(double[][] error, Route route, int passes, double floor) {
        int[] ends = Arrays.copyOf(route.ends(), passes);
        double[][] slopes = new double[route.width()][];
        for (int phase = 0; phase < slopes.length; phase++) {
            int before = route.width() - 1 - phase;
            int[] depths = Arrays.stream(ends).map(end -> end - before).toArray();
            slopes[phase] = Arrays.stream(PromptSlopes.of(error, depths, floor).slopes())
                    .map(slope -> -slope / Math.log(10))
                    .toArray();
        }
        double[] ofPrompts = new double[error.length];
        for (int prompt = 0; prompt < ofPrompts.length; prompt++) {
            int i = prompt;
            ofPrompts[prompt] =
                    median(Arrays.stream(slopes).mapToDouble(s -> s[i]).toArray());
        }
        double[] ofDepths = Arrays.stream(slopes)
                .mapToDouble(
                        s -> Arrays.stream(s).filter(Double::isFinite).average().orElse(Double.NaN))
                .toArray();
        return new PhaseRates(ofPrompts, ofDepths);
    }

    /** The median of the finite values; NaN where there is none. */
    public static double median(double[] values) {
        double[] sorted =
                Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
        int n = sorted.length;
        return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
}
