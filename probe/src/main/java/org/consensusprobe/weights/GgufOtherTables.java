package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;

/** The names of other models: decoders with LayerNorm, and encoders. */
final class GgufOtherTables {
    private GgufOtherTables() {}

    static GgufNames gpt2(JsonNode config) {
        return bigcode(config).kept(Convention.TRANSPOSED, "attn_qkv", "attn_output", "ffn_up", "ffn_down");
    }

    static GgufNames bigcode(JsonNode config) {
        return GgufNames.under("transformer.h.")
                .with("token_embd", "transformer.wte")
                .with("position_embd", "transformer.wpe")
                .with("output_norm", "transformer.ln_f")
                .with("output", "lm_head")
                .with("attn_norm", "ln_1")
                .with("attn_qkv", "attn.c_attn")
                .with("attn_output", "attn.c_proj")
                .with("ffn_norm", "ln_2")
                .with("ffn_up", "mlp.c_fc")
                .with("ffn_down", "mlp.c_proj");
    }

    /** Older files have queries, keys and values in one matrix. */
    static GgufNames phi2(JsonNode config) {
        return GgufTables.gated(config)
                .with("output_norm", "model.final_layernorm")
                .with("attn_qkv", "self_attn.{q,k,v}_proj")
                .with("attn_output", "self_attn.dense")
                .with("ffn_up", "mlp.fc1")
                .with("ffn_down", "mlp.fc2");
    }

    static GgufNames starcoder2(JsonNode config) {
        return GgufTables.gated(config).with("ffn_up", "mlp.c_fc").with("ffn_down", "mlp.c_proj");
    }

    static GgufNames stablelm(JsonNode config) {
        return GgufTables.gated(config)
                .with("attn_q_norm", "self_attn.q_layernorm.norms.#")
                .with("attn_k_norm", "self_attn.k_layernorm.norms.#");
    }

    static GgufNames nemotron(JsonNode config) {
        return GgufTables.gated(config).kept(Convention.ONE_ADDED, "attn_norm", "ffn_norm", "output_norm");
    }

    static GgufNames seedOss(JsonNode config) {
        return GgufTables.gated(config).without("ffn_norm").with("post_attention_norm", "post_attention_layernorm");
    }

    static GgufNames hunyuan(JsonNode config) {
        return GgufTables.gated(config)
                .with("attn_q_norm", "self_attn.query_layernorm")
                .with("attn_k_norm", "self_attn.key_layernorm");
    }

    static GgufNames neox(JsonNode config) {
        int heads = config.path("num_attention_heads").asInt();
        return GgufNames.under("gpt_neox.layers.")
                .with("token_embd", "gpt_neox.embed_in")
                .with("output_norm", "gpt_neox.final_layer_norm")
                .with("output", "embed_out")
                .with("attn_norm", "input_layernorm")
                .with("attn_qkv", "attention.query_key_value")
                .with("attn_output", "attention.dense")
                .with("ffn_norm", "post_attention_layernorm")
                .with("ffn_up", "mlp.dense_h_to_4h")
                .with("ffn_down", "mlp.dense_4h_to_h")
                .joined(GgufJoin.byGroups(".*\\.query_key_value\\.(weight|bias)", heads, 1));
    }

    static GgufNames bloom(JsonNode config) {
        int heads = config.path("n_head").asInt();
        return alibi().with("token_embd_norm", "transformer.word_embeddings_layernorm")
                .with("attn_norm", "input_layernorm")
                .joined(GgufJoin.byGroups(".*\\.query_key_value\\.(weight|bias)", heads, 1));
    }

    /** Where there are two norms, the first is the feed-forward half's. */
    static GgufNames falcon(JsonNode config) {
        int groups = config.path("num_kv_heads").asInt();
        int heads = config.path("num_attention_heads").asInt();
        boolean two = config.path("num_ln_in_parallel_attn").asInt() == 2;
        return alibi().with("attn_norm", two ? "ln_mlp" : "input_layernorm")
                .with("attn_norm_2", "ln_attn")
                .joined(GgufJoin.byGroups(".*\\.query_key_value\\.weight", groups, heads / groups));
    }

    private static GgufNames alibi() {
        return GgufNames.under("transformer.h.")
                .with("token_embd", "transformer.word_embeddings")
                .with("output_norm", "transformer.ln_f")
                .with("output", "lm_head")
                .with("attn_qkv", "self_attention.query_key_value")
                .with("attn_output", "self_attention.dense")
                .with("ffn_norm", "post_attention_layernorm")
                .with("ffn_up", "mlp.dense_h_to_4h")
                .with("ffn_down", "mlp.dense_4h_to_h");
    }

    static GgufNames mpt(JsonNode config) {
        return GgufNames.under("transformer.blocks.")
                .with("token_embd", "transformer.wte")
                .with("output_norm", "transformer.norm_f")
                .with("output", "lm_head")
                .with("attn_norm", "norm_1")
                .with("attn_qkv", "attn.Wqkv")
                .with("attn_output", "attn.out_proj")
                .with("ffn_norm", "norm_2")
                .with("ffn_up", "ffn.up_proj")
                .with("ffn_down", "ffn.down_proj");
    }

    static GgufNames bert(JsonNode config) {
        if (config.path("model_type").asText().equals("distilbert")) {
            return distilBert();
        }
        return GgufNames.under("encoder.layer.")
                .with("token_embd", "embeddings.word_embeddings")
                .with("position_embd", "embeddings.position_embeddings")
                .with("token_types", "embeddings.token_type_embeddings")
                .with("token_embd_norm", "embeddings.LayerNorm")
                .with("attn_q", "attention.self.query")
                .with("attn_k", "attention.self.key")
                .with("attn_v", "attention.self.value")
                .with("attn_qkv", "attention.self.{query,key,value}")
                .with("attn_output", "attention.output.dense")
                .with("attn_output_norm", "attention.output.LayerNorm")
                .with("ffn_up", "intermediate.dense")
                .with("ffn_down", "output.dense")
                .with("layer_output_norm", "output.LayerNorm")
                .ofRows("token_types");
    }

    private static GgufNames distilBert() {
        return GgufNames.under("transformer.layer.")
                .with("token_embd", "embeddings.word_embeddings")
                .with("position_embd", "embeddings.position_embeddings")
                .with("token_embd_norm", "embeddings.LayerNorm")
                .with("attn_q", "attention.q_lin")
                .with("attn_k", "attention.k_lin")
                .with("attn_v", "attention.v_lin")
                .with("attn_qkv", "attention.{q,k,v}_lin")
                .with("attn_output", "attention.out_lin")
                .with("attn_output_norm", "sa_layer_norm")
                .with("ffn_up", "ffn.lin1")
                .with("ffn_down", "ffn.lin2")
                .with("layer_output_norm", "output_layer_norm");
    }

    static GgufNames nomicBert(JsonNode config) {
        return GgufNames.under("encoder.layers.")
                .with("token_embd", "embeddings.word_embeddings")
                .with("token_types", "embeddings.token_type_embeddings")
                .with("token_embd_norm", "emb_ln")
                .with("attn_qkv", "attn.Wqkv")
                .with("attn_output", "attn.out_proj")
                .with("attn_output_norm", "norm1")
                .with("ffn_up", "mlp.fc11")
                .with("ffn_gate", "mlp.fc12")
                .with("ffn_down", "mlp.fc2")
                .with("layer_output_norm", "norm2")
                .ofRows("token_types");
    }
}
