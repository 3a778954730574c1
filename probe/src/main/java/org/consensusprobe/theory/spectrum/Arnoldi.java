package org.consensusprobe.theory.spectrum;

import dev.ludovic.netlib.arpack.JavaARPACK;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.commons.rng.core.source32.MersenneTwister;
import org.netlib.util.doubleW;
import org.netlib.util.intW;

/**
 * Leading eigenvalues by ARPACK's implicitly restarted Arnoldi method (Lehoucq, Sorensen, Yang 1998); for symmetric
 * matrices by its Lanczos method. Only products with vectors are asked for.
 */
public final class Arnoldi {
    /** Which end of the spectrum. */
    public enum End {
        /** The largest real parts. */
        RIGHTMOST("LR"),
        /** The largest moduli. */
        LARGEST("LM");

        private final String arpack;

        End(String arpack) {
            this.arpack = arpack;
        }
    }

    /** A Ritz value is accepted when its residual is below this part of its modulus. */
    public static final double TOLERANCE = 1e-10;

    private static final int BASIS = 80;
    private static final int MOST_RESTARTS = 3000;
    private static final int[] SEED = {42};

    // ARPACK's translation from Fortran keeps state between calls
    private static final Object ARPACK_LOCK = new Object();

    private static final Logger LIBRARY_LOG = Logger.getLogger("dev.ludovic.netlib");

    static {
        // a native ARPACK of the system would give other digits on other machines, and its absence is no news
        System.setProperty("dev.ludovic.netlib.arpack.allowNative", "false");
        LIBRARY_LOG.setLevel(Level.WARNING);
    }

    private Arnoldi() {}

    /**
     * Eigenvalues of one end.
     *
     * @param values the eigenvalues, the outermost first; one of each conjugate pair
     * @param vectors of real eigenvalues, of length 1; null of complex ones
     * @param residual the largest |M v - lambda v| / |lambda| over the pairs, measured on the vectors
     * @param products how many products with vectors it took
     * @param converged whether as many converged as were asked for
     */
    public record Result(
            List<Eigenvalue> values, List<double[]> vectors, double residual, int products, boolean converged) {}

    /**
     * Eigenvalues of a matrix without symmetry.
     *
     * @param count how many, with both of a pair counted; fewer where the matrix is too small
     */
    public static Result leading(LinearOperator matrix, End end, int count) {
        synchronized (ARPACK_LOCK) {
            return new Iteration(matrix, count).general(end);
        }
    }

    /** The largest eigenvalues of a symmetric matrix, the largest first. */
    public static Result largestOfSymmetric(LinearOperator matrix, int count) {
        synchronized (ARPACK_LOCK) {
            return new Iteration(matrix, count).symmetric();
        }
    }

    /** One problem's work space, in ARPACK's names. */
    private static final class Iteration {
        private final JavaARPACK arpack = JavaARPACK.getInstance();
        private final LinearOperator matrix;
        private final int n;
        private final int count;
        private final int basis;
        private final double[] resid;
        private final double[] v;
        private final double[] workd;
        private final int[] iparam = new int[11];
        private final int[] ipntr = new int[14];
        private int products;

        Iteration(LinearOperator matrix, int count) {
            this.matrix = matrix;
            this.n = matrix.size();
            if (n < 4) {
                throw new IllegalArgumentException("a " + n + " x " + n + " matrix needs no Arnoldi iteration");
            }
            this.count = Math.min(count, n - 3);
            this.basis = Math.min(n, BASIS);
            this.resid = start(n);
            this.v = new double[n * basis];
            this.workd = new double[3 * n];
            iparam[0] = 1; // exact shifts
            iparam[2] = MOST_RESTARTS;
            iparam[6] = 1; // M x = lambda x
        }

        // the same start every time, so that the same matrix gives the same digits
        private static double[] start(int n) {
            MersenneTwister random = new MersenneTwister(SEED);
            double[] start = new double[n];
            for (int i = 0; i < n; i++) {
                start[i] = random.nextDouble() - 0.5;
            }
            return start;
        }

        private void multiply() {
            matrix.apply(workd, ipntr[0] - 1, workd, ipntr[1] - 1);
            products++;
        }

