package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;

/**
 * Qwen2-MoE, {@code model_type} "qwen2_moe": Qwen2 with a mixture of experts in every {@code decoder_sparse_step}th layer but those
 * of {@code mlp_only_layers}, and an expert that all tokens pass, times the sigmoid of one number a token. Windows in every other
 * layer below {@code max_window_layers} with {@code use_sliding_window}.
 */
final class Qwen2Moe {
    private Qwen2Moe() {}

    static Llama of(JsonFields f) {
        DecoderConfig c = DecoderConfig.of(
                f,
                "qwen2_moe",
                DecoderConfig.Defaults.of(151_936, 2048, 5632, 24, 16, 32_768).withKeyValueHeads(16, false));
        Activation activation = RotaryDecoder.activation(f, "hidden_act", "silu");
        int sharedInner = f.positiveIntOr("shared_expert_intermediate_size", 5632, 1 << 22);
        FeedForward shared = Mlp.gated(
                "mlp.shared_expert.", "gate_proj", "up_proj", "down_proj", c.width(), sharedInner, false, activation);
        boolean normalised = f.boolOr("norm_topk_prob", false);
        Router router = Router.softmax("mlp.gate", f, List.of("num_experts"), 60, 4, normalised, c.width());
        Experts experts = Experts.gated(
                router,
                f.positiveIntOr("moe_intermediate_size", 1408, 1 << 22),
                activation,
                Optional.of(new Experts.Shared(shared, Optional.of("mlp.shared_expert_gate"), c.width())));
        List<FeedForward> halves =
                Experts.orDense(c.layers(), mixed(f, c.layers()), experts, Mlp.gated(c, false, activation));
        int window = f.boolOr("use_sliding_window", false) ? Mistral.window(f, 4096) : 0;
        int below = f.integerOr("max_window_layers", 28, 0, Integer.MAX_VALUE);
        List<Integer> windows = Windows.of(f, c.layers(), window, layer -> layer % 2 == 0 && layer < below);
        return new Llama(c, c.wholeRotary(f), halves, windows, f.boolOr("qkv_bias", true), false);
    }

    /** Which layers of Qwen's mixtures are mixtures. */
    static IntPredicate mixed(JsonFields f, int layers) {
        int step = f.positiveIntOr("decoder_sparse_step", 1, Integer.MAX_VALUE);
        List<Integer> dense = f.has("mlp_only_layers") && !f.isNull("mlp_only_layers")
                ? f.integers("mlp_only_layers", 0, Integer.MAX_VALUE)
                : List.of();
        return layer -> (layer + 1) % step == 0 && !dense.contains(layer);
    }
}
