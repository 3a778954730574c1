package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Cohere's Command R, {@code model_type} "cohere" and "cohere2": one LayerNorm without bias from which both halves are fed, heads
 * whose neighbouring entries turn together, scores of the next token times {@code logit_scale}. "cohere" may have LayerNorms on
 * the queries and keys of each head ({@code use_qk_norm}); "cohere2" has a window in three of four layers
 * ({@code sliding_window_pattern}, or where {@code layer_types} says), and positions in those only.
 */
final class Cohere extends RotaryDecoder {
    private final Rotary rotary;
    private final Own own;

    private Cohere(DecoderConfig config, Rotary rotary, Mlp mlp, Own own) {
        super(config, Norm.LAYER_GAIN, mlp);
        this.rotary = rotary;
        this.own = own;
    }

    /**
     * The fields that only this family has.
     *
     * @param windows of the layers; 0 for all earlier tokens
     * @param everywhere whether layers without a window have positions too
     */
    private record Own(
            List<Integer> windows, boolean everywhere, boolean headNorms, double logitScale, boolean attentionBias) {}

    static Cohere of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(f, "cohere", defaults().withTheta(5e5));
        boolean headNorms = !f.isNull("use_qk_norm") && f.boolOr("use_qk_norm", false);
        return of(f, config, config.noWindows(), true, headNorms);
    }

    static Cohere second(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(f, "cohere2", defaults());
        return of(f, config, Windows.patterned(f, config.layers(), 4096, 4), false, false);
    }

    private static DecoderConfig.Defaults defaults() {
        return DecoderConfig.Defaults.of(256_000, 8192, 22_528, 40, 64, 8192)
                .withEps("layer_norm_eps", 1e-5)
                .withTiedHead();
    }

    private static Cohere of(
            JsonFields f, DecoderConfig config, List<Integer> windows, boolean everywhere, boolean headNorms) {
        Mlp mlp = Mlp.gated(config, false, activation(f, "hidden_act", "silu"));
        Own own = new Own(
                windows, everywhere, headNorms, f.numberOr("logit_scale", 0.0625), f.boolOr("attention_bias", false));
        return new Cohere(config, config.wholeRotary(f).ofPairs(), mlp, own);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, own.attentionBias, own.attentionBias);
        if (own.headNorms) {
            specs.add(TensorSpec.gain(h, "self_attn.q_norm.weight", c.heads(), c.headSize()));
            specs.add(TensorSpec.gain(h, "self_attn.k_norm.weight", c.keyValueHeads(), c.headSize()));
        }
        if (feedForward) {
            specs.addAll(mlp.tensors(h));
        }
        return specs;
    }

    // q and k before their norms, attention's branch beside the feed-forward half
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + 2L * c.queries() + 2L * c.keys() + c.width();
    }

    @Override
    public int window() {
        return Windows.widest(own.windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        int window = own.windows.get(layer);
        boolean turns = own.everywhere || window > 0;
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(window), (q, which, n) -> {
                Tensor gain = w.orNull("self_attn." + which + "_norm.weight"); // [n, d]
                Tensor normed = gain == null ? q : HeadNorms.layers(g, q, n, gain, c.eps()); // [B, T, n d]
                return turns ? g.rotate(normed, n, rotary) : normed;
            });
        }); // [B, T, H d]
        addParallel(f, w, x, heads, "input_layernorm");
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        return k.scale(super.logits(k, w, x), own.logitScale); // [B, T, V]
    }
}
