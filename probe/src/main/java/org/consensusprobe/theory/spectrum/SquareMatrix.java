package org.consensusprobe.theory.spectrum;

import java.util.stream.IntStream;

/**
 * A dense square matrix that is only ever multiplied with vectors, never decomposed: the sum over heads.
 *
 * <p>Products are split into a fixed number of blocks of rows, so that results do not depend on the number of threads.
 */
public final class SquareMatrix {
    private static final int BLOCKS = 8;

    private final int n;
    private final double[] rows;

    /**
     * A matrix over an array.
     *
     * @param rows [n, n] in row-major order; not copied
     */
    public SquareMatrix(int n, double[] rows) {
        if (rows.length != (long) n * n) {
            throw new IllegalArgumentException(rows.length + " values are no " + n + " x " + n + " matrix");
        }
        this.n = n;
        this.rows = rows;
    }

    /** Number of rows. */
    public int size() {
        return n;
    }

    /** The matrix as an operator. */
    public LinearOperator operator() {
        return new Operator(false);
    }

    /** Its symmetric part (M + M')/2 as an operator. */
    public LinearOperator symmetricPart() {
        return new Operator(true);
    }

    /** Norms and traces, from all entries. */
    public Moments moments() {
        double squares = inner(this);
        double trace = 0;
        for (int i = 0; i < n; i++) {
            trace += rows[i * n + i];
        }
        double traceOfSquare = sum(i -> {
            double sum = 0;
            for (int j = 0; j < n; j++) {
                sum += rows[i * n + j] * rows[j * n + i];
            }
            return sum;
        });
        return new Moments(n, squares, trace, traceOfSquare);
    }

    /** The inner product of Frobenius' norm with a matrix of the same size. */
    public double inner(SquareMatrix other) {
        return sum(i -> dot(rows, i * n, other.rows, i * n, n));
    }

    private double sum(java.util.function.IntToDoubleFunction ofRow) {
        double[] parts = new double[n];
        IntStream.range(0, n).parallel().forEach(i -> parts[i] = ofRow.applyAsDouble(i));
        double sum = 0;
        for (double part : parts) {
            sum += part;
        }
        return sum;
    }

    // four sums at once: one alone waits for itself
    static double dot(double[] a, int aAt, double[] b, int bAt, int length) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int j = 0;
        for (; j + 3 < length; j += 4) {
            s0 += a[aAt + j] * b[bAt + j];
            s1 += a[aAt + j + 1] * b[bAt + j + 1];
            s2 += a[aAt + j + 2] * b[bAt + j + 2];
            s3 += a[aAt + j + 3] * b[bAt + j + 3];
        }
        for (; j < length; j++) {
            s0 += a[aAt + j] * b[bAt + j];
        }
        return s0 + s1 + (s2 + s3);
    }

    private final class Operator implements LinearOperator {
        private final boolean symmetric;
        private final double[][] transposedParts;

        Operator(boolean symmetric) {
            this.symmetric = symmetric;
            this.transposedParts = symmetric ? new double[BLOCKS][n] : null;
        }

        @Override
        public int size() {
            return n;
        }

        @Override
        public void apply(double[] x, int xAt, double[] y, int yAt) {
            IntStream.range(0, BLOCKS).parallel().forEach(block -> {
                int first = (int) ((long) n * block / BLOCKS);
                int last = (int) ((long) n * (block + 1) / BLOCKS);
                for (int i = first; i < last; i++) {
                    y[yAt + i] = dot(rows, i * n, x, xAt, n);
                }
                if (symmetric) {
                    transposed(x, xAt, first, last, transposedParts[block]);
                }
            });
            if (symmetric) {
                for (int i = 0; i < n; i++) {
                    double sum = y[yAt + i];
                    for (double[] part : transposedParts) {
                        sum += part[i];
                    }
                    y[yAt + i] = sum / 2;
                }
            }
        }

        /** What the rows from first to last contribute to M' x. */
        private void transposed(double[] x, int xAt, int first, int last, double[] part) {
            java.util.Arrays.fill(part, 0);
            for (int i = first; i < last; i++) {
                double factor = x[xAt + i];
                int at = i * n;
                for (int j = 0; j < n; j++) {
                    part[j] += factor * rows[at + j];
                }
            }
        }
    }
}
