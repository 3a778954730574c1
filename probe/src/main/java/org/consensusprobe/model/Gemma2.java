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
 * Gemma 2, {@code model_type} "gemma2": Gemma with norms before and after each half, scores scaled by
 * {@code query_pre_attn_scalar}^-1/2 and capped as cap tanh(s / cap), a window in every other layer from the first on (or where
 * {@code layer_types} says), and capped scores of the next token.
 */
final class Gemma2 extends RotaryDecoder {
    private static final int WINDOW = 4096;

    private final Rotary rotary;
    private final Own own;

    private Gemma2(DecoderConfig config, Rotary rotary, Mlp mlp, Own own) {
        super(config, Norm.RMS_ONE_PLUS, mlp);
        this.rotary = rotary;
        this.own = own;
    }

    /**
     * The fields that only this family has.
     *
     * @param windows of the layers; 0 for all earlier tokens
     * @param scale factor of the attention scores
     * @param scoreCap of attention scores, 0 for none
     * @param logitCap of the scores of the next token, 0 for none
     */
    private record Own(List<Integer> windows, double scale, double scoreCap, double logitCap, boolean attentionBias) {}

    static Gemma2 of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(256_000, 2304, 9216, 26, 8, 8192)
                .withKeyValueHeads(4, false)
                .withHeadSize(256)
                .withTiedHead();
        DecoderConfig config = DecoderConfig.of(f, "gemma2", defaults).requireWholeHeads(f);
        f.implementedOnly("use_bidirectional_attention", false, null);
        int window = f.has("sliding_window")
                ? f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0)
                : WINDOW;
        Own own = new Own(
                Windows.of(f, config.layers(), window, layer -> layer % 2 == 0),
                1 / Math.sqrt(f.positiveNumberOr("query_pre_attn_scalar", 256)),
                cap(f, "attn_logit_softcapping", 50),
                cap(f, "final_logit_softcapping", 30),
                f.boolOr("attention_bias", false));
        Mlp mlp = Mlp.gated(config, false, activation(f, "hidden_activation", "gelu_pytorch_tanh"));
        return new Gemma2(config, config.wholeRotary(f), mlp, own);
    }

    private static double cap(JsonFields f, String key, double fallback) {
        return f.isNull(key) ? 0 : f.positiveNumberOr(key, fallback);
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("embed_tokens.weight"), ids, Math.sqrt(c.width()), dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, own.attentionBias, own.attentionBias);
        specs.addAll(norm(h, "post_attention_layernorm"));
        if (feedForward) {
            specs.addAll(norm(h, "pre_feedforward_layernorm"));
            specs.addAll(mlp.tensors(h));
            specs.addAll(norm(h, "post_feedforward_layernorm"));
        }
        return specs;
    }

    // capped scores are matrices, which attention otherwise never makes
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long scores = own.scoreCap > 0 ? 3 * AttentionRows.valuesAtATime(c.heads(), tokens) / tokens : 0;
        return super.valuesPerToken(tokens, feedForward) + scores;
    }

    @Override
    public int window() {
        return Windows.widest(own.windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        AttentionShape shape = new AttentionShape(
                c.heads(), c.keyValueHeads(), own.scale, true, own.windows.get(layer), own.scoreCap, 1);
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, shape, (q, which, n) -> g.rotate(q, n, rotary));
        }); // [B, T, H d]
        addNormedAttention(f, w, x, heads, "post_attention_layernorm");
        addNormedFeedForward(f, w, x, "pre_feedforward_layernorm", "post_feedforward_layernorm");
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        Tensor scores = super.logits(k, w, x); // [B, T, V]
        return own.logitCap > 0 ? k.softCap(scores, own.logitCap) : scores;
    }
}
