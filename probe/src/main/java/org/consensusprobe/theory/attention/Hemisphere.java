package org.consensusprobe.theory.attention;

import java.util.Optional;
import org.consensusprobe.measure.MinimumNormPoint;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;

/** Whether unit vectors share an open hemisphere, and how likely random ones do. */
public final class Hemisphere {
    private static final double ORIGIN = 1e-7;

    private Hemisphere() {}

    /**
     * A unit vector y with <x_i, y> > 0 for all i, if there is one: along the hull's point nearest the origin, so that the
     * smallest product is as large as can be. A hull nearer the origin than 1e-7 counts as holding it.
     *
     * @param x unit vectors one after another
     */
    public static Optional<double[]> pole(double[] x, int dim) {
        int count = x.length / dim;
        DMatrixRMaj points = DMatrixRMaj.wrap(count, dim, x); // [n, D]
        DMatrixRMaj products = new DMatrixRMaj(count, count);
        CommonOps_DDRM.multTransB(points, points, products);
        DMatrixRMaj weights = DMatrixRMaj.wrap(1, count, MinimumNormPoint.weights(products.data, count));
        DMatrixRMaj nearest = new DMatrixRMaj(1, dim);
        CommonOps_DDRM.mult(weights, points, nearest);
        double length = NormOps_DDRM.normF(nearest);
        CommonOps_DDRM.divide(nearest, length);
        DMatrixRMaj along = new DMatrixRMaj(count, 1);
        CommonOps_DDRM.multTransB(points, nearest, along);
        return length >= ORIGIN && CommonOps_DDRM.elementMin(along) > 0 ? Optional.of(nearest.data) : Optional.empty();
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
}
