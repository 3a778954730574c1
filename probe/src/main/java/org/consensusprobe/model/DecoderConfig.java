package org.consensusprobe.model;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.AttentionShape;

/**
 * The fields of config.json that all decoders with rotary positions have.
 *
 * @param heads query heads H
 * @param keyValueHeads key and value heads G
 * @param headSize d, which need not be D / H
 * @param inner the feed-forward width F
 * @param context the longest prompt
 * @param theta the base of rotary frequencies where the file says none
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
        boolean tiedHead,
        double theta) {
    private static final int MAX_SIZE = 1 << 22;

    /** What a family's class in transformers fills in where config.json lacks a field. */
    record Defaults(Shape shape, Heads heads, Rest rest) {
        /** The sizes that every class has a value of its own for. */
        private record Shape(int vocabulary, int width, int inner, int layers, int heads, int context) {}

        /**
         * How heads are counted.
         *
         * @param keyValueHeads empty: as many as query heads, as {@code null} is too where {@code nullIsAll} says so
         * @param size empty: D / H, as {@code null} is too where {@code nullSize} says so
         * @param fixed whether {@code head_dim} says nothing
         */
        private record Heads(
                OptionalInt keyValueHeads, boolean nullIsAll, OptionalInt size, boolean nullSize, boolean fixed) {}

        /**
         * The other fields.
         *
         * @param epsName the field of the norms' epsilon; empty where the class knows none
         * @param theta the base of rotary frequencies
         */
        private record Rest(String epsName, double eps, double initializerRange, double theta, boolean tiedHead) {}

        /** Of a class with as many key and value heads as query heads, and heads of D / H. */
        static Defaults of(int vocabulary, int width, int inner, int layers, int heads, int context) {
            return new Defaults(
                    new Shape(vocabulary, width, inner, layers, heads, context),
                    new Heads(OptionalInt.empty(), true, OptionalInt.empty(), false, false),
                    new Rest("rms_norm_eps", 1e-6, 0.02, 1e4, false));
        }

        /** With key and value heads of its own; whether {@code null} stands for as many as query heads. */
        Defaults withKeyValueHeads(int count, boolean nullIsAll) {
            return with(new Heads(OptionalInt.of(count), nullIsAll, heads.size, heads.nullSize, false));
        }

        /** Whose files must say how many key and value heads there are: neither absent nor {@code null}. */
        Defaults withRequiredKeyValueHeads() {
            return with(new Heads(OptionalInt.of(0), false, heads.size, heads.nullSize, false));
        }

        Defaults withHeadSize(int size) {
            return with(new Heads(heads.keyValueHeads, heads.nullIsAll, OptionalInt.of(size), heads.nullSize, false));
        }

        /** Whose heads have a size that {@code head_dim} says nothing of. */
        Defaults withoutHeadSize() {
            return with(new Heads(heads.keyValueHeads, heads.nullIsAll, OptionalInt.of(1), false, true));
        }

        /** Whose class knows {@code head_dim}, {@code null} being D / H. */
        Defaults withNullHeadSize() {
            return with(new Heads(heads.keyValueHeads, heads.nullIsAll, heads.size, true, false));
        }

        Defaults withEps(double eps) {
            return withEps(rest.epsName, eps);
        }

        /** Whose class has the epsilon of its norms under another name; empty for none. */
        Defaults withEps(String name, double eps) {
            return with(new Rest(name, eps, rest.initializerRange, rest.theta, rest.tiedHead));
        }

        Defaults withInitializerRange(double range) {
            return with(new Rest(rest.epsName, rest.eps, range, rest.theta, rest.tiedHead));
        }

        Defaults withTheta(double theta) {
            return with(new Rest(rest.epsName, rest.eps, rest.initializerRange, theta, rest.tiedHead));
        }

        Defaults withTiedHead() {
            return with(new Rest(rest.epsName, rest.eps, rest.initializerRange, rest.theta, true));
        }

        private Defaults with(Heads other) {
            return new Defaults(shape, other, rest);
        }

        private Defaults with(Rest other) {
            return new Defaults(shape, heads, other);
        }
    }

    static DecoderConfig of(JsonFields f, String modelType, Defaults defaults) {
        Defaults.Shape shape = defaults.shape;
        Defaults.Rest rest = defaults.rest;
        int width = f.positiveIntOr("hidden_size", shape.width, MAX_SIZE);
        int heads = f.positiveIntOr("num_attention_heads", shape.heads, MAX_SIZE);
        int keyValueHeads = keyValueHeads(f, heads, defaults.heads);
        OptionalInt size = defaults.heads.size;
        boolean nullSize = defaults.heads.nullSize && f.isNull("head_dim");
        boolean ownHeadSize = !defaults.heads.fixed && f.has("head_dim") && !nullSize;
        if (!ownHeadSize && (nullSize || size.isEmpty()) && width % heads != 0) {
            throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
        }
        f.implementedOnly("is_causal", true, null);
        return new DecoderConfig(
                modelType,
                f.positiveIntOr("num_hidden_layers", shape.layers, 100_000),
                width,
                heads,
                keyValueHeads,
                ownHeadSize
                        ? f.positiveInt("head_dim", MAX_SIZE)
                        : nullSize ? width / heads : size.orElse(width / heads),
                f.positiveIntOr("intermediate_size", shape.inner, MAX_SIZE),
                f.positiveIntOr("max_position_embeddings", shape.context, Integer.MAX_VALUE),
                f.positiveIntOr("vocab_size", shape.vocabulary, 1 << 26),
                rest.epsName.isEmpty() ? rest.eps : f.positiveNumberOr(rest.epsName, rest.eps),
                f.positiveNumberOr("initializer_range", rest.initializerRange),
                f.boolOr("tie_word_embeddings", rest.tiedHead),
                rest.theta);
    }

    private static int keyValueHeads(JsonFields f, int heads, Defaults.Heads defaults) {
        String key = "num_key_value_heads";
        int count = defaults.nullIsAll && f.isNull(key)
                ? heads
                : f.has(key) || defaults.keyValueHeads.orElse(1) == 0
                        ? f.positiveInt(key, MAX_SIZE)
                        : defaults.keyValueHeads.orElse(heads);
        if (heads % count != 0) {
            throw f.refused(
                    key,
                    "a divisor of num_attention_heads, " + heads
                            + (f.has(key) ? "" : "; without it " + count + " are meant"));
        }
        return count;
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
        for (String rope : List.of("rope_parameters", "rope_scaling")) {
            f.filledObject(rope).ifPresent(r -> r.implementedOnly("partial_rotary_factor", 1));
        }
        return wholeRotary(f, Rotary.parameters(f));
    }

    /** As {@link #wholeRotary(JsonFields)}, by the fields that say type and parameters. */
    Rotary wholeRotary(JsonFields f, JsonFields rope) {
        return wholeRotary(f, rope, 1);
    }

    /** As {@link #wholeRotary(JsonFields, JsonFields)}, the base times a factor. */
    Rotary wholeRotary(JsonFields f, JsonFields rope, double times) {
        rope.implementedOnly("partial_rotary_factor", 1, null);
        f.implementedOnly("partial_rotary_factor", 1, null);
        double base =
                rope.has("rope_theta") ? rope.positiveNumber("rope_theta") : f.positiveNumberOr("rope_theta", theta);
        return Rotary.of(f, rope, base * times, headSize, headSize, context);
    }

    /** Rotary positions over a part of each head, that fraction where the file says none; whether {@code null} is the whole. */
    Rotary partialRotary(JsonFields f, double fraction, boolean nullIsWhole) {
        return Rotary.of(f, headSize, context, new Rotary.Defaults(theta, fraction, nullIsWhole, 0));
    }

    /** Every layer sees all earlier tokens. */
    List<Integer> noWindows() {
        return Collections.nCopies(layers, 0);
    }

    /** Values held for a token besides: q and k before their norms, branches before theirs. */
    long normedValues() {
        return queries() + keys() + 3L * width;
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
        return attention(1 / Math.sqrt(headSize), window);
    }

    /** Causal attention with scores scaled otherwise; window 0 for all earlier tokens. */
    AttentionShape attention(double scale, int window) {
        return new AttentionShape(heads, keyValueHeads, scale, true, window, 0, 1);
    }
}
