package org.consensusprobe.model;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;

/**
 * Mixtral, {@code model_type} "mixtral" (Jiang et al., arXiv 2401.04088): Mistral with a mixture of experts in every layer, whose
 * factors sum to 1; a window in all layers where {@code sliding_window} has one.
 */
final class Mixtral {
    private static final List<String> MATRICES = List.of("w1", "w3", "w2");

    private Mixtral() {}

    static Llama of(JsonFields f) {
        DecoderConfig c = DecoderConfig.of(
                f,
                "mixtral",
                DecoderConfig.Defaults.of(32_000, 4096, 14_336, 32, 32, 131_072)
                        .withKeyValueHeads(8, false)
                        .withNullHeadSize()
                        .withEps(1e-5)
                        .withTheta(1e6));
        Router router = Router.softmax(
                "block_sparse_moe.gate", f, List.of("num_experts", "num_local_experts"), 8, 2, true, c.width());
        Experts experts = Experts.gated(
                router,
                "block_sparse_moe.experts.",
                MATRICES,
                c.inner(),
                RotaryDecoder.activation(f, "hidden_act", "silu"),
                Optional.empty(),
                List.of());
        List<Integer> windows = Collections.nCopies(c.layers(), Mistral.window(f, 0));
        return new Llama(c, c.wholeRotary(f), experts, windows, false, false);
    }
}
