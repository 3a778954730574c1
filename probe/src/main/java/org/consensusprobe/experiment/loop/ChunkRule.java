package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Which prompts are computed together.
 *
 * <p>Prompts of one chunk have one length, so nothing is padded. The default size is a fixed rule on shapes alone, so
 * that a run repeats: as many prompts as make {@value #TARGET_TOKENS} tokens, at least one.
 *
 * <p>The size of chunks changes the number of rows of matrix products. With MKL in strict mode ({@code MKL_CBWR=AUTO,STRICT},
 * which the launcher sets) a row's bits do not depend on that number: errors are identical for any chunk, provided that the
 * feed-forward width is a multiple of 32, as in every published model (activations of a chunk's last, incomplete vector are
 * computed by another formula). Elsewhere a library may take another kernel for another number of rows; errors then differ
 * by no more than the bounds below, and so does a prompt that runs among others from the same prompt alone. Measured
 * without strict mode on the demo checkpoints: 0 in float64 and float32, 3e-7 with bfloat16 matrices.
 */
public final class ChunkRule {
    /** Enough rows for a matrix product's full rate, few enough that activations stay near the processor. */
    public static final int TARGET_TOKENS = 2048;

    /** The most that an error may depend on the chunk's size in float64. */
    public static final double FLOAT64_BOUND = 1e-14;

    /** The most that an error may depend on the chunk's size in float32. */
    public static final double FLOAT32_BOUND = 1e-6;

    /** The same with half-precision products, where one changed rounding is 2^-9 of a value. */
    public static final double HALF_BOUND = 5e-3;

    private ChunkRule() {}

    /** Prompts of a chunk for prompts of that length. */
    static int size(int tokens) {
        return Math.max(1, TARGET_TOKENS / tokens);
    }

    /**
     * Splits prompts into chunks.
     *
     * @param prompts token ids of each prompt
     * @param chunk prompts in a chunk; 0 for the rule's size
     * @return indices of prompts, chunk by chunk; shorter prompts first, otherwise in order
     */
    static List<int[]> split(List<int[]> prompts, int chunk) {
        TreeMap<Integer, List<Integer>> byLength = new TreeMap<>();
        for (int i = 0; i < prompts.size(); i++) {
            byLength.computeIfAbsent(prompts.get(i).length, n -> new ArrayList<>())
                    .add(i);
        }
        List<int[]> chunks = new ArrayList<>();
        byLength.forEach((tokens, members) -> {
            int size = chunk > 0 ? chunk : size(tokens);
            int[] indices = members.stream().mapToInt(Integer::intValue).toArray();
            for (int from = 0; from < indices.length; from += size) {
                chunks.add(Arrays.copyOfRange(indices, from, Math.min(from + size, indices.length)));
            }
        });
        return chunks;
    }

    /** The most shares that prompts can be cut into where chunks end. */
    public static int mostShares(List<int[]> prompts, int chunk) {
        return split(prompts, chunk).size();
    }

    /**
     * Cuts prompts where chunks end into shares of about as many tokens: split again, a share gives its chunks of the whole, so
     * a prompt has the same bits in both. The last share holds the last chunk, whose prompts are the longest.
     *
     * @param prompts token ids of each prompt
     * @param chunk as for the whole run
     * @param count how many shares; no more than there are chunks
     * @return indices of prompts in ascending order, share by share
     */
    public static List<int[]> shares(List<int[]> prompts, int chunk, int count) {
        List<int[]> chunks = split(prompts, chunk);
        if (count < 1 || count > chunks.size()) {
            throw new IllegalArgumentException(count + " shares of " + chunks.size() + " chunks");
        }
        long all = prompts.stream().mapToLong(p -> p.length).sum();
        List<int[]> shares = new ArrayList<>();
        List<Integer> members = new ArrayList<>();
        long tokens = 0;
        for (int i = 0; i < chunks.size(); i++) {
            for (int member : chunks.get(i)) {
                members.add(member);
                tokens += prompts.get(member).length;
            }
            int open = count - shares.size();
            boolean full = tokens >= (double) all * (shares.size() + 1) / count;
            if (open > 1 && (full || chunks.size() - i - 1 < open) || i == chunks.size() - 1) {
                shares.add(members.stream().mapToInt(Integer::intValue).sorted().toArray());
                members.clear();
            }
        }
        return shares;
    }
}
