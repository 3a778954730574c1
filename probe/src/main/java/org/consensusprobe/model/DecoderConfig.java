package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.AttentionShape;

/**
 * The fields of config.json that all decoders with rotary positions and RMSNorm have.
 *
 * @param heads query heads H
 * @param keyValueHeads key and value heads G
 * @param headSize d, which need not be D / H
 * @param inner the feed-forward width F
 * @param context the longest prompt
 */
record DecoderConfig(
        String modelType,
        int layers,
        int width,
        int heads,
        int keyValueHeads,
        int headSize,
        int inner,
        int context,
        int vocabulary,
        double eps,
        double initializerRange,
        boolean tiedHead) {
    private static final int MAX_SIZE = 1 << 22;

    /**
     * What a family's class in transformers fills in where config.json lacks a field.
     *
     * @param keyValueHeads empty: as many as query heads
     * @param headSize empty: D / H
     */
    record Defaults(OptionalInt keyValueHeads, OptionalInt headSize, int context, double eps, boolean tiedHead) {
        /** Those of most families. */
        static Defaults ofContext(int context) {
            return new Defaults(OptionalInt.empty(), OptionalInt.empty(), context, 1e-6, false);
        }

        Defaults withKeyValueHeads(int heads) {
            return new Defaults(OptionalInt.of(heads), headSize, context, eps, tiedHead);
        }

        Defaults withHeadSize(int size) {
            return new Defaults(keyValueHeads, OptionalInt.of(size), context, eps, tiedHead);
        }

        Defaults withEps(double value) {
            return new Defaults(keyValueHeads, headSize, context, value, tiedHead);
        }

        Defaults withTiedHead() {
            return new Defaults(keyValueHeads, headSize, context, eps, true);
        }
    }

    static DecoderConfig of(JsonFields f, String modelType, Defaults defaults) {
        int width = f.positiveInt("hidden_size", MAX_SIZE);
        int heads = f.positiveInt("num_attention_heads", MAX_SIZE);
        int keyValueHeads = f.has("num_key_value_heads")
                ? f.optionalPositiveInt("num_key_value_heads", MAX_SIZE).orElse(heads)
                : defaults.keyValueHeads.orElse(heads);
        if (heads % keyValueHeads != 0) {
            throw f.refused(
                    "num_key_value_heads",
                    "a divisor of num_attention_heads, " + heads
                            + (f.has("num_key_value_heads") ? "" : "; without it " + keyValueHeads + " are meant"));
        }
        Optional<Integer> ownHeadSize = f.optionalPositiveInt("head_dim", MAX_SIZE);
        if (ownHeadSize.isEmpty() && defaults.headSize.isEmpty() && width % heads != 0) {
            throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
        }
        f.implementedOnly("is_causal", true, null);
        return new DecoderConfig(
                modelType,
                f.positiveInt("num_hidden_layers", 100_000),
                width,
                heads,
                keyValueHeads,
                ownHeadSize.orElse(defaults.headSize.orElse(width / heads)),
                f.positiveInt("intermediate_size", MAX_SIZE),
                f.positiveIntOr("max_position_embeddings", defaults.context, MAX_SIZE),
                f.positiveInt("vocab_size", 1 << 26),
                f.positiveNumberOr("rms_norm_eps", defaults.eps),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", defaults.tiedHead));
    }

    /** Rotary positions over the whole head; a fraction of it belongs to other families. */
    Rotary wholeRotary(JsonFields f) {
        for (String rope : List.of("rope_parameters", "rope_scaling")) {
            f.object(rope).ifPresent(r -> r.implementedOnly("partial_rotary_factor", 1, null));
        }
        f.implementedOnly("partial_rotary_factor", 1, null);
        return Rotary.of(f, headSize, context);
    }

    /** Width of all query heads, H d. */
    int queries() {
        return heads * headSize;
    }

    /** Width of all key or value heads, G d. */
    int keys() {
        return keyValueHeads * headSize;
    }

    /** Causal attention with scores scaled by d^-1/2; window 0 for all earlier tokens. */
    AttentionShape attention(int window) {
        return new AttentionShape(heads, keyValueHeads, 1 / Math.sqrt(headSize), true, window, 0, 1);
    }
}
