package org.consensusprobe.model;

import org.consensusprobe.common.JsonFields;

/**
 * Arcee's AFM, {@code model_type} "arcee": Llama with a feed-forward layer of two matrices and the square of ReLU.
 */
final class Arcee {
    private Arcee() {}

    static Llama of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(32_000, 2560, 18_432, 32, 32, 4096)
                .withNullHeadSize()
                .withEps(1e-5);
        DecoderConfig config = DecoderConfig.of(f, "arcee", defaults).requireWholeHeads(f);
        boolean bias = f.boolOr("attention_bias", false);
        Mlp mlp = Mlp.plain(
                config,
                "mlp.up_proj",
                "mlp.down_proj",
                f.boolOr("mlp_bias", false),
                RotaryDecoder.activation(f, "hidden_act", "relu2"));
        return new Llama(config, config.wholeRotary(f), mlp, config.noWindows(), bias, bias);
    }
}
