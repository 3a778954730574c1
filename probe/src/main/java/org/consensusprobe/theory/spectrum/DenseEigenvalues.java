package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.consensusprobe.common.Problem;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.hipparchus.complex.Complex;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.DefaultRealMatrixChangingVisitor;
import org.hipparchus.linear.EigenDecompositionNonSymmetric;
import org.hipparchus.linear.FieldVector;
import org.hipparchus.linear.RealMatrix;

/**
 * All eigenvalues of a small matrix without symmetry.
 *
 * <p>Hipparchus', since EJML's QR iteration gives up, or gives wrong eigenvalues without a word, on some matrices with
 * many equal eigenvalues.
 */
final class DenseEigenvalues {
    /** Below this, beside the largest entry, an entry under the diagonal of the Schur form is 0. */
    private static final double NEGLIGIBLE = 1e-15;

    private DenseEigenvalues() {}

    /** An eigenvalue and its vector x + iy. */
    record Pair(Eigenvalue value, double[] real, double[] imaginary) {}

    /** The eigenvalues, one of each conjugate pair. */
    static List<Eigenvalue> of(DMatrixRMaj matrix) {
        return pairs(matrix).stream().map(Pair::value).toList();
    }

    /**
     * The eigenvalues with their vectors, one of each conjugate pair.
     *
     * @throws Problem if the iteration does not converge
     */
    static List<Pair> pairs(DMatrixRMaj matrix) {
        int n = matrix.numRows;
        double scale = CommonOps_DDRM.elementMaxAbs(matrix);
        RealMatrix scaled = new Array2DRowRealMatrix(n, n);
        scaled.walkInOptimizedOrder(new DefaultRealMatrixChangingVisitor() {
            @Override
            public double visit(int row, int column, double value) {
                return scale == 0 ? (row == column ? 1 : 0) : matrix.get(row, column) / scale;
            }
        });
        List<Pair> pairs = new ArrayList<>();
        try {
            EigenDecompositionNonSymmetric found = new EigenDecompositionNonSymmetric(scaled, NEGLIGIBLE);
            for (int i = 0; i < n; i++) {
                Complex value = found.getEigenvalue(i);
                if (value.getImaginary() >= 0) {
                    FieldVector<Complex> vector = found.getEigenvector(i);
                    Eigenvalue own = new Eigenvalue(value.getReal() * scale, value.getImaginary() * scale);
                    pairs.add(new Pair(own, part(vector, Complex::getReal), part(vector, Complex::getImaginary)));
                }
            }
        } catch (MathRuntimeException e) {
            throw Problem.failed(e, "The eigenvalues of a %d x %d matrix were not found: %s.", n, n, e.getMessage());
        }
        return pairs;
    }

    private static double[] part(FieldVector<Complex> vector, ToDoubleFunction<Complex> part) {
        return Arrays.stream(vector.toArray()).mapToDouble(part).toArray();
    }
}
