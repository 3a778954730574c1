package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;

/** The names of decoders with gated halves, and what llama.cpp's conversion changes in them. */
final class GgufTables {
    private GgufTables() {}

    /** Llama and those that keep its names. */
    static GgufNames gated(JsonNode config) {
        return GgufNames.under("model.layers.")
                .with("token_embd", "model.embed_tokens")
                .with("output_norm", "model.norm")
                .with("output", "lm_head")
                .with("attn_norm", "input_layernorm")
                .with("attn_q", "self_attn.q_proj")
                .with("attn_k", "self_attn.k_proj")
                .with("attn_v", "self_attn.v_proj")
                .with("attn_qkv", "self_attn.qkv_proj")
                .with("attn_output", "self_attn.o_proj")
                .with("attn_q_norm", "self_attn.q_norm")
                .with("attn_k_norm", "self_attn.k_norm")
                .with("ffn_norm", "post_attention_layernorm")
                .with("ffn_gate", "mlp.gate_proj")
                .with("ffn_up", "mlp.up_proj")
                .with("ffn_down", "mlp.down_proj");
    }

    /** The same with heads whose rows are rotary pairs. */
    static GgufNames pairs(JsonNode config) {
        return gated(config)
                .kept(Convention.rotaryPairs(config.path("num_attention_heads").asInt()), "attn_q")
                .kept(Convention.rotaryPairs(config.path("num_key_value_heads").asInt()), "attn_k");
    }

    static GgufNames llama(JsonNode config) {
        return config.path("model_type").asText().equals("mixtral")
                ? pairs(config)
                        .with("ffn_gate_inp", "block_sparse_moe.gate")
                        .with("ffn_gate_exps", "block_sparse_moe.experts.#.w1")
                        .with("ffn_up_exps", "block_sparse_moe.experts.#.w3")
                        .with("ffn_down_exps", "block_sparse_moe.experts.#.w2")
                : pairs(config);
    }

    /** Experts under the names that most families have. */
    static GgufNames experts(JsonNode config) {
        return gated(config)
                .with("ffn_gate_inp", "mlp.gate")
                .with("ffn_gate_exps", "mlp.experts.#.gate_proj")
                .with("ffn_up_exps", "mlp.experts.#.up_proj")
                .with("ffn_down_exps", "mlp.experts.#.down_proj");
    }

    static GgufNames qwen2moe(JsonNode config) {
        return experts(config)
                .with("ffn_gate_shexp", "mlp.shared_expert.gate_proj")
                .with("ffn_up_shexp", "mlp.shared_expert.up_proj")
                .with("ffn_down_shexp", "mlp.shared_expert.down_proj")
                .with("ffn_gate_inp_shexp", "mlp.shared_expert_gate")
                .ofRows("ffn_gate_inp_shexp");
    }

    /** Experts chosen by groups beside those that all tokens pass. */
    private static GgufNames shared(JsonNode config) {
        return experts(config)
                .with("exp_probs_b.bias", "mlp.gate.e_score_correction_bias")
                .with("ffn_gate_shexp", "mlp.shared_experts.gate_proj")
                .with("ffn_up_shexp", "mlp.shared_experts.up_proj")
                .with("ffn_down_shexp", "mlp.shared_experts.down_proj");
    }

    static GgufNames glm4moe(JsonNode config) {
        return shared(config).with("post_attention_norm", "post_attention_layernorm");
    }

    /** Older files have keys and values made by one matrix, newer ones by two, that of the keys transposed in each head. */
    static GgufNames deepseek2(JsonNode config) {
        return shared(config)
                .with("attn_q_a", "self_attn.q_a_proj")
                .with("attn_q_a_norm", "self_attn.q_a_layernorm")
                .with("attn_q_b", "self_attn.q_b_proj")
                .with("attn_kv_a_mqa", "self_attn.kv_a_proj_with_mqa")
                .with("attn_kv_a_norm", "self_attn.kv_a_layernorm")
                .with("attn_kv_b", "self_attn.kv_b_proj")
                .with("attn_k_b", "self_attn.k_b_proj")
                .with("attn_v_b", "self_attn.v_b_proj")
                .joined(GgufJoin.latentKeysAndValues());
    }

    static GgufNames granitemoe(JsonNode config) {
        return pairs(config)
                .with("ffn_gate_inp", "block_sparse_moe.router.layer")
                .with("ffn_gate_exps", "block_sparse_moe.experts.#.gate_proj")
                .with("ffn_up_exps", "block_sparse_moe.experts.#.up_proj")
                .with("ffn_down_exps", "block_sparse_moe.experts.#.down_proj");
    }

    /** Gate and up of an expert are one matrix there, in turn, and inputs come before outputs. */
    static GgufNames gptOss(JsonNode config) {
        return gated(config)
                .with("post_attention_norm", "post_attention_layernorm")
                .with("attn_sinks.weight", "self_attn.sinks")
                .with("ffn_gate_inp", "mlp.router")
                .with("ffn_gate_exps.weight", "mlp.experts.gate.#")
                .with("ffn_up_exps.weight", "mlp.experts.up.#")
                .with("ffn_down_exps.weight", "mlp.experts.down_proj.#")
                .with("ffn_gate_exps.bias", "mlp.experts.gate_bias")
                .with("ffn_up_exps.bias", "mlp.experts.up_bias")
                .with("ffn_down_exps.bias", "mlp.experts.down_proj_bias")
                .kept(Convention.TRANSPOSED, "ffn_down_exps")
                .joined(GgufJoin.inTurn("(.*mlp\\.experts\\.)gate(\\.\\d+)", "$1up$2", "$1gate_up_proj$2", true))
                .joined(GgufJoin.inTurn("(.*mlp\\.experts\\.)gate_bias", "$1up_bias", "$1gate_up_proj_bias", false));
    }

    static GgufNames phi3(JsonNode config) {
        return gated(config)
                .without("ffn_gate")
                .with("ffn_up", "mlp.gate_up_proj"); // one matrix, the gate's rows first
    }

    static GgufNames glm4(JsonNode config) {
        return phi3(config)
                .with("post_attention_norm", "post_self_attn_layernorm")
                .with("post_ffw_norm", "post_mlp_layernorm");
    }

    /** Norms on what each half gives, and none before it. */
    static GgufNames normsAfter(JsonNode config) {
        return gated(config)
                .without("attn_norm", "ffn_norm")
                .with("post_attention_norm", "post_attention_layernorm")
                .with("post_ffw_norm", "post_feedforward_layernorm");
    }

    static GgufNames cohere(JsonNode config) {
        return gated(config).ofRows("attn_q_norm", "attn_k_norm");
    }

    static GgufNames gemma(JsonNode config) {
        return gated(config).kept(Convention.ONE_ADDED, "attn_norm", "ffn_norm", "output_norm");
    }

    /** Gemma 2 and 3. */
    static GgufNames gemma2(JsonNode config) {
        return gemma(config)
                .with("post_attention_norm", "post_attention_layernorm")
                .with("ffn_norm", "pre_feedforward_layernorm")
                .with("post_ffw_norm", "post_feedforward_layernorm")
                .kept(Convention.ONE_ADDED, "post_attention_norm", "post_ffw_norm", "attn_q_norm", "attn_k_norm");
    }
}
