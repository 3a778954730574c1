package org.consensusprobe.model;

import java.util.Optional;
import org.consensusprobe.common.JsonFields;

/**
 * Rotary positions of families whose layers with a window turn by other angles than those without.
 *
 * <p>Today's files have both in {@code rope_parameters}, under {@code full_attention} and {@code sliding_attention}; older ones
 * have the base of the one in {@code rope_theta}, its scaling in {@code rope_scaling}, and perhaps the other's base.
 */
record LayerRotaries(Rotary full, Rotary sliding) {
    /**
     * Reads both.
     *
     * @param local where older files keep the base of layers with a window; empty where their class has one base only
     * @param localTheta that base where no file says it
     */
    static LayerRotaries of(JsonFields f, DecoderConfig c, String local, double localTheta) {
        Optional<JsonFields> nested = f.object("rope_parameters");
        Optional<JsonFields> scaling = f.filledObject("rope_scaling");
        if (nested.isPresent() && scaling.isPresent()) {
            throw f.refused("rope_scaling", "missing where rope_parameters is there");
        }
        f.implementedOnly("partial_rotary_factor", 1, null);
        return new LayerRotaries(
                one(f, c, scaling.or(() -> nested.flatMap(n -> n.object("full_attention"))), "rope_theta", c.theta()),
                one(f, c, nested.flatMap(n -> n.object("sliding_attention")), local, localTheta));
    }

    private static Rotary one(JsonFields f, DecoderConfig c, Optional<JsonFields> own, String key, double theta) {
        own.ifPresent(rope -> rope.implementedOnly("partial_rotary_factor", 1));
        double base = own.filter(rope -> rope.has("rope_theta"))
                .map(rope -> rope.positiveNumber("rope_theta"))
                .orElseGet(() -> key.isEmpty() ? theta : f.positiveNumberOr(key, theta));
        return Rotary.of(f, own.orElse(f), base, c.headSize(), c.headSize(), c.context());
    }

    /** Those of a layer with that window; 0 for none. */
    Rotary at(int window) {
        return window > 0 ? sliding : full;
    }
}
