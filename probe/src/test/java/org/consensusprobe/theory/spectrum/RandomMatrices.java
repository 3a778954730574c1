package org.consensusprobe.theory.spectrum;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** Matrices for tests, and what a dense decomposition says of them. */
final class RandomMatrices {
    private RandomMatrices() {}

    static DMatrixRMaj gaussian(int rows, int columns, long seed) {
        DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
        RandomMatrices_DDRM.fillGaussian(matrix, 0, 1, new Random(seed));
        return matrix;
    }

    static DMatrixRMaj symmetric(int n, long seed) {
        DMatrixRMaj m = gaussian(n, n, seed);
        DMatrixRMaj sum = new DMatrixRMaj(n, n);
        CommonOps_DDRM.add(0.5, m, 0.5, CommonOps_DDRM.transpose(m, null), sum);
        return sum;
    }

    static DMatrixRMaj antisymmetric(int n, long seed) {
        DMatrixRMaj m = gaussian(n, n, seed);
        DMatrixRMaj difference = new DMatrixRMaj(n, n);
        CommonOps_DDRM.subtract(m, CommonOps_DDRM.transpose(m, null), difference);
        return difference;
    }

    static DMatrixRMaj product(Factors factors) {
        DMatrixRMaj product = new DMatrixRMaj(factors.left().numRows, factors.left().numRows);
        CommonOps_DDRM.mult(factors.left(), factors.right(), product);
        return product;
    }

    static SquareMatrix square(DMatrixRMaj matrix) {
        return new SquareMatrix(matrix.numRows, matrix.data.clone());
    }

    static double largestRealPart(DMatrixRMaj matrix) {
        return DenseEigenvalues.of(matrix).stream()
                .mapToDouble(Eigenvalue::re)
                .max()
                .orElseThrow();
    }

    /** The largest eigenvalue of a symmetric matrix. */
    static double largestOfSymmetric(DMatrixRMaj matrix) {
        EigenDecomposition_F64<DMatrixRMaj> decomposition = DecompositionFactory_DDRM.eig(matrix.numRows, true, true);
        if (!decomposition.decompose(matrix.copy())) {
            throw new AssertionError("no decomposition");
        }
        double largest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < matrix.numRows; i++) {
            largest = Math.max(largest, decomposition.getEigenvalue(i).real);
        }
        return largest;
    }

    static double largestModulus(DMatrixRMaj matrix) {
        return DenseEigenvalues.of(matrix).stream()
                .mapToDouble(Eigenvalue::modulus)
                .max()
                .orElseThrow();
    }
}
