package org.consensusprobe.measure;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.consensusprobe.torch.Tensor;

/**
 * The hidden states of all prompts at one depth.
 *
 * @param prompts how many prompts there are
 * @param chunks every prompt in exactly one of them
 */
public record DepthStates(int prompts, List<Chunk> chunks) {
    /**
     * Prompts of one length.
     *
     * @param members indices of the prompts
     * @param x [B, T, D], a row a member
     * @param known what measures have computed of it for each other, by name
     */
    public record Chunk(int[] members, Tensor x, Map<String, double[]> known) {
        public Chunk(int[] members, Tensor x) {
            this(members, x, new HashMap<>());
        }

        int tokens() {
            return Math.toIntExact(x.size(1));
        }

        /** Values that several measures need, computed once. */
        double[] once(String name, Supplier<double[]> values) {
            return known.computeIfAbsent(name, n -> values.get());
        }
    }

    int longest() {
        return chunks.stream().mapToInt(Chunk::tokens).max().orElseThrow();
    }
}
