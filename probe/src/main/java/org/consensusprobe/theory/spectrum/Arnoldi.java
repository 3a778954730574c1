package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Leading eigenvalues of a large matrix by Arnoldi's method with thick restarts (Stewart's Krylov-Schur method, 2001):
 * of a basis of fixed size the wanted Ritz vectors are kept, and the rest is built anew. Only products with vectors are
 * asked for. A pair counts as found when its residual is below the effort's tolerance of the largest Ritz value's modulus,
 * and the residuals that are reported are measured on the vectors themselves.
 */
public final class Arnoldi {
    /** Which end of the spectrum. */
    public enum End {
        /** The largest real parts. */
        RIGHTMOST,
        /** The largest moduli. */
        LARGEST
    }

    /** Residual over the largest modulus. */
    public static final double TOLERANCE = 1e-10;

    private static final Effort FULL = new Effort(80, 32, 400, TOLERANCE);
    private static final double BREAKDOWN = 1e-13;

    private final LinearOperator matrix;
    private final boolean symmetric;
    private final End end;
    private final Effort effort;
    private final int n;
    private final int size;
    private final int count;
    private final double[][] basis;
    private final double[][] h; // [size + 1][size]: M V = V h but for the last row, which belongs to the next vector
    private final SplittableRandom random = new SplittableRandom(42); // the same matrix gives the same digits
    private int products;

    /**
     * How much is done at most.
     *
     * @param basis vectors that are kept at once
     * @param kept vectors that a restart goes on with
     * @param restarts at most
     * @param tolerance of a residual, over the largest modulus
     */
    public record Effort(int basis, int kept, int restarts, double tolerance) {}

    private Arnoldi(LinearOperator matrix, boolean symmetric, End end, int count, Effort effort) {
        this.matrix = matrix;
        this.symmetric = symmetric;
        this.end = end;
        this.effort = effort;
        this.n = matrix.size();
        this.size = Math.min(n, effort.basis);
        this.count = Math.min(count, size);
        this.basis = new double[size + 1][n];
        this.h = new double[size + 1][size];
    }

    /**
     * Eigenvalues of one end.
     *
     * @param values the outermost first; one of each conjugate pair
     * @param vectors of real eigenvalues, of length 1; null of complex ones
     * @param residual the largest |M v - lambda v| over the pairs, over the largest modulus
     * @param products how many products with vectors it took
     * @param converged whether all pairs that were asked for were found
     */
    public record Result(
            List<Eigenvalue> values, List<double[]> vectors, double residual, int products, boolean converged) {}

    /**
     * Eigenvalues of a matrix without symmetry.
     *
     * @param count how many at least, with both of a pair counted
     */
    public static Result leading(LinearOperator matrix, End end, int count) {
        return leading(matrix, end, count, FULL);
    }

    /** The same with another effort: where products are dear, or not exact. */
    public static Result leading(LinearOperator matrix, End end, int count, Effort effort) {
        return new Arnoldi(matrix, false, end, count, effort).iterate();
    }

    /** The largest eigenvalues of a symmetric matrix, the largest first. */
    public static Result largestOfSymmetric(LinearOperator matrix, int count) {
        return new Arnoldi(matrix, true, End.RIGHTMOST, count, FULL).iterate();
    }

    private Result iterate() {
        fillAtRandom(basis[0], 0);
        int from = 0;
        for (int restart = 0; ; restart++) {
            expand(from);
            RitzPairs pairs = RitzPairs.of(h, size, symmetric, order());
            int wanted = pairs.whole(count);
            boolean converged = size == n || pairs.largestResidual(wanted) <= effort.tolerance * pairs.largestModulus();
            if (converged || restart == effort.restarts) {
                return result(pairs, wanted, converged);
            }
            from = restart(pairs);
        }
    }

    private Comparator<Eigenvalue> order() {
        return Comparator.comparingDouble((Eigenvalue v) -> -(end == End.RIGHTMOST ? v.re() : v.modulus()))
                .thenComparingDouble(Eigenvalue::im);
    }

    /** Fills the basis from a column on, each product made orthogonal to all vectors before it, twice. */
    private void expand(int from) {
        for (int j = from; j < size; j++) {
            double[] next = basis[j + 1];
            matrix.apply(basis[j], 0, next, 0);
            products++;
            double before = norm(next);
            double[] coefficients = orthogonalise(next, j + 1);
            for (int i = 0; i <= j; i++) {
                h[i][j] = coefficients[i];
            }
            double length = norm(next);
            if (length <= BREAKDOWN * Math.max(before, Double.MIN_NORMAL)) {
                h[j + 1][j] = 0; // an invariant subspace: go on outside it, where there is room
                if (j + 1 < n) {
                    fillAtRandom(next, j + 1);
                }
            } else {
                h[j + 1][j] = length;
                scale(next, 1 / length);
            }
        }
    }

