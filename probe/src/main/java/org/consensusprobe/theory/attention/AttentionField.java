package org.consensusprobe.theory.attention;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.theory.ode.Field;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Attention as a vector field: x_i' = Pi_{x_i}( sum_h sum_j a^h_ij U_h(t) x_j ).
 *
 * <p>Weights are a^h_ij = softmax_j(beta x_i' P_h(t) x_j), over j <= i if causal (equation 7 of "The asymptotic behavior of
 * attention in transformers"; SA of "A mathematical perspective on transformers"), or without the softmax's sum
 * exp(beta (x_i' P x_j - 1)) / n (USA there, with time in units of exp(-beta)). A field is used by one thread.
 */
public final class AttentionField implements Field {
    /** How scores become weights. */
    public enum Weighting {
        /** a row sums to 1 */
        SOFTMAX,
        /** exp(beta (s_ij - 1)) / n */
        UNNORMALISED
    }

    private final int tokens;
    private final List<Head> heads;
    private final boolean causal;
    private final double beta;
    private final Weighting weighting;
    private final Optional<Metric> sphere;
    private final DMatrixRMaj x = new DMatrixRMaj(0, 0);
    private final DMatrixRMaj out = new DMatrixRMaj(0, 0);
    private final DMatrixRMaj weights;
    private final DMatrixRMaj identityWeights;
    private final DMatrixRMaj queries = new DMatrixRMaj(1, 1);
    private final DMatrixRMaj keys = new DMatrixRMaj(1, 1);
    private final DMatrixRMaj keysTransposed = new DMatrixRMaj(1, 1);
    private final DMatrixRMaj values = new DMatrixRMaj(1, 1);

    /**
     * A field on states of {@code tokens} x D numbers, token after token.
     *
     * @param sphere on whose unit sphere tokens live; empty: without projection, in the whole space
     */
    public AttentionField(
            int tokens, List<Head> heads, boolean causal, double beta, Weighting weighting, Optional<Metric> sphere) {
        this.tokens = tokens;
        this.heads = List.copyOf(heads);
        this.causal = causal;
        this.beta = beta;
        this.weighting = weighting;
        this.sphere = sphere;
        this.weights = new DMatrixRMaj(tokens, tokens);
        this.identityWeights = new DMatrixRMaj(tokens, tokens);
    }

    /** Softmax attention on the Euclidean sphere with beta = 1. */
    public static AttentionField onSphere(int tokens, int dim, List<Head> heads, boolean causal) {
        return new AttentionField(tokens, heads, causal, 1, Weighting.SOFTMAX, Optional.of(Metric.euclidean(dim)));
    }

    @Override
    public void at(double t, double[] state, double[] derivative) {
        int dim = state.length / tokens;
        x.setData(state);
        x.numRows = tokens;
        x.numCols = dim; // [T, D]
        out.setData(derivative);
        out.numRows = tokens;
        out.numCols = dim; // [T, D]
        out.zero();
        boolean identities = false;
        for (Head head : heads) {
            attend(t, head); // weights [T, T]
            if (head.value().isPresent()) {
                CommonOps_DDRM.multTransB(x, head.value().get().apply(t), values); // [T, D]
                Products.add(weights, values, out, causal);
            } else if (identities) {
                CommonOps_DDRM.addEquals(identityWeights, weights);
            } else {
                identityWeights.setTo(weights);
                identities = true;
            }
        }
        if (identities) {
            Products.add(identityWeights, x, out, causal);
        }
        sphere.ifPresent(metric -> metric.project(state, derivative));
    }

    /** The attention matrix of one head, [T, T]; valid until the next call. */
    public DMatrixRMaj attention(double t, double[] state, int head) {
        x.setData(state);
        x.numRows = tokens;
        x.numCols = state.length / tokens;
        attend(t, heads.get(head));
        return weights;
    }

    private void attend(double t, Head head) {
        DMatrixRMaj q = times(head.queriesTransposed(), queries); // [T, d_h]
        DMatrixRMaj k = times(head.keysTransposed(), keys); // [T, d_h]
        if (head.gain().isPresent()) {
            if (q == x) {
                queries.setTo(x);
                q = queries;
            }
            CommonOps_DDRM.multCols(q, head.gain().get().apply(t));
        }
        // a product with a transposed factor would sum along rows, which the JVM does not vectorise
        CommonOps_DDRM.transpose(k, keysTransposed); // [d_h, T]
        Products.multiply(q, keysTransposed, weights);
        for (int i = 0; i < tokens; i++) {
            weigh(i, causal ? i + 1 : tokens);
        }
    }

    private DMatrixRMaj times(Optional<DMatrixRMaj> transposed, DMatrixRMaj product) {
        if (transposed.isEmpty()) {
            return x;
        }
        Products.multiply(x, transposed.get(), product);
        return product;
    }

    private void weigh(int row, int seen) {
        double[] a = weights.data;
        int from = row * tokens;
        double top = beta;
        if (weighting == Weighting.SOFTMAX) {
            top = Double.NEGATIVE_INFINITY;
            for (int j = from; j < from + seen; j++) {
                top = Math.max(top, beta * a[j]);
            }
        }
        double sum = 0;
        for (int j = from; j < from + seen; j++) {
            a[j] = Math.exp(beta * a[j] - top);
            sum += a[j];
        }
        double scale = weighting == Weighting.SOFTMAX ? 1 / sum : 1.0 / seen;
        for (int j = from; j < from + seen; j++) {
            a[j] *= scale;
        }
        for (int j = from + seen; j < from + tokens; j++) {
            a[j] = 0;
        }
    }
}
