package org.consensusprobe.theory.systems;

import java.util.stream.IntStream;

/**
 * The longest stretch of a simulation with one number of clusters above 1, if it lasts 10 % of the record.
 *
 * @param onset its first time; NaN without a plateau
 * @param merges times at which the number of clusters falls
 */
record Plateau(double onset, double length, int clusters, double[] merges) {
    private static final double SHARE = 0.1;

    static Plateau of(double[] t, int[] clusters) {
        double end = t[t.length - 1];
        double[] merges = IntStream.range(1, t.length)
                .filter(i -> clusters[i] < clusters[i - 1])
                .mapToDouble(i -> t[i])
                .toArray();
        Plateau best = new Plateau(Double.NaN, 0, 0, merges);
        for (int from = 0; from < t.length; ) {
            int to = from;
            while (to + 1 < t.length && clusters[to + 1] == clusters[from]) {
                to++;
            }
            double length = t[to] - t[from];
            // n clusters of one token each are no clusters yet
            if (clusters[from] > 1 && length >= SHARE * end && length > best.length) {
                best = new Plateau(t[from], length, clusters[from], merges);
            }
            from = to + 1;
        }
        return best;
    }
}
