package org.consensusprobe.report.stats;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Holm's step-down correction (1979): among tests that belong together, the chance of one false discovery stays what it was for one. */
final class Holm {
    private Holm() {}

    /**
     * Corrected values of p, at most 1, in the order of the given ones.
     *
     * @param p of the tests; NaN where there was none, which does not count and stays NaN
     */
    static double[] corrected(double[] p) {
        int[] tests = IntStream.range(0, p.length)
                .filter(i -> !Double.isNaN(p[i]))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> p[i]))
                .mapToInt(i -> i)
                .toArray();
        double[] all = new double[p.length];
        Arrays.fill(all, Double.NaN);
        double least = 0;
        for (int rank = 0; rank < tests.length; rank++) {
            least = Math.max(least, Math.min(1, (tests.length - rank) * p[tests[rank]]));
            all[tests[rank]] = least;
        }
        return all;
    }
}
