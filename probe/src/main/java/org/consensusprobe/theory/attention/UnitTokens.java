package org.consensusprobe.theory.attention;

import java.util.Arrays;
import org.consensusprobe.measure.Clusters;

/**
 * The directions u_i = x_i/|x_i| of a state's tokens, and what is measured of them, in float64.
 *
 * <p>All from differences of unit vectors, s_ij = |u_i - u_j|^2 / 2 = 1 - cos, which keep their digits near consensus.
 */
public final class UnitTokens {
    private final int tokens;
    private final int dim;
    private final double[] u;

    private UnitTokens(int tokens, int dim, double[] u) {
        this.tokens = tokens;
        this.dim = dim;
        this.u = u;
    }

    /** The directions of tokens one after another, [T, D]. */
    public static UnitTokens of(double[] state, int dim) {
        double[] u = state.clone();
        Metric.euclidean(dim).unitTokens().restore(u);
        return new UnitTokens(state.length / dim, dim, u);
    }

    /** E = (1/T) sum_j s_1j (eq. 25 of "The asymptotic behavior of attention in transformers"). */
    public double error() {
        double[] first = Arrays.copyOf(u, dim);
        double sum = 0;
        for (int j = 1; j < tokens; j++) {
            sum += apart(j, first);
        }
        return sum / tokens;
    }

    /** 1 - R^2 = (1/T) sum_i |u_i - ubar|^2, with R = |ubar| Kuramoto's order parameter. */
    public double disorder() {
        double[] mean = mean();
        double sum = 0;
        for (int i = 0; i < tokens; i++) {
            sum += 2 * apart(i, mean);
        }
        return sum / tokens;
    }

    /** R, from 1 - R^2. */
    public double order() {
        return Math.sqrt(Math.max(0, 1 - disorder()));
    }

    /** 1 - E_b/E_b,max = -mean_ij expm1(-b s_ij), the energy's deficit. */
    public double energyDeficit(double beta) {
        return -Arrays.stream(pairs()).map(s -> Math.expm1(-beta * s)).sum() / tokens / tokens;
    }

    /** Connected components of s_ij < 1 - cos(angle). */
    public int clusters(double degrees) {
        return Clusters.components(pairs(), tokens, degrees);
    }

    /** The largest 1 - <u_i, v> of all tokens, v a unit vector. */
    public double farthestFrom(double[] v) {
        double worst = 0;
        for (int i = 0; i < tokens; i++) {
            worst = Math.max(worst, apart(i, v));
        }
        return worst;
    }

    /** max_i s_i1. */
    public double farthestFromFirst() {
        return farthestFrom(Arrays.copyOf(u, dim));
    }

    /** |u_i - v|^2 / 2, which for a unit vector v is 1 - <u_i, v>. */
    public double apart(int i, double[] v) {
        double sum = 0;
        for (int c = 0; c < dim; c++) {
            double difference = u[i * dim + c] - v[c];
            sum += difference * difference;
        }
        return sum / 2;
    }

    /** The direction of the mean of unit tokens; NaN where they cancel. */
    public double[] meanDirection() {
        double[] mean = mean();
        Metric.euclidean(dim).unitTokens().restore(mean);
        return mean;
    }

    /** The line's direction that points to the side of the mean token: an eigenvector has no sign of its own. */
    public double[] oriented(double[] line) {
        double sign = Metric.euclidean(dim).inner(mean(), 0, line, 0) < 0 ? -1 : 1;
        return Arrays.stream(line).map(v -> sign * v).toArray();
    }

    /** The share of tokens with <u_i, v> > 0. */
    public double shareOnTheSideOf(double[] v) {
        Metric metric = Metric.euclidean(dim);
        int count = 0;
        for (int i = 0; i < tokens; i++) {
            count += metric.inner(u, i * dim, v, 0) > 0 ? 1 : 0;
        }
        return count / (double) tokens;
    }

    private double[] mean() {
        double[] mean = new double[dim];
        for (int i = 0; i < u.length; i++) {
            mean[i % dim] += u[i] / tokens;
        }
        return mean;
    }

    /** s_ij, [T * T]. */
    private double[] pairs() {
        double[] pairs = new double[tokens * tokens];
        for (int i = 0; i < tokens; i++) {
            double[] token = Arrays.copyOfRange(u, i * dim, (i + 1) * dim);
            for (int j = 0; j < i; j++) {
                pairs[i * tokens + j] = apart(j, token);
                pairs[j * tokens + i] = pairs[i * tokens + j];
            }
        }
        return pairs;
    }
}
