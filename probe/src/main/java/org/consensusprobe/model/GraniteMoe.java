package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;

/**
 * Granite-MoE, {@code model_type} "granitemoe": Granite with a mixture of experts in every layer, whose factors are the softmax of the
 * chosen logits. Files have the matrices of all experts in two tensors.
 */
final class GraniteMoe {
    private static final String PART = "block_sparse_moe.";

    private GraniteMoe() {}

    static Granite of(JsonFields f) {
        DecoderConfig c =
                DecoderConfig.of(f, "granitemoe", DecoderConfig.Defaults.of(32_000, 4096, 11_008, 32, 32, 2048));
        Router router = Router.softmax(PART + "router.layer", f, List.of("num_local_experts"), 8, 2, true, c.width());
        Experts experts = Experts.gated(
                router,
                PART + "experts.",
                List.of("gate_proj", "up_proj", "down_proj"),
                c.inner(),
                RotaryDecoder.activation(f, "hidden_act", "silu"),
                Optional.empty(),
                List.of(
                        new Experts.Stacked(PART + "input_linear.weight", List.of(0, 1)),
                        new Experts.Stacked(PART + "output_linear.weight", List.of(2))));
        return new Granite(c, c.wholeRotary(f), experts, f.boolOr("attention_bias", false), Granite.Multipliers.of(f));
    }
}
