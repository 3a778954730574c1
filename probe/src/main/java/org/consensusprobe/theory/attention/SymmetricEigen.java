package org.consensusprobe.theory.attention;

import java.util.Comparator;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * A symmetric matrix as its eigenvalues and eigenvectors.
 *
 * @param values the largest first
 * @param basis unit eigenvectors as columns, in their order
 */
public record SymmetricEigen(double[] values, DMatrixRMaj basis) {
    /** Decomposes a symmetric matrix. */
    public static SymmetricEigen of(DMatrixRMaj symmetric) {
        int dim = symmetric.numRows;
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(dim, true, true);
        if (!eigen.decompose(symmetric.copy())) {
            throw Problem.failed("The eigenvalues of a symmetric matrix were not found.");
        }
        int[] order = IntStream.range(0, dim)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -eigen.getEigenvalue(i).getReal()))
                .mapToInt(i -> i)
                .toArray();
        DMatrixRMaj basis = new DMatrixRMaj(dim, dim);
        for (int c = 0; c < dim; c++) {
            CommonOps_DDRM.insert(eigen.getEigenVector(order[c]), basis, 0, c);
        }
        double[] values = IntStream.of(order)
                .mapToDouble(i -> eigen.getEigenvalue(i).getReal())
                .toArray();
        return new SymmetricEigen(values, basis);
    }

    /** B diag(values) B'. */
    public DMatrixRMaj matrix() {
        DMatrixRMaj scaled = basis.copy();
        CommonOps_DDRM.multCols(scaled, values);
        DMatrixRMaj product = new DMatrixRMaj(basis.numRows, basis.numRows);
        CommonOps_DDRM.multTransB(scaled, basis, product);
        return product;
    }

    /** The unit eigenvector of the largest eigenvalue. */
    public double[] leading() {
        return CommonOps_DDRM.extractColumn(basis, 0, null).data;
    }
}
