package org.consensusprobe.model;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;

/**
 * Qwen3-MoE, {@code model_type} "qwen3_moe": Qwen3 with a mixture of experts in every {@code decoder_sparse_step}th layer but those
 * of {@code mlp_only_layers}; heads of D / H unless {@code head_dim} says otherwise; a window in all layers with {@code
 * use_sliding_window}.
 */
final class Qwen3Moe {
    private Qwen3Moe() {}

    static Qwen3 of(JsonFields f) {
        DecoderConfig c = DecoderConfig.of(
                f,
                "qwen3_moe",
                DecoderConfig.Defaults.of(151_936, 2048, 6144, 24, 32, 32_768).withKeyValueHeads(4, false));
        Activation activation = RotaryDecoder.activation(f, "hidden_act", "silu");
        boolean normalised = f.boolOr("norm_topk_prob", false);
        Router router = Router.softmax(
                "mlp.gate", f, List.of("num_local_experts", "num_experts"), 128, 8, normalised, c.width());
        Experts experts = Experts.gated(
                router, f.positiveIntOr("moe_intermediate_size", 768, 1 << 22), activation, Optional.empty());
        List<FeedForward> halves =
                Experts.orDense(c.layers(), Qwen2Moe.mixed(f, c.layers()), experts, Mlp.gated(c, false, activation));
        int window = f.boolOr("use_sliding_window", false) ? Mistral.window(f, 4096) : 0;
        boolean bias = f.boolOr("attention_bias", false);
        return new Qwen3(c, c.wholeRotary(f), halves, Collections.nCopies(c.layers(), window), bias, bias);
    }
}
