package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Mistral, {@code model_type} "mistral": Llama without biases, every layer with a sliding window. The window is 4096 where
 * {@code sliding_window} is missing and none where it is null.
 */
final class Mistral extends RotaryDecoder {
    private final Rotary rotary;
    private final Activation activation;
    private final int window;

    private Mistral(DecoderConfig config, Rotary rotary, Activation activation, int window) {
        super(config);
        this.rotary = rotary;
        this.activation = activation;
        this.window = window;
    }

    static Mistral of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "mistral",
                DecoderConfig.Defaults.of(32_000, 4096, 14_336, 32, 32, 131_072)
                        .withKeyValueHeads(8, false)
                        .withNullHeadSize());
        int window = f.has("sliding_window")
                ? f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0)
                : 4096;
        if (!windows(f, config.layers(), window, layer -> true).stream().allMatch(w -> w == window)) {
            throw f.refused("layer_types", "of one kind: all layers of a mistral share the window");
        }
        return new Mistral(config, config.wholeRotary(f), activation(f, "hidden_act", "silu"), window);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return gatedLayer(layer, feedForward, false, false, false);
    }

    @Override
    public int window() {
        return window;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        gatedBlock(f, w, x, rotary, activation, window);
    }
}
