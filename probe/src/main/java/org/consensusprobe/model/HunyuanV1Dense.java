package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Hunyuan's dense models, {@code model_type} "hunyuan_v1_dense": Llama whose queries and keys pass an RMSNorm of their own, head
 * by head, after they are rotated; with {@code alpha} beside the rotary type "dynamic" the base is multiplied by
 * alpha^(d / (d - 2)).
 */
final class HunyuanV1Dense extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean attentionBias;

    private HunyuanV1Dense(DecoderConfig config, Rotary rotary, Mlp mlp, boolean attentionBias) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
    }

    static HunyuanV1Dense of(JsonFields f) {
        DecoderConfig.Defaults defaults =
                DecoderConfig.Defaults.of(290_943, 4096, 11_008, 32, 32, 2048).withEps(1e-5);
        DecoderConfig config = DecoderConfig.of(f, "hunyuan_v1_dense", defaults);
        f.positiveInt("head_dim"); // its class makes no model without it
        return new HunyuanV1Dense(
                config,
                rotary(f, config),
                Mlp.gated(config, false, activation(f, "hidden_act", "silu")),
                f.boolOr("attention_bias", false));
    }

    private static Rotary rotary(JsonFields f, DecoderConfig config) {
        JsonFields rope = Rotary.parameters(f);
        double alpha = rope == f || !Rotary.type(rope).equals("dynamic")
                ? 0
                : rope.optionalNumber("alpha").orElse(0.0);
        if (alpha == 0) {
            return config.wholeRotary(f);
        }
        if (alpha < 0 || config.headSize() < 3) {
            throw rope.refused("alpha", "a number above 0, with heads of 3 entries at least");
        }
        double exponent = config.headSize() / (config.headSize() - 2.0);
        return config.wholeRotary(f, rope, StrictMath.pow(alpha, exponent));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = plainLayer(layer, feedForward, attentionBias, attentionBias);
        specs.addAll(norm.tensors(h, "self_attn.query_layernorm", c.headSize()));
        specs.addAll(norm.tensors(h, "self_attn.key_layernorm", c.headSize()));
        return specs;
    }

    // q and k before their norms
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + c.queries() + c.keys();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(0), (q, which, n) -> {
                String own = which.equals("q") ? "self_attn.query_layernorm" : "self_attn.key_layernorm";
                return norm.ofHeads(g, w, own, g.rotate(q, n, rotary), n, c.eps()); // [B, T, n d]
            });
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }
}
