package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * nanochat, {@code model_type} "nanochat": norms that store nothing, one of them on the token embeddings, which belongs to h0;
 * queries and keys turn the other way round and are normed after that; a feed-forward layer of two matrices with the square of
 * ReLU; capped scores of the next token. Its initialisation draws output projections with 1/sqrt(2L) of the others' deviation.
 */
final class Nanochat extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean attentionBias;
    private final double logitCap;

    private Nanochat(DecoderConfig config, Rotary rotary, Mlp mlp, boolean attentionBias, double logitCap) {
        super(config, Norm.RMS_BARE, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
        this.logitCap = logitCap;
    }

    static Nanochat of(JsonFields f) {
        DecoderConfig config =
                DecoderConfig.of(f, "nanochat", DecoderConfig.Defaults.of(50_304, 768, 8192, 12, 6, 2048));
        return new Nanochat(
                config,
                config.wholeRotary(f).backwards(),
                Mlp.plain(config, "mlp.fc1", "mlp.fc2", false, activation(f, "hidden_act", "relu2")),
                f.boolOr("attention_bias", false),
                f.isNull("final_logit_softcapping") ? 0 : f.positiveNumberOr("final_logit_softcapping", 15));
    }

    @Override
    public Draw draw(TensorSpec spec) {
        double own = spec.role().equals("self_attn.o_proj.weight") ? Math.sqrt(2.0 * c.layers()) : 1;
        double deviation = c.initializerRange() / own;
        return new Draw(deviation, deviation, Double.POSITIVE_INFINITY);
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.rmsNorm(super.embed(k, w, ids, dtype), null, c.eps()); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return plainLayer(layer, feedForward, attentionBias, attentionBias);
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
                Tensor turned = g.rotate(q, n, rotary); // [B, T, n d]
                return norm.ofHeads(g, w, "self_attn." + which + "_norm", turned, n, c.eps());
            });
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        Tensor scores = super.logits(k, w, x); // [B, T, V]
        return logitCap > 0 ? k.softCap(scores, logitCap) : scores;
    }
}
