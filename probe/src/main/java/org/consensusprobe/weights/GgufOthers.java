package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The configs of other models: decoders with LayerNorm, and encoders.
 *
 * <p>Activations are those of the models' own configs, which files do not say; llama.cpp computes every GELU by its tanh form.
 */
final class GgufOthers {
    private GgufOthers() {}

    static void gpt2(GgufFields f) {
        old(f, "gpt2").put("activation_function", "gelu_new");
    }

    /** StarCoder. */
    static void bigcode(GgufFields f) {
        old(f, "gpt_bigcode").put("activation_function", "gelu_pytorch_tanh").put("multi_query", true);
        if (f.sizeOr("attention.head_count_kv", 1) != 1) {
            throw f.refused("attention.head_count_kv", "1");
        }
    }

    private static ObjectNode old(GgufFields f, String modelType) {
        return sizes(f, modelType, "n_embd", "n_layer", "n_head", "n_positions")
                .put("n_inner", f.size("feed_forward_length"));
    }

    /** What all these say, each under names of its own for width, layers, heads and context. */
    private static ObjectNode sizes(
            GgufFields f, String modelType, String width, String layers, String heads, String context) {
        return f.config()
                .put("model_type", modelType)
                .put(width, f.size("embedding_length"))
                .put(layers, f.size("block_count"))
                .put(heads, f.size("attention.head_count"))
                .put(context, f.size("context_length"))
                .put("vocab_size", f.vocabulary())
                .put("layer_norm_epsilon", f.number("attention.layer_norm_epsilon"))
                .put("tie_word_embeddings", f.isTied());
    }

    /** The width of a feed-forward half: some conversions write four times the model's, whatever it is. */
    private static long inner(GgufFields f) {
        f.count("feed_forward_length");
        return f.shape("blk.0.ffn_up.weight").get(0);
    }

    static void phi2(GgufFields f) {
        partial(f, GgufDecoders.layerNorms(f, "phi"))
                .put("intermediate_size", inner(f))
                .put("hidden_act", "gelu_new");
    }

    static void starcoder2(GgufFields f) {
        GgufDecoders.layerNorms(f, "starcoder2")
                .put("norm_epsilon", f.number("attention.layer_norm_epsilon"))
                .put("use_bias", f.has("attn_q.bias"))
                .put("hidden_act", "gelu_pytorch_tanh")
                .putNull("sliding_window");
        GgufRotary.requireWhole(f, f.headSize());
    }

    /** Whether halves are parallel is seen from the norm between them: files of 3B say so and are not. */
    static void stablelm(GgufFields f) {
        f.flag("use_parallel_residual", true);
        partial(f, GgufDecoders.layerNorms(f, "stablelm"))
                .put("use_parallel_residual", !f.has("ffn_norm.weight"))
                .put("qk_layernorm", f.has("attn_q_norm.weight"))
                .put("use_qkv_bias", f.has("attn_q.bias"));
    }

    static void nemotron(GgufFields f) {
        f.metadata().ignore(f.key("attention.layer_norm_rms_epsilon")); // the same as the other, which is meant
        partial(f, GgufDecoders.layerNorms(f, "nemotron"))
                .put("norm_eps", f.number("attention.layer_norm_epsilon"))
                .put("attention_bias", f.has("attn_q.bias"))
                .put("mlp_bias", f.has("ffn_up.bias"));
    }

    private static ObjectNode partial(GgufFields f, ObjectNode config) {
        long headSize = f.headSize();
        return config.put("partial_rotary_factor", (double) GgufRotary.turned(f, headSize) / headSize);
    }

    static void neox(GgufFields f) {
        long headSize = f.headSize();
        GgufDecoders.layerNorms(f, "gpt_neox")
                .put("rotary_pct", (double) GgufRotary.turned(f, headSize) / headSize)
                .put("rotary_emb_base", f.numberOr("rope.freq_base", 1e4))
                .put("hidden_act", "gelu")
                .put("attention_bias", f.has("attn_qkv.bias"))
                .put("use_parallel_residual", f.flag("use_parallel_residual", true));
    }

