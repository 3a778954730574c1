package org.consensusprobe.model;

import org.consensusprobe.common.JsonFields;

/**
 * ERNIE 4.5, {@code model_type} "ernie4_5": Llama with heads of 128 whose neighbouring entries turn together, and biases
 * everywhere or nowhere ({@code use_bias}).
 */
final class Ernie45 {
    private Ernie45() {}

    static Llama of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(103_424, 1024, 3072, 18, 16, 131_072)
                .withKeyValueHeads(2, true)
                .withHeadSize(128)
                .withNullHeadSize()
                .withEps(1e-5)
                .withTheta(5e5)
                .withTiedHead();
        DecoderConfig config = DecoderConfig.of(f, "ernie4_5", defaults);
        boolean bias = !f.isNull("use_bias") && f.boolOr("use_bias", false);
        Mlp mlp = Mlp.gated(config, bias, RotaryDecoder.activation(f, "hidden_act", "silu"));
        return new Llama(config, config.wholeRotary(f).ofPairs(), mlp, config.noWindows(), bias, bias);
    }
}
