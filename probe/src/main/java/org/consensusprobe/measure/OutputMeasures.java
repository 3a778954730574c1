package org.consensusprobe.measure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    private static final int POSITIONS = 32;

    private OutputMeasures() {}

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
    public static Values of(Kernels kernels, Transformer model, Weights head, Snapshot states) {
        int prompts = states.prompts();
        List<List<Integer>> rows = rows(states);
        double[] entropy = new double[prompts];
        double[] across = new double[prompts];
        int[] shared = new int[prompts];
        int[] lengths = lengths(states);
        try (Scope sums = Scope.open()) {
            Tensor[] means = new Tensor[prompts];
            for (int from = 0; from < states.longest(); from += POSITIONS) {
                try (Scope block = Scope.open()) {
                    Tensor total = null; // float64 [positions, V]
                    int to = Math.min(states.longest(), from + POSITIONS);
                    double[] entropies = new double[to - from];
                    int[] reached = new int[to - from];
                    for (int c = 0; c < states.chunks().size(); c++) {
                        Snapshot.Chunk chunk = states.chunks().get(c);
                        int end = Math.min(to, chunk.tokens());
                        for (int row = 0; row < rows.get(c).size() && from < end; row++) {
                            int prompt = rows.get(c).get(row);
                            try (Scope one = Scope.open()) {
                                Kernels k = kernels.in(one);
                                Tensor x = k.measures()
                                        .derive("positions", chunk.x(), (long) row, (long) from, (long) end);
                                Tensor logP =
                                        k.measures().derive("log_probabilities", model.logits(k, head, x)); // [t, V]
                                double[] h = k.measures().reduce("entropies", logP);
                                for (int t = 0; t < h.length; t++) {
                                    entropy[prompt] += h[t] / lengths[prompt];
                                    entropies[t] += h[t];
                                    reached[t]++;
                                }
                                means[prompt] = addTo(
                                        sums, k, means[prompt], k.measures().derive("sum_of_exp", logP));
                                total = total == null
                                        ? block.keep(k.measures().derive("padded_exp", logP, (long) (to - from)))
                                        : total;
                                if (reached[0] > 1) {
                                    k.measures().reduce("add_exp", total, logP);
                                }
                            }
                        }
                    }
                    double[] mixed = kernels.in(block).measures().reduce("mixture_entropies", total, longs(reached));
                    for (int p = 0; p < prompts; p++) {
                        for (int t = 0; t < Math.min(to, lengths[p]) - from; t++) {
                            if (reached[t] > 1) {
                                across[p] += mixed[t] - entropies[t] / reached[t];
                                shared[p]++;
                            }
                        }
                    }
                }
            }
            double[] positions = new double[prompts];
            for (int p = 0; p < prompts; p++) {
                double mixed = kernels.in(sums).measures().reduce("mixture_entropy", means[p], (double) lengths[p])[0];
                positions[p] = Math.max(0, mixed - entropy[p]);
                across[p] = shared[p] == 0 ? Double.NaN : Math.max(0, across[p] / shared[p]);
            }
            return new Values(entropy, positions, across);
        }
    }

    private static Tensor addTo(Scope scope, Kernels kernels, Tensor sum, Tensor part) {
        if (sum == null) {
            return scope.keep(part);
        }
        kernels.add(sum, part);
        return sum;
    }

    private static List<List<Integer>> rows(Snapshot states) {
        List<List<Integer>> rows = new ArrayList<>();
        states.chunks().forEach(c -> rows.add(Arrays.stream(c.members()).boxed().toList()));
        return rows;
    }

    private static int[] lengths(Snapshot states) {
        int[] lengths = new int[states.prompts()];
        for (Snapshot.Chunk chunk : states.chunks()) {
            for (int member : chunk.members()) {
                lengths[member] = chunk.tokens();
            }
        }
        return lengths;
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }
}
