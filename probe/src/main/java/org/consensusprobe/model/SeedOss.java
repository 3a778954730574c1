package org.consensusprobe.model;

import org.consensusprobe.common.JsonFields;

/**
 * Seed-OSS, {@code model_type} "seed_oss": Llama with heads of 128 and biases on q, k and v; {@code attention_out_bias} for the
 * output projection.
 */
final class SeedOss {
    private SeedOss() {}

    static Llama of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(155_136, 4096, 27_648, 64, 80, 524_288)
                .withKeyValueHeads(8, true)
                .withHeadSize(128)
                .withNullHeadSize();
        DecoderConfig config = DecoderConfig.of(f, "seed_oss", defaults);
        return new Llama(
                config,
                config.wholeRotary(f),
                Mlp.gated(config, f.boolOr("mlp_bias", false), RotaryDecoder.activation(f, "hidden_act", "silu")),
                config.noWindows(),
                f.boolOr("attention_bias", true),
                f.boolOr("attention_out_bias", false));
    }
}