        Result general(End end) {
            double[] workl = new double[3 * basis * basis + 6 * basis];
            intW ido = new intW(0);
            intW info = new intW(1);
            doubleW tol = new doubleW(TOLERANCE);
            do {
                arpack.dnaupd(
                        ido,
                        "I",
                        n,
                        end.arpack,
                        count,
                        tol,
                        resid,
                        basis,
                        v,
                        n,
                        iparam,
                        ipntr,
                        workd,
                        workl,
                        workl.length,
                        info);
                if (ido.val == 1 || ido.val == -1) {
                    multiply();
                }
            } while (ido.val != 99);
            boolean converged = info.val == 0 && iparam[4] >= count;
            requireStarted(info.val);
            double[] re = new double[basis + 1];
            double[] im = new double[basis + 1];
            double[] z = new double[n * basis]; // where a pair is cut, ARPACK returns more than it was asked for
            intW found = new intW(count);
            arpack.dneupd(
                    true,
                    "A",
                    new boolean[basis],
                    re,
                    im,
                    z,
                    n,
                    0,
                    0,
                    new double[3 * basis],
                    "I",
                    n,
                    end.arpack,
                    found,
                    TOLERANCE,
                    resid,
                    basis,
                    v,
                    n,
                    iparam,
                    ipntr,
                    workd,
                    workl,
                    workl.length,
                    info);
            int values = info.val == 0 ? Math.min(iparam[4], basis) : 0;
            return collect(re, im, z, values, end, converged);
        }

        Result symmetric() {
            double[] workl = new double[basis * (basis + 8)];
            intW ido = new intW(0);
            intW info = new intW(1);
            doubleW tol = new doubleW(TOLERANCE);
            do {
                arpack.dsaupd(
                        ido,
                        "I",
                        n,
                        "LA",
                        count,
                        tol,
                        resid,
                        basis,
                        v,
                        n,
                        iparam,
                        ipntr,
                        workd,
                        workl,
                        workl.length,
                        info);
                if (ido.val == 1 || ido.val == -1) {
                    multiply();
                }
            } while (ido.val != 99);
            boolean converged = info.val == 0 && iparam[4] >= count;
            requireStarted(info.val);
            double[] re = new double[count];
            double[] z = new double[n * count];
            intW found = new intW(count);
            arpack.dseupd(
                    true,
                    "A",
                    new boolean[basis],
                    re,
                    z,
                    n,
                    0,
                    "I",
                    n,
                    "LA",
                    found,
                    TOLERANCE,
                    resid,
                    basis,
                    v,
                    n,
                    iparam,
                    ipntr,
                    workd,
                    workl,
                    workl.length,
                    info);
            int values = info.val == 0 ? Math.min(iparam[4], count) : 0;
            return collect(re, new double[count], z, values, End.RIGHTMOST, converged);
        }

        private static void requireStarted(int info) {
            if (info < 0) {
                throw new IllegalStateException("ARPACK refused its arguments: info " + info);
            }
        }

        private Result collect(double[] re, double[] im, double[] z, int values, End end, boolean converged) {
            record Pair(Eigenvalue value, double[] vector) {}
            List<Pair> pairs = new ArrayList<>();
            double residual = 0;
            for (int i = 0; i < values; i++) {
                double[] x = Arrays.copyOfRange(z, i * n, (i + 1) * n);
                if (im[i] == 0) {
                    pairs.add(new Pair(new Eigenvalue(re[i], 0), x));
                    residual = Math.max(residual, residual(re[i], 0, x, new double[n]));
                } else if (i + 1 < values) {
                    // the two columns of a pair: real and imaginary part of the vector of the first
                    double[] y = Arrays.copyOfRange(z, (i + 1) * n, (i + 2) * n);
                    pairs.add(new Pair(new Eigenvalue(re[i], Math.abs(im[i])), null));
                    residual = Math.max(residual, residual(re[i], im[i], x, y));
                    i++;
                }
            }
            Comparator<Pair> order =
                    Comparator.comparingDouble(p -> -(end == End.RIGHTMOST ? p.value.re() : p.value.modulus()));
            pairs.sort(order);
            return new Result(
                    pairs.stream().map(Pair::value).toList(),
                    pairs.stream().map(Pair::vector).collect(java.util.stream.Collectors.toList()),
                    pairs.isEmpty() ? Double.NaN : residual,
                    products,
                    converged && !pairs.isEmpty());
        }

        /** |M (x + iy) - (a + ib)(x + iy)| / |a + ib|, for a vector of length 1. */
        private double residual(double a, double b, double[] x, double[] y) {
            double[] mx = new double[n];
            double[] my = new double[n];
            matrix.apply(x, 0, mx, 0);
            matrix.apply(y, 0, my, 0);
            double squares = 0;
            double length = 0;
            for (int i = 0; i < n; i++) {
                double real = mx[i] - a * x[i] + b * y[i];
                double imaginary = my[i] - b * x[i] - a * y[i];
                squares += real * real + imaginary * imaginary;
                length += x[i] * x[i] + y[i] * y[i];
            }
            return Math.sqrt(squares / length) / Math.max(Math.hypot(a, b), Double.MIN_NORMAL);
        }
    }
}
