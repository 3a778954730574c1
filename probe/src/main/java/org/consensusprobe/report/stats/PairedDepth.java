package org.consensusprobe.report.stats;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * What two runs on the same prompts have in common at one depth, prompt against prompt.
 *
 * @param base the first run's mean over the prompts that count
 * @param tuned the second's
 * @param difference second less first, with Student's interval for this depth alone
 * @param prompts for which both have a value
 * @param p of Student's test that the difference is 0, for this depth alone; where all prompts differ by the same amount that of
 *     the sign test; NaN where nothing was tested
 * @param corrected the same after Holm's correction over the depths that were tested
 */
public record PairedDepth(
        int depth,
        double base,
        double tuned,
        Estimate difference,
        int prompts,
        double p,
        double corrected,
        Answer answer) {
    private static final double ALPHA = 1 - Bootstrap.COVERAGE;

    /** What can be said. */
    public enum Answer {
        /** Its corrected p is at most 0.05. */
        DIFFERS("differs"),
        /** All prompts have the same value, to the last bit. */
        SAME("the same to the last bit"),
        /** These prompts do not tell the difference from none. */
        CANNOT_BE_TOLD("cannot be told"),
        /** Both lie where rounding decides. */
        AT_FLOOR("at the floor"),
        /** No prompt has a value in both. */
        UNDEFINED("not defined here");

        private final String text;

        Answer(String text) {
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

    /**
     * All depths.
     *
     * @param base [prompts][depths]; NaN where there is no value
     * @param tuned likewise
     * @param floor means of both that are not above it are rounding; negative for values that have no such floor
     */
    static PairedDepth[] of(double[][] base, double[][] tuned, double floor) {
        PairedDepth[] found = IntStream.range(0, base[0].length)
                .mapToObj(depth -> at(depth, column(base, depth), column(tuned, depth), floor))
                .toArray(PairedDepth[]::new);
        double[] corrected =
                Holm.corrected(Arrays.stream(found).mapToDouble(PairedDepth::p).toArray());
        return Arrays.stream(found).map(d -> d.with(corrected[d.depth()])).toArray(PairedDepth[]::new);
    }

    private static PairedDepth at(int depth, double[] base, double[] tuned, double floor) {
        int[] both = IntStream.range(0, base.length)
                .filter(i -> Double.isFinite(base[i]) && Double.isFinite(tuned[i]))
                .toArray();
        double[] differences =
                Arrays.stream(both).mapToDouble(i -> tuned[i] - base[i]).toArray();
        double first = mean(base, both);
        double second = mean(tuned, both);
        Answer answer = both.length == 0
                ? Answer.UNDEFINED
                : Arrays.stream(differences).allMatch(d -> d == 0)
                        ? Answer.SAME
                        : Math.max(first, second) <= floor ? Answer.AT_FLOOR : Answer.CANNOT_BE_TOLD;
        double p = answer == Answer.CANNOT_BE_TOLD && both.length > 1 ? p(differences) : Double.NaN;
        return new PairedDepth(depth, first, second, Against.mean(differences, 2), both.length, p, Double.NaN, answer);
    }

    private PairedDepth with(double correctedP) {
        return new PairedDepth(
                depth, base, tuned, difference, prompts, p, correctedP, correctedP <= ALPHA ? Answer.DIFFERS : answer);
    }

    /** Two-sided. */
    private static double p(double[] differences) {
        int n = differences.length;
        double mean = Arrays.stream(differences).average().orElseThrow();
        double squares =
                Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
        if (squares == 0) {
            return Math.scalb(2, -n);
        }
        double t = Math.abs(mean) / Math.sqrt(squares / (n - 1) / n);
        return 2 * TDistribution.of(n - 1).survivalProbability(t);
    }

    private static double mean(double[] values, int[] places) {
        return Arrays.stream(places).mapToDouble(i -> values[i]).average().orElse(Double.NaN);
    }

    private static double[] column(double[][] rows, int depth) {
        return Arrays.stream(rows).mapToDouble(row -> row[depth]).toArray();
    }

    /** The interval, where there is one. */
    public Optional<Interval> interval() {
        return difference.interval();
    }

    public boolean differs() {
        return answer == Answer.DIFFERS;
    }
}
