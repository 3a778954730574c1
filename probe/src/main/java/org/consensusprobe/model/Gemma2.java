package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
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

    private Gemma2(DecoderConfig config, Rotary rotary, Own own) {
        super(config);
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
    private record Own(
            List<Integer> windows,
            double scale,
            double scoreCap,
            double logitCap,
            Activation activation,
            boolean attentionBias) {}

    static Gemma2 of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.ofContext(8192)
                .withKeyValueHeads(4)
                .withHeadSize(256)
                .withTiedHead();
        DecoderConfig config = DecoderConfig.of(f, "gemma2", defaults);
        f.implementedOnly("use_bidirectional_attention", false, null);
        int window = f.has("sliding_window")
                ? f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0)
                : WINDOW;
        Own own = new Own(
                windows(f, config.layers(), window, layer -> layer % 2 == 0),
                1 / Math.sqrt(f.positiveNumberOr("query_pre_attn_scalar", 256)),
                cap(f, "attn_logit_softcapping", 50),
                cap(f, "final_logit_softcapping", 30),
                activation(f, "hidden_activation", "gelu_pytorch_tanh"),
                f.boolOr("attention_bias", false));
        return new Gemma2(config, config.wholeRotary(f), own);
    }

    private static double cap(JsonFields f, String key, double fallback) {
        return f.isNull(key) ? 0 : f.positiveNumberOr(key, fallback);
    }

    // a norm's weight is stored as its distance from 1
    @Override
    TensorSpec gain(String part, String role, long size) {
        return TensorSpec.state(part, role, size);
    }

    @Override
    Tensor factor(Kernels k, Tensor weight) {
        return k.onePlus(weight);
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedTokens(w.get("embed_tokens.weight"), ids, Math.sqrt(c.width()), dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, own.attentionBias, own.attentionBias);
        specs.add(gain(h, "post_attention_layernorm.weight", c.width()));
        if (feedForward) {
            specs.add(gain(h, "pre_feedforward_layernorm.weight", c.width()));
            specs.addAll(gatedTensors(h, false));
            specs.add(gain(h, "post_feedforward_layernorm.weight", c.width()));
        }
        return specs;
    }

    // capped scores are matrices, which attention otherwise never makes
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long scores = own.scoreCap > 0 ? 3L * c.heads() * tokens : 0;
        return super.valuesPerToken(tokens, feedForward) + 3L * c.width() + scores;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        AttentionShape shape = new AttentionShape(
                c.heads(), c.keyValueHeads(), own.scale, true, own.windows.get(layer), own.scoreCap, 1);
        Tensor a = norm(f, w, "input_layernorm.weight", x); // [B, T, D]
        Tensor query = f.rotate(linear(f, w, "self_attn.q_proj", a), c.heads(), rotary); // [B, T, H d]
        Tensor key = f.rotate(linear(f, w, "self_attn.k_proj", a), c.keyValueHeads(), rotary); // [B, T, G d]
        Tensor value = linear(f, w, "self_attn.v_proj", a); // [B, T, G d]
        Tensor heads = f.attention(query, key, value, shape); // [B, T, H d]
        Tensor out = linear(f, w, "self_attn.o_proj", heads); // [B, T, D]
        Tensor branch = norm(f, w, "post_attention_layernorm.weight", out); // [B, T, D]
        f.add(x, f.attentionBranch(x, branch));
        if (f.feedForward()) {
            Tensor m = norm(f, w, "pre_feedforward_layernorm.weight", x); // [B, T, D]
            Tensor inner = gated(f, w, m, own.activation); // [B, T, F]
            Tensor down = linear(f, w, "mlp.down_proj", inner); // [B, T, D]
            f.add(x, norm(f, w, "post_feedforward_layernorm.weight", down));
        }
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        Tensor scores = super.logits(k, w, x); // [B, T, V]
        return own.logitCap > 0 ? k.softCap(scores, own.logitCap) : scores;
    }
}
