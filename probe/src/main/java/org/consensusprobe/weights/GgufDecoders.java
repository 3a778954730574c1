package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The configs of decoders whose halves are those of Llama in the main: gated, with rotary positions.
 *
 * <p>What a file does not say of an architecture is what llama.cpp has written in for it.
 */
final class GgufDecoders {
    private GgufDecoders() {}

    /** The fields that all have, with RMSNorm. */
    static ObjectNode gated(GgufFields f, String modelType) {
        f.config().put("rms_norm_eps", f.number("attention.layer_norm_rms_epsilon"));
        return sizes(f, modelType, f.headSize());
    }

    /** The fields that all have, with LayerNorm. */
    static ObjectNode layerNorms(GgufFields f, String modelType) {
        f.config().put("layer_norm_eps", f.number("attention.layer_norm_epsilon"));
        return sizes(f, modelType, f.headSize());
    }

    private static ObjectNode sizes(GgufFields f, String modelType, long headSize) {
        f.requireSame("attention.key_length", "attention.value_length");
        ObjectNode config = common(f, modelType).put("head_dim", headSize);
        GgufRotary.write(f, headSize);
        return config;
    }

    /** The same without heads and positions. */
    static ObjectNode common(GgufFields f, String modelType) {
        long heads = f.size("attention.head_count");
        return f.config()
                .put("model_type", modelType)
                .put("hidden_size", f.size("embedding_length"))
                .put("num_hidden_layers", f.size("block_count"))
                .put("num_attention_heads", heads)
                .put("num_key_value_heads", f.sizeOr("attention.head_count_kv", heads))
                .put("intermediate_size", f.size("feed_forward_length"))
                .put("max_position_embeddings", f.size("context_length"))
                .put("vocab_size", f.vocabulary())
                .put("tie_word_embeddings", f.isTied());
    }

    /** Whether matrices of the first layer have biases. */
    static ObjectNode biases(GgufFields f) {
        return f.config().put("attention_bias", f.has("attn_q.bias")).put("mlp_bias", f.has("ffn_gate.bias"));
    }

    /** llama.cpp keeps Mistral under llama, with its window where there is one, and Mixtral. */
    static void llama(GgufFields f) {
        boolean mixture = f.count("expert_count").orElse(0) > 0;
        gated(f, mixture ? "mixtral" : "llama");
        GgufRotary.requireWhole(f, f.headSize());
        if (mixture) {
            GgufMixtures.counts(f, "num_local_experts");
            f.config().putNull("sliding_window");
        } else {
            biases(f);
        }
        f.window().ifPresent(window -> f.config()
                .put("model_type", mixture ? "mixtral" : "mistral")
                .put("sliding_window", window));
    }

