package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Qwen2 and Qwen2.5, {@code model_type} "qwen2": Llama with biases on q, k and v, and with {@code use_sliding_window} a window
 * in the layers from {@code max_window_layers} on, or in those that {@code layer_types} names.
 */
final class Qwen2 extends RotaryDecoder {
    private final Rotary rotary;
    private final Activation activation;
    private final List<Integer> windows;

    private Qwen2(DecoderConfig config, Rotary rotary, Activation activation, List<Integer> windows) {
        super(config);
        this.rotary = rotary;
        this.activation = activation;
        this.windows = windows;
    }

    static Qwen2 of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "qwen2",
                DecoderConfig.Defaults.of(151_936, 4096, 22_016, 32, 32, 32_768).withKeyValueHeads(32, true));
        return new Qwen2(
                config,
                config.wholeRotary(f),
                activation(f, "hidden_act", "silu"),
                switchableWindows(f, config.layers()));
    }

    /** The windows that Qwen's configs switch on with {@code use_sliding_window}; 0 for all earlier tokens. */
    static List<Integer> switchableWindows(JsonFields f, int layers) {
        int window = f.boolOr("use_sliding_window", false)
                ? f.has("sliding_window")
                        ? f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE)
                                .orElse(0)
                        : 4096
                : 0;
        int from = f.integerOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
        return windows(f, layers, window, layer -> layer >= from);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return gatedLayer(layer, feedForward, true, false, false);
    }

    @Override
    public int window() {
        return windows.stream().max(Integer::compare).orElse(0);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        gatedBlock(f, w, x, rotary, activation, windows.get(layer));
    }
}
