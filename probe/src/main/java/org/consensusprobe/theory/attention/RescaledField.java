package org.consensusprobe.theory.attention;

import org.consensusprobe.theory.ode.Field;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * Attention without projection in the coordinates z = exp(-tV) x, in which it stays bounded: z_i' = sum_j a_ij V (z_j - z_i)
 * with a = softmax_j of the scores of exp(tV) z (equation 4 of "The emergence of clusters in self-attention dynamics"), Q = K =
 * I and V symmetric.
 */
public final class RescaledField implements Field {
    private final int tokens;
    private final DMatrixRMaj v;
    private final double[] eigenvalues;
    private final DMatrixRMaj basis;
    private final DMatrixRMaj weights;

    /** A field for tokens in the dimension of V. */
    public RescaledField(int tokens, DMatrixRMaj v) {
        this.tokens = tokens;
        this.v = v;
        int dim = v.numRows;
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(dim, true, true);
        eigen.decompose(v.copy());
        this.eigenvalues = new double[dim];
        this.basis = new DMatrixRMaj(dim, dim);
        for (int i = 0; i < dim; i++) {
            eigenvalues[i] = eigen.getEigenvalue(i).getReal();
            CommonOps_DDRM.insert(eigen.getEigenVector(i), basis, 0, i);
        }
        this.weights = new DMatrixRMaj(tokens, tokens);
    }

    @Override
    public void at(double t, double[] state, double[] derivative) {
        attention(t, state);
        DMatrixRMaj z = DMatrixRMaj.wrap(tokens, v.numRows, state); // [n, d]
        DMatrixRMaj pull = new DMatrixRMaj(tokens, v.numRows);
        CommonOps_DDRM.mult(weights, z, pull);
        CommonOps_DDRM.subtractEquals(pull, z);
        DMatrixRMaj out = DMatrixRMaj.wrap(tokens, v.numRows, derivative);
        CommonOps_DDRM.multTransB(pull, v, out);
    }

    /** The attention matrix at a time; valid until the next call. */
    public DMatrixRMaj attention(double t, double[] state) {
        DMatrixRMaj z = DMatrixRMaj.wrap(tokens, v.numRows, state);
        DMatrixRMaj y = new DMatrixRMaj(tokens, v.numRows);
        CommonOps_DDRM.mult(z, basis, y); // coordinates along eigenvectors
        double[] growth = new double[eigenvalues.length];
        for (int c = 0; c < growth.length; c++) {
            growth[c] = Math.exp(2 * t * eigenvalues[c]);
        }
        DMatrixRMaj scaled = y.copy();
        CommonOps_DDRM.multCols(scaled, growth);
        CommonOps_DDRM.multTransB(scaled, y, weights);
        for (int i = 0; i < tokens; i++) {
            double top = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < tokens; j++) {
                top = Math.max(top, weights.get(i, j));
            }
            double sum = 0;
            for (int j = 0; j < tokens; j++) {
                weights.set(i, j, Math.exp(weights.get(i, j) - top));
                sum += weights.get(i, j);
            }
            for (int j = 0; j < tokens; j++) {
                weights.set(i, j, weights.get(i, j) / sum);
            }
        }
        return weights;
    }
}
