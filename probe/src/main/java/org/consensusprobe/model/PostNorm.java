package org.consensusprobe.model;

import java.util.Optional;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/**
 * The roles of a BERT-like block, whose LayerNorms stand after the skips: x = norm(x + attention(x)), then x = norm(x +
 * feedForward(x)).
 *
 * @param out attention's output matrix
 * @param attentionNorm the norm after attention
 * @param up the first matrix of the feed-forward half
 * @param down the second
 * @param norm the norm after the feed-forward half
 */
record PostNorm(
        String query, String key, String value, String out, String attentionNorm, String up, String down, String norm) {
    /** Of BERT's names, attention's below one prefix. */
    static PostNorm bert(String query, String key, String value) {
        return new PostNorm(
                query,
                key,
                value,
                "attention.output.dense",
                "attention.output.LayerNorm",
                "intermediate.dense",
                "output.dense",
                "output.LayerNorm");
    }

    /** The tensors of a layer of width d, in the list. */
    TensorList tensors(String part, int d, int inner, boolean feedForward) {
        TensorList specs = new TensorList(part)
                .linear(query, d, d)
                .linear(key, d, d)
                .linear(value, d, d)
                .linear(out, d, d)
                .norm(attentionNorm, d);
        return feedForward ? specs.linear(up, inner, d).linear(down, d, inner).norm(norm, d) : specs;
    }

    /** The block, in place, with a bias [1, H, T, T] of scores, or null, made by the second argument's step. */
    void block(Forward f, Weights w, Tensor x, AttentionShape shape, Bias bias, double eps, Activation activation) {
        Tensor heads = f.freeing(g -> {
            Tensor q = Roles.linear(g, w, query, x); // [B, T, D]
            Tensor k = Roles.linear(g, w, key, x); // [B, T, D]
            Tensor v = Roles.linear(g, w, value, x); // [B, T, D]
            return g.attention(q, k, v, shape, bias.of(g, q, k), null);
        }); // [B, T, D]
        after(f, w, x, heads, eps, activation);
    }

    /** What follows heads [B, T, D]: the output matrix and its norm, the feed-forward half and its norm. */
    void after(Forward f, Weights w, Tensor x, Tensor heads, double eps, Activation activation) {
        Roles.addAttention(f, w, out, x, heads);
        Roles.normalise(f, w, attentionNorm, x, eps);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor inner = Roles.linear(g, w, up, part, activation); // [B, t, F]
                Roles.addFeedForward(g, w, down, part, inner);
                Roles.normalise(g, w, norm, part, eps);
            });
        }
    }

    Projections projections(Weights w, int heads) {
        return new Projections(
                w.get(query + ".weight"),
                w.get(key + ".weight"),
                w.get(value + ".weight"),
                w.get(out + ".weight"),
                heads,
                heads,
                Optional.empty(), // what enters attention has passed the norm of the layer before
                false);
    }

    /** Makes what is added to scores. */
    @FunctionalInterface
    interface Bias {
        /** No bias. */
        Bias NONE = (f, q, k) -> null;

        /** The bias [1 or B, H, T, T], or null, for queries and keys [B, T, D]. */
        Tensor of(Forward f, Tensor q, Tensor k);
    }
}