    /** Takes the first vectors' parts out, and says what they were. */
    private double[] orthogonalise(double[] x, int vectors) {
        double[] coefficients = new double[vectors];
        for (int sweep = 0; sweep < 2; sweep++) {
            for (int i = 0; i < vectors; i++) {
                double c = SquareMatrix.dot(basis[i], 0, x, 0, n);
                coefficients[i] += c;
                add(x, -c, basis[i]);
            }
        }
        return coefficients;
    }

    private void fillAtRandom(double[] x, int vectors) {
        for (int i = 0; i < n; i++) {
            x[i] = random.nextDouble() - 0.5;
        }
        scale(x, 1 / norm(x));
        orthogonalise(x, vectors);
        scale(x, 1 / norm(x));
    }

    /** Keeps the span of the wanted Ritz vectors and the vector that comes next; returns how many are kept. */
    private int restart(RitzPairs pairs) {
        double[][] kept = pairs.orthonormal(pairs.whole(Math.min(effort.kept, size / 2))); // [k][size]
        int k = kept.length;
        double[][] small = new double[k + 1][k];
        for (int j = 0; j < k; j++) {
            double[] product = new double[size + 1]; // h w_j
            for (int i = 0; i <= size; i++) {
                product[i] = SquareMatrix.dot(h[i], 0, kept[j], 0, size);
            }
            for (int i = 0; i < k; i++) {
                small[i][j] = SquareMatrix.dot(kept[i], 0, product, 0, size);
            }
            small[k][j] = product[size];
        }
        double[][] vectors = new double[k][n];
        for (int j = 0; j < k; j++) {
            combine(kept[j], vectors[j]);
        }
        double[] next = basis[size].clone();
        for (int j = 0; j < k; j++) {
            basis[j] = vectors[j];
        }
        basis[k] = next;
        for (int i = k + 1; i <= size; i++) {
            basis[i] = new double[n];
        }
        for (double[] row : h) {
            Arrays.fill(row, 0);
        }
        for (int i = 0; i <= k; i++) {
            System.arraycopy(small[i], 0, h[i], 0, k);
        }
        return k;
    }

    private void combine(double[] coefficients, double[] x) {
        for (int i = 0; i < size; i++) {
            add(x, coefficients[i], basis[i]);
        }
    }

    private Result result(RitzPairs pairs, int wanted, boolean converged) {
        List<Eigenvalue> values = new ArrayList<>();
        List<double[]> vectors = new ArrayList<>();
        double residual = 0;
        for (RitzPairs.Pair pair : pairs.first(wanted)) {
            double[] x = new double[n];
            double[] y = new double[n];
            combine(pair.real(), x);
            combine(pair.imaginary(), y);
            residual = Math.max(residual, residual(pair.value(), x, y));
            values.add(pair.value());
            vectors.add(pair.value().im() == 0 ? x : null);
        }
        double modulus = pairs.largestModulus();
        return new Result(
                List.copyOf(values),
                vectors,
                residual == 0 ? 0 : residual / Math.max(modulus, Double.MIN_NORMAL),
                products,
                converged);
    }

    /** |M (x + iy) - (a + ib)(x + iy)| for a vector brought to length 1. */
    private double residual(Eigenvalue value, double[] x, double[] y) {
        double length = Math.hypot(norm(x), norm(y));
        scale(x, 1 / length);
        scale(y, 1 / length);
        double[] mx = new double[n];
        double[] my = new double[n];
        matrix.apply(x, 0, mx, 0);
        matrix.apply(y, 0, my, 0);
        for (int i = 0; i < n; i++) {
            mx[i] -= value.re() * x[i] - value.im() * y[i];
            my[i] -= value.im() * x[i] + value.re() * y[i];
        }
        return Math.hypot(norm(mx), norm(my));
    }

    static double norm(double[] x) {
        return Math.sqrt(SquareMatrix.dot(x, 0, x, 0, x.length));
    }

    static void scale(double[] x, double factor) {
        for (int i = 0; i < x.length; i++) {
            x[i] *= factor;
        }
    }

    static void add(double[] x, double factor, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += factor * y[i];
        }
    }
}
