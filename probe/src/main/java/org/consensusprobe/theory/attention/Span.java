package org.consensusprobe.theory.attention;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.QRDecomposition;

/**
 * Coordinates in the span of some tokens. Where U = I tokens never leave it, so that a system of T tokens in D dimensions
 * is one in min(T, D), exactly.
 */
public final class Span {
    private final DMatrixRMaj basis;
    private final DMatrixRMaj coordinates;

    private Span(DMatrixRMaj basis, DMatrixRMaj coordinates) {
        this.basis = basis;
        this.coordinates = coordinates;
    }

    /** The span of tokens that stand one after another. */
    public static Span of(double[] x, int dim) {
        DMatrixRMaj tokens = DMatrixRMaj.wrap(x.length / dim, dim, x.clone()); // [T, D]
        if (tokens.numRows >= dim) {
            return new Span(CommonOps_DDRM.identity(dim), tokens);
        }
        QRDecomposition<DMatrixRMaj> qr = DecompositionFactory_DDRM.qr(dim, tokens.numRows);
        DMatrixRMaj columns = CommonOps_DDRM.transpose(tokens, null); // [D, T]
        qr.decompose(columns);
        DMatrixRMaj q = qr.getQ(null, true); // [D, T]
        DMatrixRMaj coordinates = new DMatrixRMaj(tokens.numRows, tokens.numRows);
        CommonOps_DDRM.mult(tokens, q, coordinates); // [T, T]
        return new Span(q, coordinates);
    }

    /** The dimension of the span's coordinates. */
    public int dim() {
        return basis.numCols;
    }

    /** The tokens in these coordinates, one after another. */
    public double[] coordinates() {
        return coordinates.data.clone();
    }

    /** A matrix that acts on tokens, [m, D], as it acts on coordinates, [m, dim]. */
    public DMatrixRMaj restrict(DMatrixRMaj matrix) {
        DMatrixRMaj restricted = new DMatrixRMaj(matrix.numRows, dim());
        CommonOps_DDRM.mult(matrix, basis, restricted);
        return restricted;
    }
}
