package org.consensusprobe.theory.attention;

import java.util.Optional;

/** Whether unit vectors share an open hemisphere, and how likely random ones do. */
public final class Hemisphere {
    private static final int MOST_STEPS = 200_000;
    private static final double ORIGIN = 1e-7;

    private Hemisphere() {}

    /**
     * A unit vector y with <x_i, y> > 0 for all i, if there is one: along the hull's point nearest the origin, by the
     * algorithm of Mitchell, Demyanov and Malozemov, ended as soon as the answer is known. A hull nearer the origin
     * than 1e-7 counts as holding it.
     *
     * @param x unit vectors one after another
     */
    public static Optional<double[]> pole(double[] x, int dim) {
        int count = x.length / dim;
        double[] share = new double[count];
        share[0] = 1;
        double[] w = java.util.Arrays.copyOf(x, dim);
        for (int step = 0; step < MOST_STEPS; step++) {
            int low = 0;
            int high = -1;
            double lowest = Double.POSITIVE_INFINITY;
            double highest = Double.NEGATIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                double along = dot(x, i * dim, w, dim);
                if (along < lowest) {
                    lowest = along;
                    low = i;
                }
                if (share[i] > 0 && along > highest) {
                    highest = along;
                    high = i;
                }
            }
            double length = Math.sqrt(dot(w, 0, w, dim));
            if (length < ORIGIN) {
                return Optional.empty();
            }
            // done when nearest; before that any w with a positive lowest product would do, but it is no centre
            if (highest - lowest < 1e-9 * length || step == MOST_STEPS - 1) {
                return lowest > 0 ? Optional.of(scaled(w, 1 / length)) : Optional.empty();
            }
            double gap = 0;
            for (int c = 0; c < dim; c++) {
                double difference = x[high * dim + c] - x[low * dim + c];
                gap += difference * difference;
            }
            double move = Math.min(share[high], (highest - lowest) / gap);
            share[high] = move == share[high] ? 0 : share[high] - move;
            share[low] += move;
            for (int c = 0; c < dim; c++) {
                w[c] += move * (x[low * dim + c] - x[high * dim + c]);
            }
        }
        return Optional.empty();
    }

    /**
     * The probability that n uniform points of the sphere in R^d share a hemisphere: 2^(1-n) sum_{k<d} C(n-1, k)
     * (J. G. Wendel, A problem in geometric probability, 1962).
     */
    public static double probability(int points, int dim) {
        double term = Math.pow(2, 1.0 - points);
        double sum = 0;
        for (int k = 0; k < Math.min(points, dim); k++) {
            sum += term;
            term *= (points - 1.0 - k) / (k + 1);
        }
        return Math.min(1, sum);
    }

    private static double dot(double[] x, int from, double[] w, int dim) {
        double sum = 0;
        for (int c = 0; c < dim; c++) {
            sum += x[from + c] * w[c];
        }
        return sum;
    }

    private static double[] scaled(double[] w, double factor) {
        double[] unit = new double[w.length];
        for (int c = 0; c < w.length; c++) {
            unit[c] = w[c] * factor;
        }
        return unit;
    }
}
