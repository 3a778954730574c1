package org.consensusprobe.measure;

import java.util.List;
import org.consensusprobe.torch.Tensor;

/**
 * The hidden states of all prompts at one depth.
 *
 * @param prompts how many prompts there are
 * @param chunks every prompt in exactly one of them
 */
public record Snapshot(int prompts, List<Chunk> chunks) {
    /**
     * Prompts of one length.
     *
     * @param members indices of the prompts
     * @param x [B, T, D], a row a member
     */
    public record Chunk(int[] members, Tensor x) {
        int tokens() {
            return Math.toIntExact(x.size(1));
        }
    }

    int longest() {
        return chunks.stream().mapToInt(Chunk::tokens).max().orElseThrow();
    }
}
