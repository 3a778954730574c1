package org.consensusprobe.theory.attention;

import org.ejml.data.DMatrixRMaj;

/** Matrix products in loops that the JVM turns into vector instructions, which those of the library are not. */
final class Products {
    private Products() {}

    /**
     * c += a b.
     *
     * @param lowerTriangular whether a is zero above its diagonal, and only the rest is read
     */
    static void add(DMatrixRMaj a, DMatrixRMaj b, DMatrixRMaj c, boolean lowerTriangular) {
        double[] w = a.data;
        double[] v = b.data;
        double[] o = c.data;
        int width = b.numCols;
        for (int i = 0; i < a.numRows; i++) {
            int terms = lowerTriangular ? i + 1 : a.numCols;
            int row = i * a.numCols;
            int to = i * width;
            int j = 0;
            for (; j + 3 < terms; j += 4) { // four rows at once, for a quarter of the stores
                double w0 = w[row + j];
                double w1 = w[row + j + 1];
                double w2 = w[row + j + 2];
                double w3 = w[row + j + 3];
                int from0 = j * width;
                int from1 = from0 + width;
                int from2 = from1 + width;
                int from3 = from2 + width;
                for (int k = 0; k < width; k++) {
                    o[to + k] += w0 * v[from0 + k] + w1 * v[from1 + k] + w2 * v[from2 + k] + w3 * v[from3 + k];
                }
            }
            for (; j < terms; j++) {
                double weight = w[row + j];
                int from = j * width;
                for (int k = 0; k < width; k++) {
                    o[to + k] += weight * v[from + k];
                }
            }
        }
    }

    /** c = a b; c takes its shape. */
    static void multiply(DMatrixRMaj a, DMatrixRMaj b, DMatrixRMaj c) {
        c.reshape(a.numRows, b.numCols);
        c.zero();
        add(a, b, c, false);
    }
}
