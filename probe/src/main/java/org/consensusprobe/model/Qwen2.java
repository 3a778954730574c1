package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;

/**
 * Qwen2 and Qwen2.5, {@code model_type} "qwen2": Llama with biases on q, k and v, and with {@code use_sliding_window} a window
 * in the layers from {@code max_window_layers} on, or in those that {@code layer_types} names.
 */
final class Qwen2 {
    private Qwen2() {}

    static Llama of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f,
                "qwen2",
                DecoderConfig.Defaults.of(151_936, 4096, 22_016, 32, 32, 32_768).withKeyValueHeads(32, true));
        Mlp mlp = Mlp.gated(config, false, RotaryDecoder.activation(f, "hidden_act", "silu"));
        return new Llama(config, config.wholeRotary(f), mlp, switchableWindows(f, config.layers()), true, false);
    }

    /** The windows that Qwen's configs switch on with {@code use_sliding_window}; 0 for all earlier tokens. */
    static List<Integer> switchableWindows(JsonFields f, int layers) {
        return switchableWindows(f, layers, 28);
    }

    /** As the other, from that layer on where the config says nothing. */
    static List<Integer> switchableWindows(JsonFields f, int layers, int first) {
        int window = f.boolOr("use_sliding_window", false) ? Mistral.window(f, 4096) : 0;
        int from = f.integerOr("max_window_layers", first, 0, Integer.MAX_VALUE);
        return Windows.of(f, layers, window, layer -> layer >= from);
    }
}
