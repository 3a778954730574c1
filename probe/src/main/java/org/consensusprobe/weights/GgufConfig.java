package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;

/**
 * The {@code config.json} that a GGUF file's model would have, from its metadata and the shapes of its tensors.
 *
 * <p>Metadata that would change results and is not implemented is refused by its key.
 */
final class GgufConfig {
    /** Keys that change no result, or say what another says. */
    private static final List<String> WITHOUT_EFFECT = List.of(
            "vocab_size",
            "tensor_data_layout",
            "rope.scaling.original_context_length",
            "pooling_type",
            "classifier.output_labels");

    /** Keys that mean nothing where they are 0. */
    private static final List<String> NEUTRAL_AT_ZERO = List.of(
            "expert_count",
            "expert_used_count",
            "expert_group_count",
            "expert_group_used_count",
            "expert_shared_count",
            "expert_shared_feed_forward_length",
            "attention.clamp_kqv",
            "attention.max_alibi_bias",
            "attention.scale",
            "attention.sliding_window",
            "logit_scale",
            "residual_scale",
            "embedding_scale",
            "attention.temperature_length",
            "nextn_predict_layers",
            "rope.scaling.yarn_log_multiplier");

    /** Factors of what rope_type already says: llama.cpp multiplies by them. */
    private static final List<String> NEUTRAL_AT_ONE =
            List.of("rope.scaling.yarn_ext_factor", "rope.scaling.yarn_attn_factor");

    private GgufConfig() {}

    /**
     * The config.
     *
     * @throws Problem if metadata is missing, wrong, or asks for what is not implemented
     */
    static JsonNode of(GgufFile file, GgufArchitecture architecture) {
        GgufFields f = new GgufFields(file, architecture.prefix());
        architecture.write(f);
        if (f.metadata().unread(f.key("attention.causal")).size() > 0 && !f.flag("attention.causal", true)) {
            throw f.refused("attention.causal", "true, as " + architecture.prefix() + " has it");
        }
        refuseUnread(f);
        return f.config();
    }

    /** A key that nobody asked for may change results, be it known elsewhere or of the future. */
    private static void refuseUnread(GgufFields f) {
        WITHOUT_EFFECT.forEach(name -> f.metadata().ignore(f.key(name)));
        for (String name : NEUTRAL_AT_ZERO) {
            boolean unread = f.metadata().unread(f.key(name)).contains(f.key(name));
            if (unread && f.metadata().number(f.key(name)).orElse(0) != 0) {
                throw Problem.input("%s: %s is set, which is not implemented.", f.path(), f.key(name));
            }
        }
        for (String name : NEUTRAL_AT_ONE) {
            if (f.metadata().number(f.key(name)).orElse(1) != 1) {
                throw f.refused(name, "1");
            }
        }
        List<String> unread = f.metadata().unread(f.key(""));
        if (!unread.isEmpty()) {
            throw Problem.input(
                    "%s: the metadata %s may change results and %s not implemented for %s.",
                    f.path(), Shown.firstFew(unread), unread.size() == 1 ? "is" : "are", f.architecture());
        }
    }
}
