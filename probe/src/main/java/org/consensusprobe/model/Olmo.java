package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * OLMo, {@code model_type} "olmo": Llama whose norms are LayerNorms that store nothing, with an epsilon of 1e-5; queries, keys
 * and values are kept within {@code clip_qkv} where it is given.
 */
final class Olmo extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean attentionBias;
    private final Optional<Double> clip;

    private Olmo(DecoderConfig config, Rotary rotary, Mlp mlp, boolean attentionBias, Optional<Double> clip) {
        super(config, Norm.LAYER_BARE, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
        this.clip = clip;
    }

    static Olmo of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "olmo",
                DecoderConfig.Defaults.of(50_304, 4096, 11_008, 32, 32, 2048).withEps("", 1e-5));
        return new Olmo(
                config,
                config.wholeRotary(f),
                Mlp.gated(config, false, activation(f, "hidden_act", "silu")),
                f.boolOr("attention_bias", false),
                f.isNull("clip_qkv") || !f.has("clip_qkv")
                        ? Optional.empty()
                        : Optional.of(f.positiveNumber("clip_qkv")));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return plainLayer(layer, feedForward, attentionBias, attentionBias);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            Tensor query = g.rotate(clipped(g, linear(g, w, "self_attn.q_proj", a)), c.heads(), rotary); // [B, T, H d]
            Tensor key =
                    g.rotate(clipped(g, linear(g, w, "self_attn.k_proj", a)), c.keyValueHeads(), rotary); // [B, T, G d]
            Tensor value = clipped(g, linear(g, w, "self_attn.v_proj", a)); // [B, T, G d]
            return g.attention(query, key, value, c.attention(0));
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }

    private Tensor clipped(Forward f, Tensor x) {
        return clip.map(bound -> f.kernels().clamp(x, -bound, bound)).orElse(x);
    }
}
