package org.consensusprobe.model;

import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.weights.Weights;

/** Fields and matrices of attention with separate q, k, v whose key/value heads serve several query heads. */
final class GroupedHeads {
    private static final int MAX_SIZE = 1 << 22;

    private GroupedHeads() {}

    /**
     * Entries of a head: {@code head_dim} where the config has it, else D / H.
     *
     * @param nullIsAbsent whether {@code null} says D / H too
     */
    static int size(JsonFields f, int width, int heads, boolean nullIsAbsent) {
        if (f.has("head_dim") && !(nullIsAbsent && f.isNull("head_dim"))) {
            return f.positiveInt("head_dim", MAX_SIZE);
        }
        if (width / heads < 1) {
            throw f.refused("num_attention_heads", "at most hidden_size, " + width);
        }
        return width / heads;
    }

    /**
     * Causal attention with scores scaled by d^-1/2 and {@code num_key_value_heads}.
     *
     * @param fallback key and value heads of a config that lacks the field; empty: as many as query heads, as {@code null} is too
     * @param window 0 for all earlier tokens
     */
    static AttentionShape causal(JsonFields f, int heads, Optional<Integer> fallback, int headSize, int window) {
        String key = "num_key_value_heads";
        int groups = fallback.isPresent()
                ? f.positiveIntOr(key, fallback.get(), MAX_SIZE)
                : f.optionalPositiveInt(key, MAX_SIZE).orElse(heads);
        if (heads % groups != 0) {
            throw f.refused(key, "a divisor of num_attention_heads, " + heads);
        }
        return new AttentionShape(heads, groups, 1 / Math.sqrt(headSize), true, window, 0, 1);
    }

    /** The matrices of attention after the LayerNorm {@code input_layernorm}. */
    static Projections projections(Weights w, String out, AttentionShape shape) {
        return new Projections(
                w.get("self_attn.q_proj.weight"),
                w.get("self_attn.k_proj.weight"),
                w.get("self_attn.v_proj.weight"),
                w.get(out + ".weight"),
                shape.heads(),
                shape.keyValueHeads(),
                Optional.of(w.get("input_layernorm.weight")),
                true);
    }
}
