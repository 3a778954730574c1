package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * EXAONE 4, {@code model_type} "exaone4": Llama whose norms stand on what each half gives, before its skip, and on the queries
 * and keys of each head. Where there is a {@code sliding_window}, three of four layers have it
 * ({@code sliding_window_pattern}, or where {@code layer_types} says), and positions are in those only.
 */
final class Exaone4 extends RotaryDecoder {
    private final Rotary rotary;
    private final List<Integer> windows;
    private final boolean everywhere;

    private Exaone4(DecoderConfig config, Rotary rotary, Mlp mlp, List<Integer> windows, boolean everywhere) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.windows = windows;
        this.everywhere = everywhere;
    }

    static Exaone4 of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(102_400, 4096, 16_384, 32, 32, 2048)
                .withKeyValueHeads(32, false)
                .withEps(1e-5);
        DecoderConfig config = DecoderConfig.of(f, "exaone4", defaults);
        if (f.has("sliding_window_pattern")
                && !f.isNull("sliding_window_pattern")
                && !f.isText("sliding_window_pattern")) {
            f.integer("sliding_window_pattern", 0, Integer.MAX_VALUE);
        }
        boolean none = f.isNull("sliding_window");
        if (none && f.isNull("layer_types") || none && !f.has("layer_types")) {
            throw f.refused("layer_types", "\"full_attention\" for each layer where sliding_window is null");
        }
        return new Exaone4(
                config,
                config.wholeRotary(f),
                Mlp.gated(config, false, activation(f, "hidden_act", "silu")),
                Windows.patterned(f, config.layers(), 4096, 4),
                none);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = projectionTensors(h, false, false);
        specs.addAll(norm.tensors(h, "self_attn.q_norm", c.headSize()));
        specs.addAll(norm.tensors(h, "self_attn.k_norm", c.headSize()));
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
        boolean turns = everywhere || window > 0;
        Tensor heads = f.freeing(g -> heads(g, w, x, c.attention(window), (q, which, n) -> {
            Tensor normed = norm.ofHeads(g, w, "self_attn." + which + "_norm", q, n, c.eps()); // [B, T, n d]
            return turns ? g.rotate(normed, n, rotary) : normed;
        })); // [B, T, H d]
        addNormedAttention(f, w, x, heads, "post_attention_layernorm");
        addNormedFeedForward(f, w, x, "", "post_feedforward_layernorm");
    }
}
