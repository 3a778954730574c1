package org.consensusprobe.theory.spectrum;

import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * A matrix M = A B of low rank, one head's: everything is read off products of the size of the head.
 *
 * @param left A [D, d]
 * @param right B [d, D]
 */
public record Factors(DMatrixRMaj left, DMatrixRMaj right) {
    public Factors {
        if (left.numCols != right.numRows || left.numRows != right.numCols) {
            throw new IllegalArgumentException("factors " + left.numRows + " x " + left.numCols + " and "
                    + right.numRows + " x " + right.numCols + " make no square matrix");
        }
    }

    /** The rank's bound d. */
    int inner() {
        return left.numCols;
    }

    /** The eigenvalues that may differ from 0: those of B A [d, d], one of each conjugate pair. */
    List<Eigenvalue> eigenvalues() {
        return DenseEigenvalues.of(core());
    }

    /** Norms and traces, by |AB|^2 = tr(A'A BB') and tr (AB)^k = tr (BA)^k. */
    Moments moments() {
        DMatrixRMaj core = core();
        double trace = CommonOps_DDRM.trace(core);
        double traceOfSquare = 0;
        for (int i = 0; i < core.numRows; i++) {
            for (int j = 0; j < core.numCols; j++) {
                traceOfSquare += core.get(i, j) * core.get(j, i);
            }
        }
        return new Moments(left.numRows, inner(this), trace, traceOfSquare);
    }

    /** The inner product of Frobenius' norm, sum_ij M_ij N_ij = sum of (A'C) o (B D') for N = C D. */
    double inner(Factors other) {
        DMatrixRMaj lefts = new DMatrixRMaj(inner(), other.inner());
        DMatrixRMaj rights = new DMatrixRMaj(inner(), other.inner());
        CommonOps_DDRM.multTransA(left, other.left, lefts); // [d, d']
        CommonOps_DDRM.multTransB(right, other.right, rights); // [d, d']
        return SquareMatrix.dot(lefts.data, 0, rights.data, 0, inner() * other.inner());
    }

    /**
     * The eigenvalues of (M + M')/2 that may differ from 0, ascending: with C = [A B'] they are those of
     * G^1/2 J G^1/2 / 2, where G = C'C [2d, 2d] and J exchanges the halves.
     */
    double[] symmetricEigenvalues() {
        int d = inner();
        DMatrixRMaj joint = new DMatrixRMaj(left.numRows, 2 * d); // C [D, 2d]
        CommonOps_DDRM.insert(left, joint, 0, 0);
        CommonOps_DDRM.insert(CommonOps_DDRM.transpose(right, null), joint, 0, d);
        DMatrixRMaj gram = new DMatrixRMaj(2 * d, 2 * d);
        CommonOps_DDRM.multTransA(joint, joint, gram);
        DMatrixRMaj root = root(gram);
        DMatrixRMaj exchanged = new DMatrixRMaj(2 * d, 2 * d); // J G^1/2
        CommonOps_DDRM.extract(root, d, 2 * d, 0, 2 * d, exchanged, 0, 0);
        CommonOps_DDRM.extract(root, 0, d, 0, 2 * d, exchanged, d, 0);
        DMatrixRMaj small = new DMatrixRMaj(2 * d, 2 * d);
        CommonOps_DDRM.mult(0.5, root, exchanged, small);
        return symmetric(small, false).values();
    }

    private DMatrixRMaj core() {
        DMatrixRMaj core = new DMatrixRMaj(inner(), inner());
        CommonOps_DDRM.mult(right, left, core);
        return core;
    }

    /** The symmetric root of a positive semidefinite matrix. */
    private static DMatrixRMaj root(DMatrixRMaj gram) {
        Symmetric parts = symmetric(gram, true);
        int n = gram.numRows;
        DMatrixRMaj scaled = new DMatrixRMaj(n, n); // V diag(sqrt(l)^1/2), so that its square V sqrt(l) V' is the root
        for (int j = 0; j < n; j++) {
            double factor = Math.sqrt(Math.sqrt(Math.max(0, parts.values()[j])));
            for (int i = 0; i < n; i++) {
                scaled.set(i, j, factor * parts.vectors()[j].get(i));
            }
        }
        DMatrixRMaj root = new DMatrixRMaj(n, n);
        CommonOps_DDRM.multTransB(scaled, scaled, root);
        return root;
    }

    private record Symmetric(double[] values, DMatrixRMaj[] vectors) {}

    /** Eigenvalues, ascending where the vectors are not asked for. */
    private static Symmetric symmetric(DMatrixRMaj matrix, boolean vectors) {
        EigenDecomposition_F64<DMatrixRMaj> decomposition =
                DecompositionFactory_DDRM.eig(matrix.numRows, vectors, true);
        if (!decomposition.decompose(matrix.copy())) {
            throw new ArithmeticException("the eigenvalues of a symmetric " + matrix.numRows + " x " + matrix.numRows
                    + " matrix did not converge");
        }
        double[] values = new double[matrix.numRows];
        DMatrixRMaj[] columns = new DMatrixRMaj[matrix.numRows];
        for (int i = 0; i < values.length; i++) {
            values[i] = decomposition.getEigenvalue(i).real;
            columns[i] = vectors ? decomposition.getEigenVector(i) : null;
        }
        if (!vectors) {
            java.util.Arrays.sort(values);
        }
        return new Symmetric(values, columns);
    }
}
