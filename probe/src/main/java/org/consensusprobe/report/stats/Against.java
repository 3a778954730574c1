package org.consensusprobe.report.stats;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * One model's values, prompt by prompt, against those of a control on the same prompts.
 *
 * <p>Where the control is drawn, the question is whether the model lies outside of what a further draw would give, so the
 * interval has the spread of one more draw about the mean of K, {@code s^2 (1 + 1/K)}, beside that of the prompts' mean. Its
 * degrees of freedom are Welch and Satterthwaite's. A model that is itself a draw of the control is then told apart from it
 * no more often than the interval allows.
 */
public final class Against {
    private Against() {}

    /**
     * The mean over prompts of the model's value less the control's.
     *
     * @param model a value for each prompt; prompts with NaN anywhere are left out
     * @param control the same for each draw, [draws][prompts]
     * @param drawn whether another draw would give another control; then one draw gives no interval
     */
    public static Estimate difference(double[] model, double[][] control, boolean drawn) {
        int[] prompts = IntStream.range(0, model.length)
                .filter(i ->
                        Double.isFinite(model[i]) && Arrays.stream(control).allMatch(draw -> Double.isFinite(draw[i])))
                .toArray();
        double[] differences = Arrays.stream(prompts)
                .mapToDouble(i -> model[i]
                        - Arrays.stream(control)
                                .mapToDouble(d -> d[i])
                                .average()
                                .orElse(Double.NaN))
                .toArray();
        double value = mean(differences);
        if (prompts.length < 2 || drawn && control.length < 2) {
            return new Estimate(value, Optional.empty());
        }
        double ofPrompts = variance(differences) / prompts.length;
        if (!drawn) {
            return Estimate.of(value, new Spread(Math.sqrt(ofPrompts), prompts.length - 1));
        }
        double[] means = Arrays.stream(control)
                .mapToDouble(draw ->
                        mean(Arrays.stream(prompts).mapToDouble(i -> draw[i]).toArray()))
                .toArray();
        double ofDraws = variance(means) * (1 + 1.0 / means.length);
        double both = ofPrompts + ofDraws;
        double freedom =
                both * both / (ofPrompts * ofPrompts / (prompts.length - 1) + ofDraws * ofDraws / (means.length - 1));
        return Estimate.of(value, new Spread(Math.sqrt(both), both > 0 ? Math.max(1, (int) freedom) : 1));
    }

    /**
     * The ratio of two means over prompts, by the delta method: what part of one is made by another.
     *
     * @return NaN without an interval where the whole's own interval does not leave 0 out
     */
    public static Estimate share(double[] part, double[] whole) {
        int[] prompts = IntStream.range(0, part.length)
                .filter(i -> Double.isFinite(part[i]) && Double.isFinite(whole[i]))
                .toArray();
        double[] a = Arrays.stream(prompts).mapToDouble(i -> part[i]).toArray();
        double[] b = Arrays.stream(prompts).mapToDouble(i -> whole[i]).toArray();
        Optional<Interval> interval = mean(b, b.length).interval();
        if (interval.filter(i -> !i.contains(0)).isEmpty()) {
            return new Estimate(Double.NaN, Optional.empty());
        }
        double share = mean(a) / mean(b);
        double[] rest = IntStream.range(0, a.length)
                .mapToDouble(i -> a[i] - share * b[i])
                .toArray();
        double error = Math.sqrt(variance(rest) / a.length) / Math.abs(mean(b));
        return Estimate.of(share, new Spread(error, a.length - 1));
    }

    /** The mean over prompts with Student's interval; NaN is left out. */
    public static Estimate mean(double[] values, int atLeast) {
        double[] kept = Arrays.stream(values).filter(Double::isFinite).toArray();
        if (kept.length < Math.max(2, atLeast)) {
            return new Estimate(mean(kept), Optional.empty());
        }
        return Estimate.of(mean(kept), new Spread(Math.sqrt(variance(kept) / kept.length), kept.length - 1));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
    }
}
