package org.consensusprobe.model;

import java.util.Optional;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/**
 * The roles of a ViT-like block, whose LayerNorms stand before the halves: x += scale1 attention(norm1(x)), then x += scale2
 * feedForward(norm2(x)), the scales being learned factors of every entry that some families have.
 *
 * @param norm1 the norm before attention
 * @param out attention's output matrix
 * @param norm2 the norm before the feed-forward half
 * @param scale1 the name of attention's scale; empty for none
 * @param scale2 the name of the feed-forward half's
 * @param scale its value before training
 * @param biases which of q, k, v have one
 * @param mlp the feed-forward half
 */
record PreNorm(
        String norm1,
        String query,
        String key,
        String value,
        String out,
        String norm2,
        String scale1,
        String scale2,
        double scale,
        Biases biases,
        Half mlp) {
    /** Which of attention's matrices have a bias. */
    record Biases(boolean query, boolean key, boolean value, boolean out) {
        static Biases ofAll(boolean queryKeyValue) {
            return new Biases(queryKeyValue, queryKeyValue, queryKeyValue, true);
        }
    }

    /**
     * The matrices of the feed-forward half.
     *
     * @param gate the role of the gate; empty for none, the same as {@code up} where one matrix holds gate and up
     */
    record Half(String gate, String up, String down, boolean bias) {
        static Half plain(String up, String down) {
            return new Half("", up, down, true);
        }

        boolean isFused() {
            return gate.equals(up);
        }
    }

    /** The tensors of a layer of width d, in the list. */
    TensorList tensors(String part, int d, int inner, boolean feedForward) {
        TensorList specs = new TensorList(part)
                .norm(norm1, d)
                .linear(query, d, d, biases.query)
                .linear(key, d, d, biases.key)
                .linear(value, d, d, biases.value)
                .linear(out, d, d, biases.out);
        scale(specs, scale1, d);
        if (feedForward) {
            specs.norm(norm2, d);
            if (!mlp.gate.isEmpty() && !mlp.isFused()) {
                specs.linear(mlp.gate, inner, d, mlp.bias);
            }
            specs.linear(mlp.up, mlp.isFused() ? 2L * inner : inner, d, mlp.bias)
                    .linear(mlp.down, d, inner, mlp.bias);
            scale(specs, scale2, d);
        }
        return specs;
    }

    private void scale(TensorList specs, String name, int d) {
        if (!name.isEmpty()) {
            specs.constant(name, scale, d);
        }
    }

    /** The block, in place, its queries and keys turned and its scores biased by the steps given. */
    void block(
            Forward f,
            Weights w,
            Tensor x,
            AttentionShape shape,
            Turn turn,
            PostNorm.Bias bias,
            double eps,
            Activation activation) {
        Tensor heads = f.freeing(g -> {
            Tensor a = Roles.norm(g, w, norm1, x, eps); // [B, T, D]
            Tensor q = turn.of(g, Roles.linear(g, w, query, a)); // [B, T, D]
            Tensor k = turn.of(g, Roles.linear(g, w, key, a)); // [B, T, D]
            Tensor v = Roles.linear(g, w, value, a); // [B, T, D]
            return g.attention(q, k, v, shape, bias.of(g, q, k), null);
        }); // [B, T, D]
        if (scale1.isEmpty()) {
            Roles.addAttention(f, w, out, x, heads);
        } else {
            Tensor branch = f.kernels().multiply(Roles.linear(f, w, out, heads), w.get(scale1)); // [B, T, D]
            f.add(x, f.attentionBranch(x, branch));
        }
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor inner = inner(g, w, Roles.norm(g, w, norm2, part, eps), activation); // [B, t, F]
                if (scale2.isEmpty()) {
                    Roles.addFeedForward(g, w, mlp.down, part, inner);
                } else {
                    g.add(part, g.kernels().multiply(Roles.linear(g, w, mlp.down, inner), w.get(scale2)));
                }
            });
        }
    }

    private Tensor inner(Forward f, Weights w, Tensor m, Activation activation) {
        if (mlp.gate.isEmpty()) {
            return Roles.linear(f, w, mlp.up, m, activation); // [B, t, F]
        }
        if (!mlp.isFused()) {
            return Roles.gated(f, w, mlp.gate, mlp.up, m, activation); // [B, t, F]
        }
        Tensor both = w.get(mlp.up + ".weight"); // [2 F, D]
        Tensor bias = w.get(mlp.up + ".bias"); // [2 F]
        long width = bias.size(0) / 2;
        Kernels k = f.kernels();
        return f.gated(
                m,
                k.tensors().rowsView(both, 0, width),
                k.tensors().rowsView(bias, 0, width),
                k.tensors().rowsView(both, width, 2 * width),
                k.tensors().rowsView(bias, width, 2 * width),
                activation); // [B, t, F]
    }

    /** The matrices of attention; a scale belongs to the output matrix. */
    Projections projections(Kernels k, Weights w, int heads) {
        Tensor o = w.get(out + ".weight"); // [D, D]
        if (!scale1.isEmpty()) {
            Tensor factors = k.tensors().reshape(k.tensors().like(w.get(scale1), o), new long[] {-1, 1}); // [D, 1]
            o = k.multiply(k.tensors().copy(o), factors);
        }
        return new Projections(
                w.get(query + ".weight"),
                w.get(key + ".weight"),
                w.get(value + ".weight"),
                o,
                heads,
                heads,
                Optional.of(w.get(norm1 + ".weight")),
                true);
    }

    /** Makes positions of queries or keys. */
    @FunctionalInterface
    interface Turn {
        /** None. */
        Turn NONE = (f, x) -> x;

        /** x [B, T, D] with its positions, [B, T, D]. */
        Tensor of(Forward f, Tensor x);
    }
}
