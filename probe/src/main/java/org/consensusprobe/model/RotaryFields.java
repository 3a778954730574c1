package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;

/** The rotary fields of families whose classes turn whole heads only, or a part of each where the config says nothing. */
final class RotaryFields {
    private RotaryFields() {}

    /** Of a class that turns whole heads, with the usual base where the config has none. */
    static Rotary whole(JsonFields f, int headSize, int context) {
        return whole(f, headSize, context, 1e4);
    }

    /**
     * Of a class that turns whole heads.
     *
     * @param base of the frequencies where the config has none
     */
    static Rotary whole(JsonFields f, int headSize, int context, double base) {
        for (String rope : List.of("rope_parameters", "rope_scaling")) {
            f.filledObject(rope).ifPresent(r -> r.implementedOnly("partial_rotary_factor", 1));
        }
        f.implementedOnly("partial_rotary_factor", 1, null);
        JsonFields rope = Rotary.parameters(f);
        return Rotary.of(f, rope, theta(f, rope, base), headSize, headSize, context);
    }

    /** Of a class that turns an even part of each head: {@code partial_rotary_factor}, or the fallback. */
    static Rotary part(JsonFields f, int headSize, int context, double fallback) {
        JsonFields rope = Rotary.parameters(f);
        double fraction = rope != f && rope.has("partial_rotary_factor")
                ? rope.positiveNumber("partial_rotary_factor")
                : f.positiveNumberOr("partial_rotary_factor", fallback);
        int rotated = (int) (headSize * fraction);
        if (rotated % 2 == 1) {
            throw rope.refused(
                    "partial_rotary_factor", "one that turns an even number of a head's " + headSize + " entries");
        }
        return Rotary.of(f, rope, theta(f, rope, 1e4), rotated, headSize, context);
    }

    private static double theta(JsonFields f, JsonFields rope, double base) {
        return rope.has("rope_theta") ? rope.positiveNumber("rope_theta") : f.positiveNumberOr("rope_theta", base);
    }
}