    /** 7B has one key and value head and one norm, 40B and 180B groups and two, 11B groups and one. */
    static void falcon(GgufFields f) {
        long heads = f.size("attention.head_count");
        long groups = f.sizeOr("attention.head_count_kv", 1);
        boolean two = f.has("attn_norm_2.weight");
        boolean newer = two || groups > 1;
        GgufDecoders.common(f, "falcon")
                .put("num_kv_heads", groups)
                .put("ffn_hidden_size", inner(f))
                .put("layer_norm_epsilon", f.number("attention.layer_norm_epsilon"))
                .put("activation", "gelu")
                .put("alibi", false)
                .put("bias", false)
                .put("parallel_attn", true)
                .put("multi_query", !newer)
                .put("new_decoder_architecture", newer)
                .put("num_ln_in_parallel_attn", two ? 2 : 1);
        GgufRotary.write(f, f.size("embedding_length") / heads);
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void bloom(GgufFields f) {
        sizes(f, "bloom", "hidden_size", "n_layer", "n_head", "seq_length");
        heads(f);
        if (inner(f) != 4 * f.size("embedding_length")) {
            throw f.refused("feed_forward_length", "four times embedding_length");
        }
    }

    static void mpt(GgufFields f) {
        ObjectNode attention = sizes(f, "mpt", "d_model", "n_layers", "n_heads", "max_seq_len")
                .put("expansion_ratio", inner(f) / f.size("embedding_length"))
                .putObject("attn_config");
        attention.put("alibi", true);
        heads(f);
        if (f.numberOr("attention.max_alibi_bias", 0) != 8) {
            throw f.refused("attention.max_alibi_bias", "8");
        }
        double clip = f.numberOr("attention.clamp_kqv", 0);
        if (clip != 0) {
            attention.put("clip_qkv", clip);
        }
    }

    /** Every head has its own keys and values. */
    private static void heads(GgufFields f) {
        long heads = f.size("attention.head_count");
        if (f.sizeOr("attention.head_count_kv", heads) != heads) {
            throw f.refused("attention.head_count_kv", "head_count, " + heads);
        }
    }

    /** BERT, and RoBERTa, whose positions before its first are left out; DistilBERT where there are no token types. */
    static void bert(GgufFields f) {
        heads(f);
        encoder(f);
        if (f.has("token_types.weight")) {
            bertSizes(f, "bert").put("hidden_act", "gelu");
            return;
        }
        f.config()
                .put("model_type", "distilbert")
                .put("dim", f.size("embedding_length"))
                .put("n_layers", f.size("block_count"))
                .put("n_heads", f.size("attention.head_count"))
                .put("hidden_dim", f.size("feed_forward_length"))
                .put("max_position_embeddings", f.size("context_length"))
                .put("vocab_size", f.vocabulary());
        if (f.number("attention.layer_norm_epsilon") != 1e-12) {
            throw f.refused("attention.layer_norm_epsilon", "1e-12, which all DistilBERTs have");
        }
    }

    private static ObjectNode bertSizes(GgufFields f, String modelType) {
        f.config().put("layer_norm_eps", f.number("attention.layer_norm_epsilon"));
        GgufDecoders.common(f, modelType).remove("num_key_value_heads");
        long size = f.shape("token_types.weight").size();
        return f.config()
                .put("type_vocab_size", size > 1 ? f.shape("token_types.weight").get(0) : 1);
    }

    static void nomicBert(GgufFields f) {
        heads(f);
        encoder(f);
        f.requireSame("attention.key_length", "attention.value_length");
        bertSizes(f, "nomic_bert").put("hidden_act", "silu").put("head_dim", f.headSize());
        GgufRotary.write(f, f.headSize());
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void euroBert(GgufFields f) {
        encoder(f);
        GgufDecoders.gated(f, "eurobert");
        GgufDecoders.biases(f);
        GgufRotary.requireWhole(f, f.headSize());
    }

    private static void encoder(GgufFields f) {
        if (f.flag("attention.causal", false)) {
            throw f.refused("attention.causal", "false");
        }
    }
}
