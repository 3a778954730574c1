package org.consensusprobe.model;

import java.util.Collections;
import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Qwen3, {@code model_type} "qwen3": Llama whose queries and keys pass an RMSNorm of their own, head by head, before they are
 * rotated; heads of 128 unless {@code head_dim} says otherwise; Qwen2's windows.
 */
final class Qwen3 extends RotaryDecoder {
    private final Rotary rotary;
    private final List<Integer> windows;
    private final boolean queryKeyValueBias;
    private final boolean outBias;

    /**
     * A model of Qwen3's block.
     *
     * @param windows of the layers; 0 for all earlier tokens
     */
    Qwen3(
            DecoderConfig config,
            Rotary rotary,
            List<FeedForward> halves,
            List<Integer> windows,
            boolean queryKeyValueBias,
            boolean outBias) {
        super(config, Norm.RMS, halves);
        this.rotary = rotary;
        this.windows = windows;
        this.queryKeyValueBias = queryKeyValueBias;
        this.outBias = outBias;
    }

    static Qwen3 of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "qwen3",
                DecoderConfig.Defaults.of(151_936, 4096, 22_016, 32, 32, 32_768)
                        .withKeyValueHeads(32, true)
                        .withHeadSize(128));
        Mlp mlp = Mlp.gated(config, false, activation(f, "hidden_act", "silu"));
        boolean bias = f.boolOr("attention_bias", false);
        return new Qwen3(
                config,
                config.wholeRotary(f),
                Collections.nCopies(config.layers(), mlp),
                Qwen2.switchableWindows(f, config.layers()),
                bias,
                bias);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, queryKeyValueBias, outBias);
        specs.addAll(norm.tensors(h, "self_attn.q_norm", c.headSize()));
        specs.addAll(norm.tensors(h, "self_attn.k_norm", c.headSize()));
        if (feedForward) {
            specs.addAll(norm(h, "post_attention_layernorm"));
            specs.addAll(half(layer).tensors(h));
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
        return Windows.widest(windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(windows.get(layer)), (q, which, n) -> {
                Tensor normed = norm.ofHeads(g, w, "self_attn." + which + "_norm", q, n, c.eps()); // [B, T, n d]
                return g.rotate(normed, n, rotary);
            });
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm", half(layer));
    }
}
