package org.consensusprobe.model;

import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * SmolLM3, {@code model_type} "smollm3": Llama with layers that know no positions: every fourth
 * ({@code no_rope_layer_interval}), or those for which {@code no_rope_layers}, in spite of its name, has a 0. With
 * {@code use_sliding_window} those layers have a window, or those that {@code layer_types} names.
 */
final class Smollm3 extends RotaryDecoder {
    private final Rotary rotary;
    private final List<Boolean> turned;
    private final List<Integer> windows;
    private final boolean attentionBias;

    private Smollm3(
            DecoderConfig config,
            Rotary rotary,
            Mlp mlp,
            List<Boolean> turned,
            List<Integer> windows,
            boolean attentionBias) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.turned = turned;
        this.windows = windows;
        this.attentionBias = attentionBias;
    }

    static Smollm3 of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(128_256, 2048, 11_008, 36, 16, 32_768)
                .withKeyValueHeads(4, true)
                .withTheta(2e6)
                .withTiedHead();
        DecoderConfig config = DecoderConfig.of(f, "smollm3", defaults);
        List<Boolean> turned = turned(f, config.layers());
        int window = f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0);
        boolean slides = f.boolOr("use_sliding_window", false);
        return new Smollm3(
                config,
                config.wholeRotary(f),
                Mlp.gated(config, f.boolOr("mlp_bias", false), activation(f, "hidden_act", "silu")),
                turned,
                Windows.of(f, config.layers(), slides ? window : 0, layer -> !turned.get(layer)),
                f.boolOr("attention_bias", false));
    }

    private static List<Boolean> turned(JsonFields f, int layers) {
        int interval = f.positiveIntOr("no_rope_layer_interval", 4, Integer.MAX_VALUE);
        if (!f.has("no_rope_layers") || f.isNull("no_rope_layers")) {
            return IntStream.range(0, layers)
                    .mapToObj(layer -> (layer + 1) % interval != 0)
                    .toList();
        }
        List<Integer> flags = f.integers("no_rope_layers", 0, 1);
        if (flags.size() != layers) {
            throw f.refused("no_rope_layers", "0 or 1 for each of " + layers + " layers");
        }
        return flags.stream().map(flag -> flag == 1).toList();
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return plainLayer(layer, feedForward, attentionBias, attentionBias);
    }

    @Override
    public int window() {
        return Windows.widest(windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        boolean turns = turned.get(layer);
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(windows.get(layer)), (q, which, n) -> turns ? g.rotate(q, n, rotary) : q);
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }
}
