package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.OptionalLong;

/** The configs of decoders with mixtures of experts. */
final class GgufMixtures {
    /** llama.cpp's number of a choice by sigmoids; 1 is softmax. */
    private static final long SIGMOID = 2;

    private GgufMixtures() {}

    /** How many experts there are, under the class's name, and how many a token chooses. */
    static ObjectNode counts(GgufFields f, String experts) {
        return f.config().put(experts, f.size("expert_count")).put("num_experts_per_tok", f.size("expert_used_count"));
    }

    private static void gating(GgufFields f, long function, String expected) {
        if (f.count("expert_gating_func").orElse(function) != function) {
            throw f.refused("expert_gating_func", expected);
        }
    }

    /** An expert's width, where an older file does not say it. */
    private static long inner(GgufFields f) {
        return f.count("expert_feed_forward_length")
                .orElseGet(() -> f.shape("blk.0.ffn_gate_exps.weight").get(1));
    }

    static void qwen2(GgufFields f) {
        GgufDecoders.gated(f, "qwen2_moe").put("use_sliding_window", false).put("qkv_bias", f.has("attn_q.bias"));
        qwen(f, false)
                .put(
                        "shared_expert_intermediate_size",
                        f.count("expert_shared_feed_forward_length")
                                .orElseGet(() ->
                                        f.shape("blk.0.ffn_gate_shexp.weight").get(0)));
    }

    static void qwen3(GgufFields f) {
        GgufDecoders.gated(f, "qwen3_moe").put("use_sliding_window", false).put("attention_bias", f.has("attn_q.bias"));
        qwen(f, true);
    }

    private static ObjectNode qwen(GgufFields f, boolean normalised) {
        GgufRotary.requireWhole(f, f.headSize());
        return counts(f, "num_experts").put("norm_topk_prob", normalised).put("moe_intermediate_size", inner(f));
    }

    static void olmoe(GgufFields f) {
        GgufDecoders.gated(f, "olmoe").put("norm_topk_prob", false).put("attention_bias", f.has("attn_q.bias"));
        counts(f, "num_experts");
        double clip = f.numberOr("attention.clamp_kqv", 0);
        if (clip != 0) {
            f.config().put("clip_qkv", clip);
        }
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void granite(GgufFields f) {
        GgufDecoders.gated(f, "granitemoe").put("attention_bias", f.has("attn_q.bias"));
        counts(f, "num_local_experts");
        GgufDecoders.multipliers(f);
        GgufRotary.requireWhole(f, f.headSize());
    }

    static void gptOss(GgufFields f) {
        GgufDecoders.gated(f, "gpt_oss")
                .put("attention_bias", f.has("attn_q.bias"))
                .put("intermediate_size", f.size("expert_feed_forward_length"));
        counts(f, "num_local_experts");
        f.windows(OptionalLong.of(f.size("attention.sliding_window")), 2);
        GgufRotary.requireWhole(f, f.headSize());
        GgufRotary.requireOneBase(f);
        if (f.config().path("rope_scaling").path("rope_type").asText().equals("yarn")) {
            ((ObjectNode) f.config().path("rope_scaling")).put("truncate", false); // as trained; files cannot say it
        } else if (!f.config().has("rope_scaling")) {
            f.config().putObject("rope_parameters").put("rope_type", "default");
        }
    }

    static void glm4(GgufFields f) {
        long headSize = f.headSize();
        long beyond = f.count("nextn_predict_layers").orElse(0);
        GgufDecoders.gated(f, "glm4_moe")
                .put("num_hidden_layers", f.size("block_count") - beyond)
                .put("num_nextn_predict_layers", beyond)
                .put("attention_bias", f.has("attn_q.bias"))
                .put("use_qk_norm", f.has("attn_q_norm.weight"))
                .put("partial_rotary_factor", (double) GgufRotary.turned(f, headSize) / headSize);
        gating(f, SIGMOID, "2, sigmoids");
        shared(f).put("norm_topk_prob", f.flag("expert_weights_norm", false));
        groups(f);
    }

    /** Experts beside those that all tokens pass. */
    private static ObjectNode shared(GgufFields f) {
        return counts(f, "n_routed_experts")
                .put("moe_intermediate_size", f.size("expert_feed_forward_length"))
                .put("n_shared_experts", f.size("expert_shared_count"))
                .put(
                        "first_k_dense_replace",
                        f.count("leading_dense_block_count").orElse(0))
                .put("routed_scaling_factor", f.numberOr("expert_weights_scale", 1));
    }

    private static void groups(GgufFields f) {
        f.config()
                .put("n_group", f.sizeOr("expert_group_count", 1))
                .put("topk_group", f.sizeOr("expert_group_used_count", 1));
    }

    /** DeepSeek's V3 where experts are chosen by sigmoids, V2 otherwise; GLM-4.7-Flash is V3 in other sizes. */
    static void deepseek2(GgufFields f) {
        boolean third = f.count("expert_gating_func").orElse(0) == SIGMOID
                || f.file().tensors().keySet().stream().anyMatch(name -> name.endsWith(".exp_probs_b.bias"));
        if (!third) {
            gating(f, 1, "1 or 2: softmax or sigmoids");
        }
        long heads = f.size("attention.head_count");
        // newer files call the heads' own sizes so, and have those of the narrow vectors under the usual names
        long key = f.count("attention.key_length_mla").orElseGet(() -> f.size("attention.key_length"));
        long value = f.count("attention.value_length_mla").orElseGet(() -> f.size("attention.value_length"));
        f.metadata().ignore(f.key("attention.key_length"), f.key("attention.value_length"));
        long turning = f.size("rope.dimension_count");
        ObjectNode config = GgufDecoders.common(f, third ? "deepseek_v3" : "deepseek_v2")
                .put("rms_norm_eps", f.number("attention.layer_norm_rms_epsilon"))
                .put("num_key_value_heads", heads)
                .put("kv_lora_rank", f.size("attention.kv_lora_rank"))
                .put("qk_rope_head_dim", turning)
                .put("qk_nope_head_dim", key - turning)
                .put("v_head_dim", value)
                .put("attention_bias", f.has("attn_kv_a_mqa.bias"))
                .put("num_nextn_predict_layers", 0)
                .putNull("q_lora_rank");
        if (f.has("attn_q_a.weight")) {
            config.put("q_lora_rank", f.size("attention.q_lora_rank"));
        }
        f.count("attention.q_lora_rank");
        shared(f);
        groups(f);
        GgufRotary.write(f, turning);
        magnitudes(f);
        if (third) {
            config.put("norm_topk_prob", f.flag("expert_weights_norm", false)).put("rope_interleave", true);
        } else if (f.flag("expert_weights_norm", false)) {
            throw f.refused("expert_weights_norm", "false where experts are chosen by softmax");
        } else {
            config.put("topk_method", f.count("expert_group_count").orElse(1) > 1 ? "group_limited_greedy" : "greedy");
        }
    }

    /** YaRN's factor of the scores: files have a tenth of {@code mscale_all_dim}, which {@code mscale} equals in all that there are. */
    private static void magnitudes(GgufFields f) {
        double tenth = f.numberOr("rope.scaling.yarn_log_multiplier", 0);
        if (tenth != 0 && f.config().path("rope_scaling") instanceof ObjectNode rope) {
            double all = BigDecimal.valueOf(tenth).movePointRight(1).doubleValue();
            rope.put("mscale", all).put("mscale_all_dim", all);
        }
    }
}
