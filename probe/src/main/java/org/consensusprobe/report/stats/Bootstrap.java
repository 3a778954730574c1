package org.consensusprobe.report.stats;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.rng.core.source64.XoShiRo256PlusPlus;

/**
 * Means and their 95 % intervals by resampling: prompts; or, for several draws of weights, draws and then prompts.
 *
 * <p>The interval is mean ± t · s · sqrt(n / (n - 1)): s is the standard deviation of the mean over the resamples, n
 * the number of replicates (prompts, or draws), and t the quantile of Student's distribution with n - 1 degrees of
 * freedom. Plain percentiles of the resampled means are too narrow for the few prompts or draws that one can afford:
 * with four prompts no percentile interval covers more than 88 %. Resampling prompts within draws counts the prompts'
 * share of the spread twice, so the interval over draws is, if anything, too wide.
 *
 * <p>The same values give the same interval: the generator starts from a fixed seed each time.
 */
public final class Bootstrap {
    /** The share of experiments whose interval holds the true value. */
    public static final double COVERAGE = 0.95;
    /** How often prompts, or draws and prompts, are resampled. */
    public static final int RESAMPLES = 2000;

    private static final long[] SEED = {42, 0x9E3779B97F4A7C15L, 0xBF58476D1CE4E5B9L, 0x94D049BB133111EBL};

    private Bootstrap() {}

    /**
     * The mean over draws of the mean over prompts.
     *
     * @param values [draws][prompts]; NaN where there is none
     */
    static double mean(double[][] values) {
        return Arrays.stream(present(values))
                .mapToDouble(draw -> Arrays.stream(draw).average().orElseThrow())
                .average()
                .orElse(Double.NaN);
    }

    /**
     * The mean with its interval.
     *
     * @param values [draws][prompts]; NaN where there is none
     */
    public static Estimate estimate(double[][] values) {
        return Estimate.of(mean(values), spread(values));
    }

    /**
     * The mean of a quantity that is positive and skewed, with an interval that is made on the scale of its logarithm: it does
     * not reach 0 because a few values are large.
     *
     * @param values of prompts; values under the least count as the least
     */
    public static Estimate positive(double[] values, double least) {
        double[] kept = Arrays.stream(values)
                .filter(v -> !Double.isNaN(v))
                .map(v -> Math.max(v, Math.max(least, Double.MIN_NORMAL)))
                .toArray();
        double mean = Arrays.stream(kept).average().orElse(Double.NaN);
        if (kept.length < 2) {
            return new Estimate(mean, Optional.empty());
        }
        Spread logs = spread(new double[][] {kept}, Math::log);
        Estimate log = Estimate.of(Math.log(mean), logs);
        return new Estimate(mean, log.interval().map(i -> new Interval(Math.exp(i.low()), Math.exp(i.high()))));
    }

    /** The spread of the mean: over prompts for one draw, over draws and then prompts for several. */
    static Spread spread(double[][] values) {
        return spread(values, DoubleUnaryOperator.identity());
    }

    /** The spread of a function of the mean. */
    private static Spread spread(double[][] values, DoubleUnaryOperator of) {
        double[][] draws = present(values);
        int replicates = draws.length == 1 ? draws[0].length : draws.length;
        if (replicates < 2) {
            return new Spread(Double.NaN, 0);
        }
        XoShiRo256PlusPlus random = new XoShiRo256PlusPlus(SEED);
        double[] means = new double[RESAMPLES];
        for (int i = 0; i < RESAMPLES; i++) {
            double sum = 0;
            for (int k = 0; k < draws.length; k++) {
                sum += resampledMean(draws[draws.length == 1 ? 0 : random.nextInt(draws.length)], random);
            }
            means[i] = of.applyAsDouble(sum / draws.length);
        }
        double centre = Arrays.stream(means).average().orElseThrow();
        double variance =
                Arrays.stream(means).map(m -> (m - centre) * (m - centre)).sum() / (RESAMPLES - 1);
        return new Spread(Math.sqrt(variance * replicates / (replicates - 1)), replicates - 1);
    }

    private static double resampledMean(double[] values, XoShiRo256PlusPlus random) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[random.nextInt(values.length)];
        }
        return sum / values.length;
    }

    private static double[][] present(double[][] values) {
        return Arrays.stream(values)
                .map(draw -> Arrays.stream(draw).filter(v -> !Double.isNaN(v)).toArray())
                .filter(draw -> draw.length > 0)
                .toArray(double[][]::new);
    }
}
