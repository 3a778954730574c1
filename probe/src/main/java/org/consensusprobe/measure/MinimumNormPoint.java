package org.consensusprobe.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/** Wolfe's algorithm for the point of a convex hull nearest to the origin, from the points' inner products. */
public final class MinimumNormPoint {
    private static final double TOLERANCE = 1e-13;

    private MinimumNormPoint() {}

    /** Bytes for n points: their products, and those of a corral of all points twice while its affine hull is solved for. */
    static long bytes(long n) {
        return 3 * Double.BYTES * n * n;
    }

    /**
     * The weights of that point.
     *
     * @param g inner products [n * n]
     * @return n weights, at least 0, with sum 1; null if a product is not finite
     */
    public static double[] weights(double[] g, int n) {
        if (Arrays.stream(g).anyMatch(v -> !Double.isFinite(v))) {
            return null;
        }
        double[] w = start(g, n);
        List<Integer> corral = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            if (w[i] > 0) {
                corral.add(i);
            }
        }
        double last = Double.POSITIVE_INFINITY;
        for (int major = 0; major < 20 * n + 20; major++) {
            double[] products = times(g, w, n);
            double square = dot(products, w);
            int entering = argmin(products);
            if (products[entering] >= square - TOLERANCE || square >= last || corral.contains(entering)) {
                return w;
            }
            last = square;
            corral.add(entering);
            descend(g, n, w, corral);
        }
        return w;
    }

    /** Whole steps towards the affine minimiser of the corral, dropping points whose weight reaches 0 on the way. */
    private static void descend(double[] g, int n, double[] w, List<Integer> corral) {
        while (true) {
            double[] affine = affineMinimiser(g, n, corral);
            double step = 1;
            for (int k = 0; k < affine.length; k++) {
                double from = w[corral.get(k)];
                if (affine[k] <= 0 && from > affine[k]) {
                    step = Math.min(step, from / (from - affine[k]));
                }
            }
            boolean dropped = false;
            for (int k = affine.length - 1; k >= 0; k--) {
                int i = corral.get(k);
                w[i] += step * (affine[k] - w[i]);
                if (step < 1 && w[i] <= 1e-15 || affine[k] <= 0 && step == 1) {
                    w[i] = 0;
                    corral.remove(k);
                    dropped = true;
                }
            }
            if (!dropped || corral.size() == 1) {
                normalise(w);
                return;
            }
        }
    }

    /** A corral to start from: all points, less those that the affine minimiser gives no weight, again and again. */
    private static double[] start(double[] g, int n) {
        List<Integer> corral = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            corral.add(i);
        }
        while (true) {
            double[] affine = affineMinimiser(g, n, corral);
            List<Integer> kept = new ArrayList<>();
            for (int k = 0; k < affine.length; k++) {
                if (affine[k] > 0) {
                    kept.add(corral.get(k));
                }
            }
            if (kept.size() == corral.size() || kept.isEmpty()) {
                double[] w = new double[n];
                for (int k = 0; k < affine.length; k++) {
                    w[corral.get(k)] = Math.max(0, affine[k]);
                }
                normalise(w);
                return w;
            }
            corral = kept;
        }
    }

    /** Weights of sum 1 of the affine hull's point nearest to the origin: those of (G + 11') y = 1, scaled. */
    private static double[] affineMinimiser(double[] g, int n, List<Integer> corral) {
        int size = corral.size();
        DMatrixRMaj m = new DMatrixRMaj(size, size);
        DMatrixRMaj ones = new DMatrixRMaj(size, 1);
        for (int a = 0; a < size; a++) {
            ones.set(a, 0, 1);
            for (int b = 0; b < size; b++) {
                m.set(a, b, g[corral.get(a) * n + corral.get(b)] + 1 + (a == b ? TOLERANCE : 0));
            }
        }
        DMatrixRMaj y = new DMatrixRMaj(size, 1);
        LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.chol(size);
        if (!solver.setA(m.copy())) {
            // points that coincide within rounding
            solver = LinearSolverFactory_DDRM.pseudoInverse(true);
            solver.setA(m);
        }
        solver.solve(ones, y);
        double sum = Arrays.stream(y.data).limit(size).sum();
        return Arrays.stream(y.data).limit(size).map(v -> v / sum).toArray();
    }

    private static double[] times(double[] g, double[] w, int n) {
        double[] products = new double[n];
        for (int i = 0; i < n; i++) {
            if (w[i] != 0) {
                for (int j = 0; j < n; j++) {
                    products[j] += w[i] * g[i * n + j];
                }
            }
        }
        return products;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static int argmin(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] < values[best]) {
                best = i;
            }
        }
        return best;
    }

    private static void normalise(double[] w) {
        double sum = Arrays.stream(w).sum();
        for (int i = 0; i < w.length; i++) {
            w[i] /= sum;
        }
    }
}
