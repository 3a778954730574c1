package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;

/**
 * Mistral, {@code model_type} "mistral": Llama without biases, every layer with a sliding window. The window is 4096 where
 * {@code sliding_window} is missing and none where it is null. With {@code layer_types} it is what transformers calls a
 * "ministral": layers of both kinds.
 */
final class Mistral {
    private Mistral() {}

    static Llama of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(f, "mistral", defaults());
        int window = window(f, 4096);
        List<Integer> windows = Windows.of(f, config.layers(), window, layer -> true);
        return model(f, config, windows);
    }

    static Llama ministral(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(f, "ministral", defaults());
        int window = window(f, 4096);
        f.positiveInt("head_dim"); // its class makes no model without it
        return model(f, config, Windows.of(f, config.layers(), window, layer -> true));
    }

    private static DecoderConfig.Defaults defaults() {
        return DecoderConfig.Defaults.of(32_000, 4096, 14_336, 32, 32, 131_072)
                .withKeyValueHeads(8, false)
                .withNullHeadSize();
    }

    /** The window of layers that slide; 0 where it is null. */
    static int window(JsonFields f, int fallback) {
        return f.has("sliding_window")
                ? f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0)
                : fallback;
    }

    private static Llama model(JsonFields f, DecoderConfig config, List<Integer> windows) {
        Mlp mlp = Mlp.gated(config, false, RotaryDecoder.activation(f, "hidden_act", "silu"));
        return new Llama(config, config.wholeRotary(f), mlp, windows, false, false);
    }
}
