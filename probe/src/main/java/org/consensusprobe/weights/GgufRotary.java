package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufMetadata;
import org.consensusprobe.gguf.GgufTensor;

/** The rotary positions of a GGUF file as a config.json says them. */
final class GgufRotary {
    private final GgufFields f;
    private final GgufMetadata metadata;
    private final long headSize;

    private GgufRotary(GgufFields f, long headSize) {
        this.f = f;
        this.metadata = f.metadata();
        this.headSize = headSize;
    }

    /** Writes base and scaling, the same for all layers. */
    static void write(GgufFields f, long headSize) {
        GgufRotary rotary = new GgufRotary(f, headSize);
        f.config().put("rope_theta", rotary.theta(1e4));
        rotary.scaling().ifPresent(rope -> f.config().set("rope_scaling", rope));
        f.count("rope.scaling.original_context_length")
                .ifPresent(n -> f.config().put("original_max_position_embeddings", n));
    }

    /**
     * Writes those of layers with a window, which are never scaled, apart.
     *
     * @param sliding their base where the file says none; empty for that of the others
     */
    static void writeBoth(GgufFields f, long headSize, Optional<Double> sliding) {
        GgufRotary rotary = new GgufRotary(f, headSize);
        double theta = rotary.theta(1e4);
        ObjectNode full = rotary.scaling().orElseGet(() -> rope("default"));
        f.count("rope.scaling.original_context_length").ifPresent(n -> full.put("original_max_position_embeddings", n));
        ObjectNode both = f.config().putObject("rope_parameters");
        both.set("full_attention", full.put("rope_theta", theta));
        both.set(
                "sliding_attention",
                rope("default").put("rope_theta", f.numberOr("rope.freq_base_swa", sliding.orElse(theta))));
    }

    /** Refuses a base for layers with a window that is not the others'. */
    static void requireOneBase(GgufFields f) {
        double theta = f.numberOr("rope.freq_base", 1e4);
        if (f.numberOr("rope.freq_base_swa", theta) != theta) {
            throw f.refused("rope.freq_base_swa", "rope.freq_base, " + theta);
        }
    }

    /** How many entries of a head turn. */
    static long turned(GgufFields f, long headSize) {
        return f.sizeOr("rope.dimension_count", headSize);
    }

    /** Refuses a file whose heads turn in part. */
    static void requireWhole(GgufFields f, long headSize) {
        if (turned(f, headSize) != headSize) {
            throw Problem.input(
                    "%s: %s is %d and heads have %d entries; expected all of them to be turned.",
                    f.path(), f.key("rope.dimension_count"), turned(f, headSize), headSize);
        }
    }

    private double theta(double otherwise) {
        return f.numberOr("rope.freq_base", otherwise);
    }

    private Optional<ObjectNode> scaling() {
        double factor = metadata.number(f.key("rope.scaling.factor"))
                .orElseGet(() -> metadata.number(f.key("rope.scale_linear")).orElse(0));
        // as llama.cpp: a factor of no type is linear, and 0 is none
        String type = metadata.text(f.key("rope.scaling.type")).orElse(factor == 0 || factor == 1 ? "none" : "linear");
        metadata.ignore(f.key("rope.scale_linear"), f.key("rope.scaling.finetuned"));
        GgufTensor factors = f.file().tensors().get("rope_freqs.weight");
        GgufTensor shortFactors = f.file().tensors().get("rope_factors_short.weight");
        GgufTensor longFactors = f.file().tensors().get("rope_factors_long.weight");
        if (shortFactors != null || longFactors != null) {
            ObjectNode rope = rope("longrope");
            factors(rope, "short_factor", shortFactors == null ? longFactors : shortFactors);
            factors(rope, "long_factor", longFactors == null ? shortFactors : longFactors);
            metadata.number(f.key("rope.scaling.attn_factor")).ifPresent(x -> rope.put("attention_factor", x));
            return Optional.of(rope);
        }
        if (factors != null) {
            if (!type.equals("none") && !type.equals("llama3")) {
                throw Problem.input(
                        "%s: rope_freqs.weight beside %s \"%s\", which is not implemented.",
                        f.path(), f.key("rope.scaling.type"), Shown.text(type));
            }
            // every frequency has its own divisor, the same at all lengths: longrope can say so
            ObjectNode rope = rope("longrope").put("attention_factor", 1.0);
            factors(rope, "short_factor", factors);
            factors(rope, "long_factor", factors);
            return Optional.of(rope);
        }
        if (type.equals("none")) {
            return Optional.empty();
        }
        ObjectNode rope = rope(type);
        if (factor != 0) {
            rope.put("factor", factor);
        }
        if (type.equals("yarn")) {
            metadata.number(f.key("rope.scaling.yarn_beta_fast")).ifPresent(beta -> rope.put("beta_fast", beta));
            metadata.number(f.key("rope.scaling.yarn_beta_slow")).ifPresent(beta -> rope.put("beta_slow", beta));
        }
        return Optional.of(rope);
    }

    private static ObjectNode rope(String type) {
        return StrictJson.mapper().createObjectNode().put("rope_type", type);
    }

    private void factors(ObjectNode rope, String field, GgufTensor tensor) {
        ArrayNode list = rope.putArray(field);
        List<Float> values = f.file().floats(tensor, (int) Math.min(headSize, 1 << 16));
        values.forEach(value -> list.add((double) value));
    }
}
