package org.consensusprobe.theory.attention;

import java.util.Arrays;
import org.consensusprobe.theory.ode.Constraint;

/**
 * The inner product x' W y with W diagonal: its unit "sphere" is an ellipsoid with half axes W^-1/2.
 *
 * @param weights the diagonal of W, all positive, as long as a token
 */
public record Metric(double[] weights) {
    public Metric {
        weights = weights.clone();
    }

    /** W = I. */
    public static Metric euclidean(int dim) {
        double[] ones = new double[dim];
        Arrays.fill(ones, 1);
        return new Metric(ones);
    }

    /** The dimension of a token. */
    public int dim() {
        return weights.length;
    }

    /** The inner product of two tokens that start at these places. */
    public double inner(double[] x, int i, double[] y, int j) {
        double sum = 0;
        for (int c = 0; c < weights.length; c++) {
            sum += weights[c] * x[i + c] * y[j + c];
        }
        return sum;
    }

    /** Every token of the state scaled to unit length. */
    public Constraint unitTokens() {
        return x -> {
            for (int i = 0; i < x.length; i += weights.length) {
                double scale = 1 / Math.sqrt(inner(x, i, x, i));
                for (int c = 0; c < weights.length; c++) {
                    x[i + c] *= scale;
                }
            }
        };
    }

    /** Projects v onto the tangent spaces: v_i - (x_i, v_i)_W / (x_i, x_i)_W x_i, token by token and in place. */
    public void project(double[] x, double[] v) {
        for (int i = 0; i < x.length; i += weights.length) {
            double along = inner(x, i, v, i) / inner(x, i, x, i);
            for (int c = 0; c < weights.length; c++) {
                v[i + c] -= along * x[i + c];
            }
        }
    }

    /** The largest | |x_i|_W^2 - 1 | of all tokens. */
    public double violation(double[] x) {
        double worst = 0;
        for (int i = 0; i < x.length; i += weights.length) {
            worst = Math.max(worst, Math.abs(inner(x, i, x, i) - 1));
        }
        return worst;
    }
}
