package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;

/** The names of other models. */
final class GgufOtherTables {
    private GgufOtherTables() {}

    static GgufNames gpt2(JsonNode config) {
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
                .with("ffn_down", "mlp.c_proj")
                .kept(Convention.TRANSPOSED, "attn_qkv", "attn_output", "ffn_up", "ffn_down");
    }
}
