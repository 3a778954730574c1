package org.consensusprobe.model;

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
     * @param keyValueHeads empty: as many as query heads, as {@code null} is too where {@code nullHeads} says so
     * @param headSize empty: D / H
     */
    record Defaults(
            Shape shape,
            OptionalInt keyValueHeads,
            boolean nullHeads,
            OptionalInt headSize,
            boolean nullHeadSize,
            double eps,
            boolean tiedHead) {
        /** The sizes that every class has a value of its own for. */
        private record Shape(int vocabulary, int width, int inner, int layers, int heads, int context) {}

        /** Of a class with as many key and value heads as query heads, and heads of D / H. */
        static Defaults of(int vocabulary, int width, int inner, int layers, int heads, int context) {
            Shape shape = new Shape(vocabulary, width, inner, layers, heads, context);
            return new Defaults(shape, OptionalInt.empty(), true, OptionalInt.empty(), false, 1e-6, false);
        }

        /** With key and value heads of its own; whether {@code null} stands for as many as query heads. */
        Defaults withKeyValueHeads(int count, boolean nullIsAll) {
            return new Defaults(shape, OptionalInt.of(count), nullIsAll, headSize, nullHeadSize, eps, tiedHead);
        }

        Defaults withHeadSize(int size) {
            return new Defaults(shape, keyValueHeads, nullHeads, OptionalInt.of(size), false, eps, tiedHead);
        }

        /** Whose class knows {@code head_dim}, {@code null} being D / H. */
        Defaults withNullHeadSize() {
            return new Defaults(shape, keyValueHeads, nullHeads, headSize, true, eps, tiedHead);
        }

        Defaults withEps(double value) {
            return new Defaults(shape, keyValueHeads, nullHeads, headSize, nullHeadSize, value, tiedHead);
        }

        Defaults withTiedHead() {
            return new Defaults(shape, keyValueHeads, nullHeads, headSize, nullHeadSize, eps, true);
        }
    }

    static DecoderConfig of(JsonFields f, String modelType, Defaults defaults) {
        int width = f.positiveIntOr("hidden_size", defaults.shape.width, MAX_SIZE);
        int heads = f.positiveIntOr("num_attention_heads", defaults.shape.heads, MAX_SIZE);
        int keyValueHeads = f.has("num_key_value_heads")
                ? (defaults.nullHeads && f.isNull("num_key_value_heads")
                        ? heads
                        : f.positiveInt("num_key_value_heads", MAX_SIZE))
                : defaults.keyValueHeads.orElse(heads);
        if (heads % keyValueHeads != 0) {
            throw f.refused(
                    "num_key_value_heads",
                    "a divisor of num_attention_heads, " + heads
                            + (f.has("num_key_value_heads") ? "" : "; without it " + keyValueHeads + " are meant"));
        }
        boolean ownHeadSize = f.has("head_dim") && !(defaults.nullHeadSize && f.isNull("head_dim"));
        if (!ownHeadSize && defaults.headSize.isEmpty() && width % heads != 0) {
            throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
        }
        f.implementedOnly("is_causal", true, null);
        return new DecoderConfig(
                modelType,
                f.positiveIntOr("num_hidden_layers", defaults.shape.layers, 100_000),
                width,
                heads,
                keyValueHeads,
                ownHeadSize ? f.positiveInt("head_dim", MAX_SIZE) : defaults.headSize.orElse(width / heads),
                f.positiveIntOr("intermediate_size", defaults.shape.inner, MAX_SIZE),
                f.positiveIntOr("max_position_embeddings", defaults.shape.context, Integer.MAX_VALUE),
                f.positiveIntOr("vocab_size", defaults.shape.vocabulary, 1 << 26),
                f.positiveNumberOr("rms_norm_eps", defaults.eps),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", defaults.tiedHead));
    }

    /** As the classes of some families do, refuses heads whose number does not divide the width, whatever their size. */
    DecoderConfig requireWholeHeads(JsonFields f) {
        if (width % heads != 0) {
            throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
        }
        return this;
    }

    /** Rotary positions over the whole head; a fraction of it belongs to other families. */
    Rotary wholeRotary(JsonFields f) {
        return RotaryFields.whole(f, headSize, context);
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
