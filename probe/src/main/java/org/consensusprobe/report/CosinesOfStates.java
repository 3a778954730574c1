package org.consensusprobe.report;

import org.consensusprobe.results.StatesArray;

/**
 * How the cosines of all pairs of different tokens of the same prompt are spread over [-1, 1]: the histograms of Geshkovski,
 * Letrouit, Polyanskiy, Rigollet, "A mathematical perspective on transformers".
 *
 * @param depth at which the states were
 * @param shares of all pairs, bin by bin; they sum to 1
 * @param mean cosine
 */
record CosinesOfStates(int depth, double[] shares, double mean) {
    static final int BINS = 50;

    /** The histogram of an array of states. */
    static CosinesOfStates of(int depth, StatesArray states) {
        int dim = states.header().shape().get(2);
        long[] counts = new long[BINS];
        double[] sum = new double[1];
        states.read((prompt, values) -> count(values, dim, counts, sum));
        long pairs = 0;
        for (long count : counts) {
            pairs += count;
        }
        double[] shares = new double[BINS];
        for (int bin = 0; bin < BINS; bin++) {
            shares[bin] = pairs == 0 ? Double.NaN : counts[bin] / (double) pairs;
        }
        return new CosinesOfStates(depth, shares, sum[0] / pairs);
    }

    /** The lower edge of a bin. */
    static double edge(int bin) {
        return -1 + 2.0 * bin / BINS;
    }

    private static void count(double[] x, int dim, long[] counts, double[] sum) {
        int tokens = x.length / dim;
        for (int i = 0; i < tokens; i++) {
            double norm = Math.sqrt(dot(x, i * dim, i * dim, dim));
            for (int k = i * dim; k < (i + 1) * dim; k++) {
                x[k] /= norm;
            }
            for (int j = 0; j < i; j++) {
                double cosine = dot(x, i * dim, j * dim, dim);
                int bin = (int) Math.floor((cosine + 1) / 2 * BINS);
                counts[Math.max(0, Math.min(BINS - 1, bin))]++;
                sum[0] += cosine;
            }
        }
    }

    private static double dot(double[] x, int a, int b, int dim) {
        double sum = 0;
        for (int k = 0; k < dim; k++) {
            sum += x[a + k] * x[b + k];
        }
        return sum;
    }
}
