package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufMetadata;
import org.consensusprobe.gguf.GgufTensor;

/**
 * The {@code config.json} that a GGUF file's model would have, from its metadata and the shapes of its tensors.
 *
 * <p>Metadata that would change results and is not implemented is refused by its key.
 */
final class GgufConfig {
    /** Gemma 2 27B, whose scores alone are scaled by another size than the head's; the file does not say so. */
    private static final int GEMMA2_27B_LAYERS = 46;

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final GgufArchitecture architecture;
    private final ObjectNode config = StrictJson.mapper().createObjectNode();

    private GgufConfig(GgufFile file, GgufArchitecture architecture) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
    }

    /**
     * The config.
     *
     * @throws Problem if metadata is missing, wrong, or asks for what is not implemented
     */
    static JsonNode of(GgufFile file, GgufArchitecture architecture) {
        GgufConfig reader = new GgufConfig(file, architecture);
        reader.refuseUnimplemented();
        if (architecture == GgufArchitecture.GPT2) {
            reader.gpt2();
        } else {
            reader.gated();
        }
        return reader.config;
    }

    private void gpt2() {
        config.put("model_type", "gpt2")
                .put("n_embd", size("embedding_length"))
                .put("n_layer", size("block_count"))
                .put("n_head", size("attention.head_count"))
                .put("n_positions", size("context_length"))
                .put("n_inner", size("feed_forward_length"))
                .put("vocab_size", vocabulary())
                .put("activation_function", "gelu_new")
                .put("layer_norm_epsilon", number("attention.layer_norm_epsilon"))
                .put("tie_word_embeddings", isTied());
    }

    private void gated() {
        long width = size("embedding_length");
        long heads = size("attention.head_count");
        config.put("model_type", architecture.prefix())
                .put("hidden_size", width)
                .put("num_hidden_layers", size("block_count"))
                .put("num_attention_heads", heads)
                .put(
                        "num_key_value_heads",
                        metadata.integer(key("attention.head_count_kv")).orElse(heads))
                .put("head_dim", headSize(width, heads))
                .put("intermediate_size", size("feed_forward_length"))
                .put("max_position_embeddings", size("context_length"))
                .put("vocab_size", vocabulary())
                .put("rms_norm_eps", number("attention.layer_norm_rms_epsilon"))
                .put("rope_theta", metadata.number(key("rope.freq_base")).orElse(10_000))
                .put("tie_word_embeddings", isTied());
        rotaryScaling(headSize(width, heads));
        switch (architecture) {
            case LLAMA -> llama();
            case QWEN2 -> config.put("hidden_act", "silu").put("use_sliding_window", false);
            case QWEN3 -> config.put("hidden_act", "silu")
                    .put("use_sliding_window", false)
                    .put("attention_bias", file.tensors().containsKey("blk.0.attn_q.bias"));
            case GEMMA -> config.put("hidden_activation", "gelu_pytorch_tanh");
            case GEMMA2 -> gemma2(width, heads);
            case PHI3 -> phi3(headSize(width, heads));
            default -> throw new IllegalArgumentException(architecture.prefix());
        }
    }

    private void llama() {
        config.put("hidden_act", "silu")
                .put("attention_bias", file.tensors().containsKey("blk.0.attn_q.bias"))
                .put("mlp_bias", file.tensors().containsKey("blk.0.ffn_gate.bias"));
        // llama.cpp keeps Mistral under llama, and its window where there is one
        window().ifPresent(window -> config.put("model_type", "mistral").put("sliding_window", window));
    }

    private void gemma2(long width, long heads) {
        boolean largest = size("block_count") == GEMMA2_27B_LAYERS;
        config.put("hidden_activation", "gelu_pytorch_tanh")
                .put("query_pre_attn_scalar", largest ? width / heads : headSize(width, heads))
                .put("sliding_window", window().orElse(4096))
                .put(
                        "attn_logit_softcapping",
                        metadata.number(key("attn_logit_softcapping")).orElse(50))
                .put(
                        "final_logit_softcapping",
                        metadata.number(key("final_logit_softcapping")).orElse(30));
    }

    private void phi3(long headSize) {
        long rotated = metadata.integer(key("rope.dimension_count")).orElse(headSize);
        config.put("hidden_act", "silu").put("partial_rotary_factor", (double) rotated / headSize);
        config.putNull("sliding_window");
        window().ifPresent(window -> config.put("sliding_window", window));
    }

    private OptionalLong window() {
        OptionalLong window = metadata.integer(key("attention.sliding_window"));
        return window.isPresent() && window.getAsLong() == 0 ? OptionalLong.empty() : window;
    }

    private long headSize(long width, long heads) {
        if (heads < 1) {
            throw Problem.input("%s: %s is %d.", file.file(), key("attention.head_count"), heads);
        }
        return metadata.integer(key("attention.key_length")).orElse(width / heads);
    }

    /** A tied head is one that the file does not have. */
    private boolean isTied() {
        return !file.tensors().containsKey("output.weight");
    }

    /** The rows of the token table, which files pad beyond what the tokenizer knows. */
    private long vocabulary() {
        GgufTensor table = file.tensors().get("token_embd.weight");
        if (table == null || table.shape().size() != 2) {
            throw Problem.input(
                    "%s: the tensor token_embd.weight %s; expected a table of two dimensions.",
                    file.file(), table == null ? "is missing" : "has the shape " + table.shape());
        }
        return table.shape().get(0);
    }

    private void rotaryScaling(long headSize) {
        String type = metadata.text(key("rope.scaling.type")).orElse("none");
        GgufTensor factors = file.tensors().get("rope_freqs.weight");
        GgufTensor shortFactors = file.tensors().get("rope_factors_short.weight");
        GgufTensor longFactors = file.tensors().get("rope_factors_long.weight");
        if (shortFactors != null || longFactors != null) {
            ObjectNode rope = scaling("longrope");
            factors(rope, "short_factor", shortFactors == null ? longFactors : shortFactors, headSize);
            factors(rope, "long_factor", longFactors == null ? shortFactors : longFactors, headSize);
            metadata.number(key("rope.scaling.attn_factor")).ifPresent(f -> rope.put("attention_factor", f));
            originalContext();
        } else if (factors != null) {
            if (!type.equals("none") && !type.equals("llama3")) {
                throw Problem.input(
                        "%s: rope_freqs.weight beside %s \"%s\", which is not implemented.",
                        file.file(), key("rope.scaling.type"), Shown.text(type));
            }
            // every frequency has its own divisor, the same at all lengths: longrope can say so
            ObjectNode rope = scaling("longrope").put("attention_factor", 1.0);
            factors(rope, "short_factor", factors, headSize);
            factors(rope, "long_factor", factors, headSize);
        } else if (metadata.has(key("rope.scale_linear"))) {
            scaling("linear").put("factor", number("rope.scale_linear"));
        } else if (!type.equals("none")) {
            ObjectNode rope = scaling(type);
            metadata.number(key("rope.scaling.factor")).ifPresent(f -> rope.put("factor", f));
            originalContext();
        }
    }

    private ObjectNode scaling(String type) {
        return config.putObject("rope_scaling").put("rope_type", type);
    }

    private void originalContext() {
        metadata.integer(key("rope.scaling.original_context_length"))
                .ifPresent(n -> config.put("original_max_position_embeddings", n));
    }

    private void factors(ObjectNode rope, String field, GgufTensor tensor, long headSize) {
        ArrayNode list = rope.putArray(field);
        List<Float> values = file.floats(tensor, (int) Math.min(headSize, 1 << 16));
        values.forEach(value -> list.add((double) value));
    }

    private void refuseUnimplemented() {
        Path where = file.file();
        for (String count : List.of("expert_count", "expert_used_count")) {
            if (metadata.integer(key(count)).orElse(0) > 0) {
                throw Problem.input("%s: a mixture of experts (%s), which is not implemented.", where, key(count));
            }
        }
        for (String field : List.of(
                "attention.clamp_kqv",
                "attention.max_alibi_bias",
                "attention.scale",
                "logit_scale",
                "residual_scale",
                "embedding_scale",
                "attention.temperature_length",
                "rope.scaling.yarn_log_multiplier")) {
            if (metadata.number(key(field)).orElse(0) != 0) {
                throw Problem.input("%s: %s is set, which is not implemented.", where, key(field));
            }
        }
        if (!metadata.bool(key("attention.causal")).orElse(true)
                || metadata.bool(key("use_parallel_residual")).orElse(false)) {
            throw Problem.input(
                    "%s: %s or %s is not that of its architecture, which is not implemented.",
                    where, key("attention.causal"), key("use_parallel_residual"));
        }
        boolean qwen = architecture == GgufArchitecture.QWEN2 || architecture == GgufArchitecture.QWEN3;
        if ((qwen || architecture == GgufArchitecture.GEMMA) && window().isPresent()) {
            throw Problem.input("%s: %s is set, which is not implemented.", where, key("attention.sliding_window"));
        }
        requireSame("attention.key_length", "attention.value_length");
        if (architecture != GgufArchitecture.PHI3 && architecture != GgufArchitecture.GPT2) {
            long headSize = headSize(size("embedding_length"), size("attention.head_count"));
            long rotated = metadata.integer(key("rope.dimension_count")).orElse(headSize);
            if (rotated != headSize) {
                throw Problem.input(
                        "%s: %s is %d and heads have %d entries; expected all of them to be turned.",
                        where, key("rope.dimension_count"), rotated, headSize);
            }
        }
    }

    private void requireSame(String one, String other) {
        OptionalLong first = metadata.integer(key(one));
        OptionalLong second = metadata.integer(key(other));
        if (first.isPresent() && second.isPresent() && first.getAsLong() != second.getAsLong()) {
            throw Problem.input(
                    "%s: %s %d and %s %d differ, which is not implemented.",
                    file.file(), key(one), first.getAsLong(), key(other), second.getAsLong());
        }
    }

    private String key(String name) {
        return architecture.prefix() + "." + name;
    }

    /** A positive size. */
    private long size(String name) {
        long size = metadata.integer(key(name)).orElseThrow(() -> missing(name));
        if (size < 1) {
            throw Problem.input("%s: %s must be positive, found %d.", file.file(), key(name), size);
        }
        return size;
    }

    private double number(String name) {
        return metadata.number(key(name)).orElseThrow(() -> missing(name));
    }

    private Problem missing(String name) {
        return Problem.input("%s: the metadata %s is missing.", file.file(), key(name));
    }
}
