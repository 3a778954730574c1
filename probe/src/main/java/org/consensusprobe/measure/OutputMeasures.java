package org.consensusprobe.measure;

import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/**
 * What hidden states say about the next token: how undecided its distributions are, and how far apart.
 *
 * <p>Positions are taken a few at a time, and prompts one by one, so that the scores of a whole vocabulary are never held
 * for more than {@value #POSITIONS} tokens. All logarithms are natural; sums are float64.
 */
public final class OutputMeasures {
    /** Whose scores are held at a time. */
    public static final int POSITIONS = 32;

    private final Kernels kernels;
    private final Transformer model;
    private final Weights head;
    private final DepthStates states;
    private final Scope sums;
    private final int[] lengths;
    private final Tensor[] means; // of a prompt's distributions, [V]
    private final double[] entropy;
    private final double[] across;
    private final int[] shared;

    private OutputMeasures(Kernels kernels, Transformer model, Weights head, DepthStates states, Scope sums) {
        this.kernels = kernels;
        this.model = model;
        this.head = head;
        this.states = states;
        this.sums = sums;
        this.lengths = lengths(states);
        this.means = new Tensor[states.prompts()];
        this.entropy = new double[states.prompts()];
        this.across = new double[states.prompts()];
        this.shared = new int[states.prompts()];
    }

    /**
     * One value a prompt each, in the prompts' order.
     *
     * @param entropy mean over positions of H(p_t), in nats
     * @param acrossPositions Jensen-Shannon divergence of a prompt's distributions: H(mean_t p_t) - mean_t H(p_t)
     * @param acrossPrompts the same over the prompts that reach a position, averaged over the prompt's positions that
     *     another reaches; NaN without another prompt
     */
    public record Values(double[] entropy, double[] acrossPositions, double[] acrossPrompts) {}

    /**
     * Measures.
     *
     * @param head the tensors of {@link Transformer#head()}
     * @param states after the final norm
     */
    public static Values of(Kernels kernels, Transformer model, Weights head, DepthStates states) {
        try (Scope sums = Scope.open()) {
            OutputMeasures measures = new OutputMeasures(kernels, model, head, states, sums);
            for (int from = 0; from < states.longest(); from += POSITIONS) {
                measures.take(from, Math.min(states.longest(), from + POSITIONS));
            }
            return measures.values();
        }
    }

    /** Takes in the distributions of all prompts at some positions. */
    private void take(int from, int to) {
        try (Scope block = Scope.open()) {
            Tensor total = null; // float64 [positions, V]
            double[] entropies = new double[to - from];
            long[] reached = new long[to - from];
            for (DepthStates.Chunk chunk : states.chunks()) {
                int end = Math.min(to, chunk.tokens());
                for (int row = 0; row < chunk.members().length && from < end; row++) {
                    try (Scope one = Scope.open()) {
                        Kernels k = kernels.in(one);
                        Tensor x = k.measures().derive("positions", chunk.x(), (long) row, (long) from, (long) end);
                        Tensor logP = k.measures().derive("log_probabilities", model.logits(k, head, x)); // [t, V]
                        take(k, logP, chunk.members()[row], entropies, reached);
                        total = total == null
                                ? block.keep(k.measures().derive("padded_exp", logP, (long) (to - from)))
                                : total;
                        if (reached[0] > 1) {
                            k.measures().reduce("add_exp", total, logP);
                        }
                    }
                }
            }
            double[] mixed = kernels.in(block).measures().reduce("mixture_entropies", total, reached);
            for (int p = 0; p < across.length; p++) {
                for (int t = 0; t < Math.min(to, lengths[p]) - from; t++) {
                    if (reached[t] > 1) {
                        across[p] += mixed[t] - entropies[t] / reached[t];
                        shared[p]++;
                    }
                }
            }
        }
    }

    private void take(Kernels k, Tensor logP, int prompt, double[] entropies, long[] reached) {
        double[] h = k.measures().reduce("entropies", logP);
        for (int t = 0; t < h.length; t++) {
            entropy[prompt] += h[t] / lengths[prompt];
            entropies[t] += h[t];
            reached[t]++;
        }
        Tensor sum = k.measures().derive("sum_of_exp", logP);
        if (means[prompt] == null) {
            means[prompt] = sums.keep(sum);
        } else {
            k.add(means[prompt], sum);
        }
    }

    private Values values() {
        double[] positions = new double[lengths.length];
        for (int p = 0; p < positions.length; p++) {
            double mixed = kernels.in(sums).measures().reduce("mixture_entropy", means[p], (double) lengths[p])[0];
            positions[p] = Math.max(0, mixed - entropy[p]);
            across[p] = shared[p] == 0 ? Double.NaN : Math.max(0, across[p] / shared[p]);
        }
        return new Values(entropy, positions, across);
    }

    private static int[] lengths(DepthStates states) {
        int[] lengths = new int[states.prompts()];
        for (DepthStates.Chunk chunk : states.chunks()) {
            for (int member : chunk.members()) {
                lengths[member] = chunk.tokens();
            }
        }
        return lengths;
    }
}
