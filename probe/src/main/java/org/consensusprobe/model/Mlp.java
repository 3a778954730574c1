package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.TensorKernels;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * The feed-forward layers of decoders, without norm and skip.
 *
 * @param in the matrices of the inner values: the gate and what it multiplies, in two matrices or in one, or a single one
 * @param out the matrix back to the stream
 * @param width D
 * @param inner F
 */
record Mlp(List<String> in, boolean gated, String out, long width, long inner, boolean bias, Activation activation)
        implements FeedForward {
    /** down(activation(gate x) * up x). */
    static Mlp gated(DecoderConfig c, boolean bias, Activation activation) {
        return new Mlp(
                List.of("mlp.gate_proj", "mlp.up_proj"), true, "mlp.down_proj", c.width(), c.inner(), bias, activation);
    }

    /** down(activation(gate x) * up x) with matrices under other names, and of another width. */
    static Mlp gated(
            String part,
            String gate,
            String up,
            String down,
            long width,
            long inner,
            boolean bias,
            Activation activation) {
        return new Mlp(List.of(part + gate, part + up), true, part + down, width, inner, bias, activation);
    }

    /** The same with gate and up in one matrix, one below the other. */
    static Mlp fused(DecoderConfig c, Activation activation) {
        return new Mlp(List.of("mlp.gate_up_proj"), true, "mlp.down_proj", c.width(), c.inner(), false, activation);
    }

    /** out(activation(in x)). */
    static Mlp plain(DecoderConfig c, String in, String out, boolean bias, Activation activation) {
        return new Mlp(List.of(in), false, out, c.width(), c.inner(), bias, activation);
    }

    @Override
    public List<TensorSpec> tensors(String h) {
        List<TensorSpec> specs = new ArrayList<>();
        long rows = gated && in.size() == 1 ? 2 * inner : inner;
        in.forEach(matrix -> specs.addAll(RotaryDecoder.matrix(h, matrix, rows, width, bias)));
        specs.addAll(RotaryDecoder.matrix(h, out, width, inner, bias));
        return specs;
    }

    @Override
    public long valuesPerToken() {
        return 2 * inner;
    }

    /** The inner values of x: [B, t, D] -> [B, t, F]. */
    Tensor inner(Forward f, Weights w, Tensor x) {
        Tensor first = w.get(in.get(0) + ".weight"); // [F, D], fused [2F, D]
        Tensor bias = w.orNull(in.get(0) + ".bias"); // [F]
        if (!gated) {
            return f.linear(x, first, bias, activation); // [B, t, F]
        }
        if (in.size() == 2) {
            Tensor up = w.get(in.get(1) + ".weight"); // [F, D]
            return f.gated(x, first, bias, up, w.orNull(in.get(1) + ".bias"), activation); // [B, t, F]
        }
        TensorKernels views = f.kernels().tensors();
        Tensor gate = views.rowsView(first, 0, inner); // [F, D]
        return f.gated(x, gate, null, views.rowsView(first, inner, 2 * inner), null, activation); // [B, t, F]
    }

    @Override
    public Tensor of(Forward f, Weights w, Tensor x) {
        return RotaryDecoder.linear(f, w, out, inner(f, w, x)); // [B, t, D]
    }

    @Override
    public void add(Forward f, Weights w, Tensor part, Tensor m) {
        f.addFeedForward(part, inner(f, w, m), w.get(out + ".weight"), w.orNull(out + ".bias"));
    }
}
