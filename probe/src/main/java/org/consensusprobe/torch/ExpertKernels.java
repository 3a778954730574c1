package org.consensusprobe.torch;

import ai.djl.pytorch.jni.JniUtils;

/**
 * What mixtures of experts and latent attention do beside products. Shapes: N tokens, E experts, k of them chosen for a token,
 * D model width, H heads.
 */
public final class ExpertKernels {
    private final KernelModule module;

    ExpertKernels(KernelModule module) {
        this.module = module;
    }

    /**
     * How tokens choose.
     *
     * @param experts E
     * @param chosen k
     * @param sigmoid whether an expert's score is the sigmoid of its logit; else their softmax
     * @param normalised whether the scores of the chosen are divided by their sum
     * @param factor of the scores of the chosen
     * @param groups of neighbouring experts, of which each token keeps some; 1 for no groups
     * @param keptGroups how many it keeps
     * @param byTwo whether a group counts by the sum of its two largest scores; else by its largest
     */
    public record Choice(
            int experts,
            int chosen,
            boolean sigmoid,
            boolean normalised,
            double factor,
            int groups,
            int keptGroups,
            boolean byTwo) {}

    /** The experts of every token, int64 [N, k] in ascending order, by logits [N, E] and a bias [E] of the choice alone, or null. */
    public Tensor choose(Tensor logits, Tensor bias, Choice choice) {
        return module.tensor(
                "choose_experts",
                logits,
                module.optional(bias),
                (long) choice.chosen,
                choice.sigmoid,
                (long) choice.groups,
                (long) choice.keptGroups,
                choice.byTwo,
                threads());
    }

    /** Factors of what those experts give: logits [N, E], chosen int64 [N, k] -> [N, k]. */
    public Tensor weights(Tensor logits, Tensor chosen, Choice choice) {
        return module.tensor(
                "expert_weights", logits, chosen, choice.sigmoid, choice.normalised, choice.factor, threads());
    }

    /** The elements of a choice [N, k], token after token. */
    public long[] values(Tensor chosen) {
        try (Tensor values = module.tensor("choice_values", chosen)) {
            return values.toLongs();
        }
    }

    /** Another choice in place of one [N, k], on its device. */
    public Tensor otherChoice(long[] values, Tensor chosen) {
        return module.tensor("other_choice", values, chosen);
    }

    /** Zeros of x's shape, dtype and device. */
    public Tensor nothingLike(Tensor x) {
        return module.tensor("nothing_like", x);
    }

    /** The tokens that chose an expert, int64 [n]. */
    public Tensor tokensOf(Tensor chosen, int expert) {
        return module.tensor("tokens_of_expert", chosen, (long) expert);
    }

    /** Of x [N, D] the listed tokens from the first on, and zeros behind the last -> [rows, D]. */
    public Tensor tokensAt(Tensor x, Tensor tokens, long first, int rows) {
        return module.tensor("tokens_at", x, tokens, first, (long) rows);
    }

    /** y [N, D] += what an expert gives those tokens, out [rows, D], times their factors in weights [N, k], in place. */
    public void add(Tensor y, Tensor out, Tensor tokens, long first, Tensor chosen, Tensor weights, int expert) {
        module.run("add_expert", y, out, tokens, first, chosen, weights, (long) expert)
                .close();
    }

    /** gpt_oss's gate of x [n, 2F], gate and up in turn -> [n, F]. */
    public Tensor clampedGate(Tensor x, double limit, double alpha) {
        return module.tensor("clamped_gate", x, limit, alpha, threads());
    }

    private static long threads() {
        return JniUtils.getNumThreads();
    }

    /** Rotary positions on the last 2 n entries of each head of x [B, T, H d]; table [2, T, n]; by neighbours or halves. */
    public Tensor rotateTails(Tensor x, Tensor table, int heads, boolean pairs) {
        return module.tensor("rotate_tails", x, table, (long) heads, pairs);
    }

    /** Keys of latent attention: x [B, T, H (n + v)], turned [B, T, r] -> [B, T, H (n + r)]. */
    public Tensor latentKeys(Tensor x, Tensor turned, int heads, int n) {
        return module.tensor("latent_keys", x, turned, (long) heads, (long) n);
    }

    /** Values of latent attention: x [B, T, H (n + v)] -> [B, T, H v]. */
    public Tensor latentValues(Tensor x, int heads, int n) {
        return module.tensor("latent_values", x, (long) heads, (long) n);
    }
}
