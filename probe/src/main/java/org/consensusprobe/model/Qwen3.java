package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Qwen3, {@code model_type} "qwen3": Llama whose queries and keys pass an RMSNorm of their own, head by head, before they are
 * rotated; heads of 128 unless {@code head_dim} says otherwise; Qwen2's windows.
 */
final class Qwen3 extends RotaryDecoder {
    private final Rotary rotary;
    private final Activation activation;
    private final List<Integer> windows;
    private final boolean attentionBias;

    private Qwen3(
            DecoderConfig config, Rotary rotary, Activation activation, List<Integer> windows, boolean attentionBias) {
        super(config);
        this.rotary = rotary;
        this.activation = activation;
        this.windows = windows;
        this.attentionBias = attentionBias;
    }

    static Qwen3 of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "qwen3",
                DecoderConfig.Defaults.of(151_936, 4096, 22_016, 32, 32, 32_768)
                        .withKeyValueHeads(32, true)
                        .withHeadSize(128));
        return new Qwen3(
                config,
                config.wholeRotary(f),
                activation(f, "hidden_act", "silu"),
                Qwen2.switchableWindows(f, config.layers()),
                f.boolOr("attention_bias", false));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, attentionBias, attentionBias);
        specs.add(gain(h, "self_attn.q_norm.weight", c.headSize()));
        specs.add(gain(h, "self_attn.k_norm.weight", c.headSize()));
        if (feedForward) {
            specs.add(gain(h, "post_attention_layernorm.weight", c.width()));
            specs.addAll(gatedTensors(h, false));
        }
        return specs;
    }

    // q and k before their norms
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + c.queries() + c.keys();
    }

    @Override
    public int window() {
        return windows.stream().max(Integer::compare).orElse(0);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm.weight", x); // [B, T, D]
            Tensor q = linear(g, w, "self_attn.q_proj", a); // [B, T, H d]
            Tensor k = linear(g, w, "self_attn.k_proj", a); // [B, T, G d]
            Tensor normedQuery = g.headNorm(q, c.heads(), w.get("self_attn.q_norm.weight"), c.eps()); // [B, T, H d]
            Tensor normedKey =
                    g.headNorm(k, c.keyValueHeads(), w.get("self_attn.k_norm.weight"), c.eps()); // [B, T, G d]
            Tensor query = g.rotate(normedQuery, c.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(normedKey, c.keyValueHeads(), rotary); // [B, T, G d]
            Tensor value = linear(g, w, "self_attn.v_proj", a); // [B, T, G d]
            return g.attention(query, key, value, c.attention(windows.get(layer)));
        }); // [B, T, H d]
        f.addAttention(x, heads, w.get("self_attn.o_proj.weight"), w.orNull("self_attn.o_proj.bias"));
        if (f.feedForward()) {
            addGated(f, w, x, activation);
        }
    }
}
