package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.consensusprobe.common.Problem;
import org.ejml.data.Complex_F64;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * All eigenvalues of a small matrix without symmetry.
 *
 * <p>EJML's QR iteration gives up, or gives wrong eigenvalues without a word, on some matrices with many equal
 * eigenvalues. So its answer is held against tr M and tr M^2, and asked for again in other coordinates where it fails.
 */
final class DenseEigenvalues {
    private static final double TOLERANCE = 1e-9;
    private static final int ATTEMPTS = 12;

    private DenseEigenvalues() {}

    /**
     * The eigenvalues, one of each conjugate pair.
     *
     * @throws Problem if no attempt gives eigenvalues that fit the traces
     */
    static List<Eigenvalue> of(DMatrixRMaj matrix) {
        Random random = new Random(1);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            List<Eigenvalue> values = attempt(attempt == 0 ? matrix.copy() : rotated(matrix, random));
            if (fits(values, matrix)) {
                return values;
            }
        }
        throw Problem.failed(
                "The eigenvalues of a %d x %d matrix were not found: no answer fits its traces.",
                matrix.numRows, matrix.numRows);
    }

    private static List<Eigenvalue> attempt(DMatrixRMaj matrix) {
        EigenDecomposition_F64<DMatrixRMaj> decomposition = DecompositionFactory_DDRM.eig(matrix.numRows, false, false);
        List<Eigenvalue> values = new ArrayList<>();
        if (!decomposition.decompose(matrix)) {
            return values;
        }
        for (int i = 0; i < decomposition.getNumberOfEigenvalues(); i++) {
            Complex_F64 value = decomposition.getEigenvalue(i);
            if (value.imaginary >= 0) {
                values.add(new Eigenvalue(value.real, value.imaginary));
            }
        }
        return values;
    }

    private static DMatrixRMaj rotated(DMatrixRMaj matrix, Random random) {
        int n = matrix.numRows;
        DMatrixRMaj q = RandomMatrices_DDRM.orthogonal(n, n, random);
        DMatrixRMaj product = new DMatrixRMaj(n, n);
        DMatrixRMaj rotated = new DMatrixRMaj(n, n);
        CommonOps_DDRM.multTransA(q, matrix, product);
        CommonOps_DDRM.mult(product, q, rotated);
        return rotated;
    }

    private static boolean fits(List<Eigenvalue> values, DMatrixRMaj matrix) {
        int n = matrix.numRows;
        double trace = CommonOps_DDRM.trace(matrix);
        double ofSquare = 0;
        double squares = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                ofSquare += matrix.get(i, j) * matrix.get(j, i);
                squares += matrix.get(i, j) * matrix.get(i, j);
            }
        }
        int count = 0;
        for (Eigenvalue value : values) {
            int both = value.im() == 0 ? 1 : 2;
            count += both;
            trace -= both * value.re();
            ofSquare -= both * (value.re() * value.re() - value.im() * value.im());
        }
        return count == n
                && Math.abs(trace) <= TOLERANCE * n * Math.sqrt(squares)
                && Math.abs(ofSquare) <= TOLERANCE * n * squares;
    }
}
