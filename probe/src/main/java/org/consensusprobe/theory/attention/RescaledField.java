package org.consensusprobe.theory.attention;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.theory.ode.Field;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Attention without projection in the coordinates z = exp(-tV) x, in which it stays bounded: z_i' = V sum_j a_ij (z_j - z_i)
 * with a = softmax_j of the scores of exp(tV) z (equation 4 of "The emergence of clusters in self-attention dynamics"), Q = K =
 * I and V symmetric: the scores of one head with P(t) = exp(2tV).
 */
public final class RescaledField implements Field {
    private final DMatrixRMaj v;
    private final AttentionField attention;

    /** A field for tokens in the dimension of V. */
    public RescaledField(int tokens, DMatrixRMaj v) {
        this.v = v;
        SymmetricEigen eigen = SymmetricEigen.of(v);
        DMatrixRMaj rows = CommonOps_DDRM.transpose(eigen.basis(), null);
        Head head = Head.scoring(rows, rows).withGain(t -> Arrays.stream(eigen.values())
                .map(l -> Math.exp(2 * t * l))
                .toArray());
        this.attention =
                new AttentionField(tokens, List.of(head), false, 1, AttentionField.Weighting.SOFTMAX, Optional.empty());
    }

    @Override
    public void at(double t, double[] state, double[] derivative) {
        attention.at(t, state, derivative); // A z
        DMatrixRMaj pull = DMatrixRMaj.wrap(state.length / v.numRows, v.numRows, derivative.clone()); // [n, d]
        CommonOps_DDRM.subtractEquals(pull, DMatrixRMaj.wrap(pull.numRows, v.numRows, state));
        CommonOps_DDRM.multTransB(pull, v, DMatrixRMaj.wrap(pull.numRows, v.numRows, derivative));
    }

    /** The attention matrix at a time, [n, n]; valid until the next call. */
    public DMatrixRMaj attention(double t, double[] state) {
        return attention.attention(t, state, 0);
    }
}
