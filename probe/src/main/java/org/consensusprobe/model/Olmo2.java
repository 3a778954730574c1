package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * OLMo 2 and OLMo 3, {@code model_type} "olmo2" and "olmo3": Llama whose norms stand on what each half gives, before its skip,
 * and on queries and keys over all heads. OLMo 3 has a window in three of four layers, and {@code rope_scaling} in the fourth
 * only.
 */
final class Olmo2 extends RotaryDecoder {
    private final LayerRotaries rotaries;
    private final List<Integer> windows;
    private final boolean attentionBias;

    private Olmo2(DecoderConfig config, LayerRotaries rotaries, Mlp mlp, List<Integer> windows, boolean attentionBias) {
        super(config, Norm.RMS, mlp);
        this.rotaries = rotaries;
        this.windows = windows;
        this.attentionBias = attentionBias;
    }

    static Olmo2 of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(f, "olmo2", defaults());
        Rotary rotary = config.wholeRotary(f);
        return of(f, config, new LayerRotaries(rotary, rotary), config.noWindows());
    }

    static Olmo2 third(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(f, "olmo3", defaults().withTheta(5e5));
        return of(f, config, LayerRotaries.of(f, config, "", 5e5), Windows.patterned(f, config.layers(), 4096, 4));
    }

    private static DecoderConfig.Defaults defaults() {
        return DecoderConfig.Defaults.of(50_304, 4096, 11_008, 32, 32, 2048).withEps(1e-5);
    }

    private static Olmo2 of(JsonFields f, DecoderConfig config, LayerRotaries rotaries, List<Integer> windows) {
        Mlp mlp = Mlp.gated(config, false, activation(f, "hidden_act", "silu"));
        return new Olmo2(config, rotaries, mlp, windows, f.boolOr("attention_bias", false));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = projectionTensors(h, attentionBias, attentionBias);
        specs.addAll(norm.tensors(h, "self_attn.q_norm", c.queries()));
        specs.addAll(norm.tensors(h, "self_attn.k_norm", c.keys()));
        specs.addAll(norm(h, "post_attention_layernorm"));
        if (feedForward) {
            specs.addAll(mlp.tensors(h));
            specs.addAll(norm(h, "post_feedforward_layernorm"));
        }
        return specs;
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + c.normedValues();
    }

    @Override
    public int window() {
        return Windows.widest(windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        int window = windows.get(layer);
        Tensor heads = f.freeing(g -> heads(g, w, x, c.attention(window), (q, which, n) -> {
            Tensor normed = norm(g, w, "self_attn." + which + "_norm", q); // [B, T, n d]
            return g.rotate(normed, n, rotaries.at(window));
        })); // [B, T, H d]
        addNormedAttention(f, w, x, heads, "post_attention_layernorm");
        addNormedFeedForward(f, w, x, "", "post_feedforward_layernorm");
    }
}
