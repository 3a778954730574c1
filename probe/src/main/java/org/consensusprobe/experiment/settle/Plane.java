package org.consensusprobe.experiment.settle;

import java.util.List;
import org.consensusprobe.theory.attention.SymmetricEigen;
import org.ejml.data.DMatrixRMaj;

/**
 * Points of a space of many dimensions in the plane that shows most of them: their first two principal components.
 *
 * @param points of each state, [states][2]
 * @param shares of the variance that each of the two axes has; NaN where the points are one
 */
public record Plane(double[][] points, double[] shares) {
    private static final int AXES = 2;

    /**
     * The plane of some states.
     *
     * @param states at least one, of one length; n states of length d take n^2 d products, whatever d is
     */
    public static Plane of(List<double[]> states) {
        int n = states.size();
        double[] mean = new double[states.get(0).length];
        states.forEach(x -> add(mean, x, 1.0 / n));
        List<double[]> centred = states.stream().map(double[]::clone).toList();
        centred.forEach(x -> add(x, mean, -1));
        DMatrixRMaj gram = new DMatrixRMaj(n, n);
        double trace = 0;
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                double product = dot(centred.get(i), centred.get(j));
                gram.set(i, j, product);
                gram.set(j, i, product);
            }
            trace += gram.get(i, i);
        }
        SymmetricEigen eigen = SymmetricEigen.of(gram);
        double[][] points = new double[n][AXES];
        double[] shares = new double[AXES];
        for (int axis = 0; axis < Math.min(AXES, n); axis++) {
            double value = Math.max(0, eigen.values()[axis]);
            shares[axis] = value / trace;
            for (int i = 0; i < n; i++) {
                points[i][axis] = eigen.basis().get(i, axis) * Math.sqrt(value);
            }
        }
        return new Plane(points, shares);
    }

    private static void add(double[] sum, double[] x, double factor) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * x[i];
        }
    }

    static double dot(double[] x, double[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += x[i] * y[i];
        }
        return sum;
    }
}
