package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.ExpertKernels;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * What sends tokens to experts: one logit an expert, of which the largest are chosen.
 *
 * @param role its matrix [E, D] without {@code .weight}; kept in the dtype of the stream, since rounding it changes choices
 * @param bias whether the logits have a bias
 * @param correction the role of a bias [E] that counts in the choice and not in what is chosen; empty for none
 * @param width D
 * @param choice how experts are chosen and weighed
 */
record Router(String role, boolean bias, Optional<String> correction, long width, ExpertKernels.Choice choice) {
    private static final int MAX_EXPERTS = 1 << 16;

    /** Of E experts k, by the softmax of their logits; E under any of the names that its class reads. */
    static Router softmax(
            String role, JsonFields f, List<String> names, int count, int chosen, boolean normalised, long width) {
        String experts = names.stream().filter(f::has).findFirst().orElse(names.get(0));
        int e = f.positiveIntOr(experts, count, MAX_EXPERTS);
        int k = f.positiveIntOr("num_experts_per_tok", chosen, MAX_EXPERTS);
        requireAtMost(f, k, e);
        return new Router(
                role,
                false,
                Optional.empty(),
                width,
                new ExpertKernels.Choice(e, k, false, normalised, 1, 1, 1, false));
    }

    /** The same with a bias on logits. */
    Router biased() {
        return new Router(role, true, correction, width, choice);
    }

    /** Sigmoids of logits, a bias of the choice alone, and of neighbouring experts' groups some kept. */
    static Router sigmoid(JsonFields f, long width, GroupDefaults defaults) {
        int e = experts(f, defaults.experts);
        int k = f.positiveIntOr("num_experts_per_tok", defaults.chosen, MAX_EXPERTS);
        int groups = f.positiveIntOr("n_group", defaults.groups, e);
        int kept = f.positiveIntOr("topk_group", defaults.kept, groups);
        if (e % groups != 0 || e / groups < 2) {
            throw f.refused("n_group", "a divisor of n_routed_experts, " + e + ", with two experts a group at least");
        }
        requireAtMost(f, k, e / groups * kept);
        return new Router(
                "mlp.gate",
                false,
                Optional.of("mlp.gate.e_score_correction_bias"),
                width,
                new ExpertKernels.Choice(
                        e,
                        k,
                        true,
                        f.boolOr("norm_topk_prob", true),
                        f.numberOr("routed_scaling_factor", defaults.factor),
                        groups,
                        kept,
                        true));
    }

    /** What a class means where its config is silent. */
    record GroupDefaults(int experts, int chosen, int groups, int kept, double factor) {}

    /** Experts under either name that transformers reads. */
    static int experts(JsonFields f, int fallback) {
        return f.positiveIntOr(
                f.has("num_local_experts") ? "num_local_experts" : "n_routed_experts", fallback, MAX_EXPERTS);
    }

    static void requireAtMost(JsonFields f, int chosen, int experts) {
        if (chosen > experts) {
            throw f.refused("num_experts_per_tok", "at most " + experts + ", the experts that can be chosen");
        }
    }

    int experts() {
        return choice.experts();
    }

    List<TensorSpec> tensors(String h) {
        List<TensorSpec> specs = new ArrayList<>();
        specs.add(TensorSpec.state(h, role + ".weight", experts(), width));
        if (bias) {
            specs.add(TensorSpec.drawn(h, role + ".bias", experts()));
        }
        correction.ifPresent(name -> specs.add(TensorSpec.bias(h, name, experts())));
        return specs;
    }

    /** Logits of tokens x [N, D] -> [N, E]. */
    Tensor logits(Forward f, Weights w, Tensor x) {
        return f.linear(x, w.get(role + ".weight"), w.orNull(role + ".bias")); // [N, E]
    }

    /** What tokens would choose by those logits: int64 [N, k]. */
    Tensor choose(Kernels k, Weights w, Tensor logits) {
        return k.experts().choose(logits, correction.map(w::get).orElse(null), choice); // [N, k]
    }
}