    static void qwen2(GgufFields f) {
        gated(f, "qwen2").put("use_sliding_window", false);
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void qwen3(GgufFields f) {
        gated(f, "qwen3").put("use_sliding_window", false).put("attention_bias", f.has("attn_q.bias"));
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void gemma(GgufFields f) {
        gated(f, "gemma").put("hidden_activation", "gelu_pytorch_tanh");
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void gemma2(GgufFields f) {
        gated(f, "gemma2")
                .put("hidden_activation", "gelu_pytorch_tanh")
                .put("query_pre_attn_scalar", scoreSize(f, 46))
                .put("sliding_window", f.window().orElse(4096))
                .put("attn_logit_softcapping", f.numberOr("attn_logit_softcapping", 50))
                .put("final_logit_softcapping", f.numberOr("final_logit_softcapping", 30));
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void gemma3(GgufFields f) {
        long headSize = f.headSize();
        f.requireSame("attention.key_length", "attention.value_length");
        ObjectNode config = common(f, "gemma3_text")
                .put("head_dim", headSize)
                .put("rms_norm_eps", f.number("attention.layer_norm_rms_epsilon"))
                .put("hidden_activation", "gelu_pytorch_tanh")
                .put("query_pre_attn_scalar", scoreSize(f, 62));
        double cap = f.numberOr("final_logit_softcapping", 0);
        if (cap != 0) {
            config.put("final_logit_softcapping", cap);
        }
        f.windows(f.window(), 6);
        GgufRotary.writeBoth(f, headSize, Optional.of(1e4));
        GgufRotary.requireWhole(f, headSize);
    }

    /**
     * The size by whose root scores are divided: that of a head, but an even share of the width in Gemma 2 and 3 27B, which no file
     * says.
     *
     * @param largest how many layers that model has
     */
    private static long scoreSize(GgufFields f, long largest) {
        return f.size("block_count") == largest
                ? f.size("embedding_length") / f.size("attention.head_count")
                : f.headSize();
    }

    static void phi3(GgufFields f) {
        long headSize = f.headSize();
        ObjectNode config = gated(f, "phi3")
                .put("partial_rotary_factor", (double) GgufRotary.turned(f, headSize) / headSize)
                .putNull("sliding_window");
        f.window().ifPresent(window -> config.put("sliding_window", window));
    }

    /** OLMo 3 where there is a window. */
    static void olmo2(GgufFields f) {
        long headSize = f.headSize();
        boolean third = f.window().isPresent();
        if (third) {
            common(f, "olmo3").put("rms_norm_eps", f.number("attention.layer_norm_rms_epsilon"));
            f.windows(f.window(), 4);
            GgufRotary.writeBoth(f, headSize, Optional.empty());
        } else {
            gated(f, "olmo2");
        }
        f.config().put("attention_bias", f.has("attn_q.bias"));
        GgufRotary.requireWhole(f, headSize);
        if (headSize * f.size("attention.head_count") != f.size("embedding_length")) {
            throw f.refused("attention.key_length", "an even share of embedding_length");
        }
    }

    static void smollm3(GgufFields f) {
        gated(f, "smollm3").put("no_rope_layer_interval", 4).put("use_sliding_window", false);
        biases(f);
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void granite(GgufFields f) {
        gated(f, "granite");
        biases(f);
        multipliers(f);
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void multipliers(GgufFields f) {
        f.config()
                .put("attention_multiplier", f.numberOr("attention.scale", 1 / Math.sqrt(f.headSize())))
                .put("embedding_multiplier", f.numberOr("embedding_scale", 1))
                .put("residual_multiplier", f.numberOr("residual_scale", 1))
                .put("logits_scaling", f.numberOr("logit_scale", 1));
        if (!f.flag("rope.scaling.finetuned", true)) { // llama.cpp's way of saying so
            throw f.refused("rope.scaling.finetuned", "true: a Granite without positions");
        }
    }

    static void commandR(GgufFields f) {
        layerNorms(f, "cohere").put("use_qk_norm", f.has("attn_q_norm.weight"));
        cohere(f);
    }

    static void cohere2(GgufFields f) {
        layerNorms(f, "cohere2");
        cohere(f);
        f.windows(OptionalLong.of(f.size("attention.sliding_window")), 4);
        GgufRotary.requireOneBase(f);
    }

    private static void cohere(GgufFields f) {
        f.config().put("logit_scale", f.number("logit_scale")).put("attention_bias", f.has("attn_q.bias"));
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void glm4(GgufFields f) {
        long headSize = f.headSize();
        gated(f, "glm4")
                .put("attention_bias", f.has("attn_q.bias"))
                .put("partial_rotary_factor", (double) GgufRotary.turned(f, headSize) / headSize);
    }

    static void exaone4(GgufFields f) {
        gated(f, "exaone4");
        boolean largest = f.size("block_count") == 64;
        boolean patterned = f.metadata().has(f.key("attention.sliding_window_pattern"));
        OptionalLong window = largest ? OptionalLong.of(f.window().orElse(4096)) : f.window();
        f.windows(largest || patterned ? window : OptionalLong.empty(), 4);
        GgufRotary.requireWhole(f, f.headSize());
        GgufRotary.requireOneBase(f);
    }

    static void olmo(GgufFields f) {
        if (f.number("attention.layer_norm_epsilon") != 1e-5) {
            throw f.refused("attention.layer_norm_epsilon", "1e-05, which all OLMos have");
        }
        layerNorms(f, "olmo").put("attention_bias", f.has("attn_q.bias"));
        double clip = f.numberOr("attention.clamp_kqv", 0);
        if (clip != 0) {
            f.config().put("clip_qkv", clip);
        }
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void arcee(GgufFields f) {
        gated(f, "arcee").put("attention_bias", f.has("attn_q.bias")).put("mlp_bias", f.has("ffn_up.bias"));
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void ernie(GgufFields f) {
        gated(f, "ernie4_5").put("use_bias", f.has("attn_q.bias"));
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void seedOss(GgufFields f) {
        gated(f, "seed_oss");
        biases(f).put("attention_out_bias", f.has("attn_output.bias"));
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void hunyuan(GgufFields f) {
        gated(f, "hunyuan_v1_dense").put("attention_bias", f.has("attn_q.bias"));
        GgufRotary.requireWhole(f, f.headSize());
    }
}
