package org.consensusprobe.weights;

/** The configs of other models: those with LayerNorm, and encoders. */
final class GgufOthers {
    private GgufOthers() {}

    static void gpt2(GgufFields f) {
        f.config()
                .put("model_type", "gpt2")
                .put("n_embd", f.size("embedding_length"))
                .put("n_layer", f.size("block_count"))
                .put("n_head", f.size("attention.head_count"))
                .put("n_positions", f.size("context_length"))
                .put("n_inner", f.size("feed_forward_length"))
                .put("vocab_size", f.vocabulary())
                .put("activation_function", "gelu_new")
                .put("layer_norm_epsilon", f.number("attention.layer_norm_epsilon"))
                .put("tie_word_embeddings", f.isTied());
    }
}
