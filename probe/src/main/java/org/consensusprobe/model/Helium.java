package org.consensusprobe.model;

import org.consensusprobe.common.JsonFields;

/**
 * Helium, {@code model_type} "helium": Llama with heads of D / H whose neighbouring entries turn together, and biases, if at all,
 * on q, k and v only.
 */
final class Helium {
    private Helium() {}

    static Llama of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(48_000, 2560, 7040, 24, 20, 4096)
                .withKeyValueHeads(20, false)
                .withHeadSize(128)
                .withEps(1e-8)
                .withTheta(1e5);
        DecoderConfig config = DecoderConfig.of(f, "helium", defaults);
        if (config.queries() != config.width()) {
            throw f.refused("head_dim", "hidden_size / num_attention_heads: the output projection is square");
        }
        return new Llama(
                config,
                config.wholeRotary(f).ofPairs(),
                Mlp.gated(config, f.boolOr("mlp_bias", false), RotaryDecoder.activation(f, "hidden_act", "silu")),
                config.noWindows(),
                f.boolOr("attention_bias", false),
                false);
    }
}
