package org.consensusprobe.model;

import java.util.function.BiFunction;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/**
 * Steps of blocks by the roles of their tensors: a norm or a matrix is {@code ROLE.weight} and, where the part has one,
 * {@code ROLE.bias}.
 */
final class Roles {
    private Roles() {}

    /** LayerNorm of x [.., D]. */
    static Tensor norm(Forward f, Weights w, String role, Tensor x, double eps) {
        return f.layerNorm(x, w.orNull(role + ".weight"), w.orNull(role + ".bias"), eps); // [.., D]
    }

    /** x [B, T, D] = LayerNorm(x), in place. */
    static void normalise(Forward f, Weights w, String role, Tensor x, double eps) {
        f.normalise(x, w.orNull(role + ".weight"), w.orNull(role + ".bias"), eps);
    }

    /** x [.., E] through a matrix -> [.., F]. */
    static Tensor linear(Forward f, Weights w, String role, Tensor x) {
        return f.linear(x, w.get(role + ".weight"), w.orNull(role + ".bias")); // [.., F]
    }

    /** As {@link #linear(Forward, Weights, String, Tensor)}, followed by the activation. */
    static Tensor linear(Forward f, Weights w, String role, Tensor x, Activation activation) {
        return f.linear(x, w.get(role + ".weight"), w.orNull(role + ".bias"), activation); // [.., F]
    }

    /** x [.., D] through two matrices with an activation between them -> [.., D]. */
    static Tensor feedForward(Forward f, Weights w, String up, String down, Tensor x, Activation activation) {
        return linear(f, w, down, linear(f, w, up, x, activation)); // [.., D]
    }

    /** activation(gate x) * up x of x [.., D] -> [.., F]. */
    static Tensor gated(Forward f, Weights w, String gate, String up, Tensor x, Activation activation) {
        return f.gated(
                x,
                w.get(gate + ".weight"),
                w.orNull(gate + ".bias"),
                w.get(up + ".weight"),
                w.orNull(up + ".bias"),
                activation); // [.., F]
    }

    /** x [B, T, D] += heads [B, T, H d] through attention's output matrix, in place. */
    static void addAttention(Forward f, Weights w, String role, Tensor x, Tensor heads) {
        f.addAttention(x, heads, w.get(role + ".weight"), w.orNull(role + ".bias"));
    }

    /** x [B, T, D] += inner [B, T, F] through the feed-forward half's last matrix, in place. */
    static void addFeedForward(Forward f, Weights w, String role, Tensor x, Tensor inner) {
        f.addFeedForward(x, inner, w.get(role + ".weight"), w.orNull(role + ".bias"));
    }

    /**
     * x [B, T, D] += attention + half(x), in place, both fed from the block's input; attention alone in runs without feed-forward.
     *
     * @param out the role of attention's output matrix
     * @param heads [B, T, H d]
     * @param half the feed-forward half with its norm, of tokens [B, t, D], and no skip
     */
    static void addParallel(
            Forward f, Weights w, String out, Tensor x, Tensor heads, BiFunction<Forward, Tensor, Tensor> half) {
        f.addParallel(x, heads, w.get(out + ".weight"), w.orNull(out + ".bias"), half);
    }
}
