package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Phi-3 and Phi-4-mini, {@code model_type} "phi3": Llama with q, k and v in one matrix and gate and up in another, rotary
 * positions on a fraction of the head where {@code partial_rotary_factor} says so, and a window where {@code sliding_window}
 * is given.
 */
final class Phi3 extends RotaryDecoder {
    private final Rotary rotary;
    private final int window;

    private Phi3(DecoderConfig config, Rotary rotary, Mlp mlp, int window) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.window = window;
    }

    static Phi3 of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "phi3",
                DecoderConfig.Defaults.of(32_064, 3072, 8192, 32, 32, 4096).withEps(1e-5));
        // as its class: factors are counted by width and heads, whatever head_dim says
        if (Rotary.parameters(f).has("short_factor") && config.headSize() != config.width() / config.heads()) {
            throw f.refused("head_dim", "hidden_size / num_attention_heads, " + config.width() / config.heads());
        }
        return new Phi3(
                config,
                Rotary.of(
                        f,
                        config.headSize(),
                        config.context(),
                        new Rotary.Defaults(
                                1e4,
                                1,
                                false,
                                f.positiveIntOr("original_max_position_embeddings", 4096, Integer.MAX_VALUE))),
                Mlp.fused(config, activation(f, "hidden_act", "silu")),
                f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        long fused = c.queries() + 2L * c.keys();
        List<TensorSpec> specs = norm(h, "input_layernorm");
        specs.add(TensorSpec.linear(h, "self_attn.qkv_proj.weight", fused, c.width()));
        specs.add(TensorSpec.linear(h, "self_attn.o_proj.weight", c.width(), c.queries()));
        if (feedForward) {
            specs.addAll(norm(h, "post_attention_layernorm"));
            specs.addAll(mlp.tensors(h));
        }
        return specs;
    }

    @Override
    public int window() {
        return window;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        int q = c.queries();
        int g = c.keys();
        Tensor heads = f.freeing(h -> {
            Kernels k = h.kernels();
            Tensor a = norm(h, w, "input_layernorm", x); // [B, T, D]
            Tensor qkv = linear(h, w, "self_attn.qkv_proj", a); // [B, T, H d + 2 G d]
            Tensor query = h.rotate(k.columns(qkv, 0, q), c.heads(), rotary); // [B, T, H d]
            Tensor key = h.rotate(k.columns(qkv, q, q + g), c.keyValueHeads(), rotary); // [B, T, G d]
            Tensor value = k.columns(qkv, q + g, q + 2L * g); // [B, T, G d]
            return h.attention(query, key, value, c.attention(window));
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        Tensor qkv = w.get("self_attn.qkv_proj.weight"); // [H d + 2 G d, D]
        int q = c.queries();
        int g = c.keys();
        return new Projections(
                k.tensors().rows(qkv, 0, q),
                k.tensors().rows(qkv, q, q + g),
                k.tensors().rows(qkv, q + g, q + 2L * g),
                w.get("self_attn.o_proj.weight"),
                c.heads(),
                c.keyValueHeads(),
                norm.factor(k, w, "input_layernorm"),
                norm.centres());
    }
}
