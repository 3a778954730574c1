package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * GLM-4 (9B of 2024, and the GLM-4-0414 series), {@code model_type} "glm" and "glm4": Llama with gate and up in one matrix, heads
 * of 128 of which one half turns, neighbouring entries together, and biases on q, k and v. "glm4" has norms after each half too,
 * inside its skip.
 */
final class Glm extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean attentionBias;
    private final boolean normsAfter;

    private Glm(DecoderConfig config, Rotary rotary, Mlp mlp, boolean attentionBias, boolean normsAfter) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
        this.normsAfter = normsAfter;
    }

    static Glm of(JsonFields f) {
        return of(f, DecoderConfig.of(f, "glm", defaults()), false);
    }

    static Glm fourth(JsonFields f) {
        return of(f, DecoderConfig.of(f, "glm4", defaults()), true);
    }

    private static DecoderConfig.Defaults defaults() {
        return DecoderConfig.Defaults.of(151_552, 4096, 13_696, 40, 32, 131_072)
                .withKeyValueHeads(2, false)
                .withHeadSize(128)
                .withEps(0.00000015625);
    }

    private static Glm of(JsonFields f, DecoderConfig config, boolean normsAfter) {
        Mlp mlp = Mlp.fused(config, activation(f, "hidden_act", "silu"));
        Rotary rotary = config.partialRotary(f, 0.5, true).ofPairs();
        return new Glm(config, rotary, mlp, f.boolOr("attention_bias", true), normsAfter);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = plainLayer(layer, feedForward, attentionBias, false);
        if (normsAfter) {
            specs.addAll(norm(h, "post_self_attn_layernorm"));
        }
        if (normsAfter && feedForward) {
            specs.addAll(norm(h, "post_mlp_layernorm"));
        }
        return specs;
    }

    // the branches before the norms that end them
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + (normsAfter ? 3L * c.width() : 0);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        if (!normsAfter) {
            plainBlock(f, w, layer, x, rotary, 0);
            return;
        }
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(0), (q, which, n) -> g.rotate(q, n, rotary));
        }); // [B, T, H d]
        addNormedAttention(f, w, x, heads, "post_self_attn_layernorm");
        addNormedFeedForward(f, w, x, "post_attention_layernorm", "post_mlp_layernorm");
    }
}
