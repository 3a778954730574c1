package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Granite, {@code model_type} "granite": Llama with four multipliers: of the token embeddings, of the scores (in place of
 * d^-1/2), of what each half adds, and one that divides the scores of the next token.
 */
final class Granite extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean attentionBias;
    private final Multipliers by;

    Granite(DecoderConfig config, Rotary rotary, FeedForward mlp, boolean attentionBias, Multipliers by) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
        this.by = by;
    }

    /** The four. */
    record Multipliers(double embedding, double attention, double residual, double logits) {
        static Multipliers of(JsonFields f) {
            return new Multipliers(
                    f.numberOr("embedding_multiplier", 1),
                    f.numberOr("attention_multiplier", 1),
                    f.numberOr("residual_multiplier", 1),
                    f.positiveNumberOr("logits_scaling", 1));
        }
    }

    static Granite of(JsonFields f) {
        DecoderConfig config =
                DecoderConfig.of(f, "granite", DecoderConfig.Defaults.of(32_000, 4096, 11_008, 32, 32, 2048));
        return new Granite(
                config,
                config.wholeRotary(f),
                Mlp.gated(config, f.boolOr("mlp_bias", false), activation(f, "hidden_act", "silu")),
                f.boolOr("attention_bias", false),
                Multipliers.of(f));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("embed_tokens.weight"), ids, by.embedding, dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return plainLayer(layer, feedForward, attentionBias, attentionBias);
    }

    // the branches before they are added
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + 2L * c.width();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        AttentionShape shape = c.attention(by.attention, 0);
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, shape, (q, which, n) -> g.rotate(q, n, rotary));
        }); // [B, T, H d]
        Tensor out = linear(f, w, "self_attn.o_proj", heads); // [B, T, D]
        f.add(x, f.attentionBranch(x, f.kernels().scale(out, by.residual)));
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = norm(g, w, "post_attention_layernorm", part); // [B, t, D]
                g.add(part, g.kernels().scale(mlp.of(g, w, m), by.residual));
            });
        }
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        return k.scale(super.logits(k, w, x), 1 / by.logits); // [B, T, V]
    }
}
