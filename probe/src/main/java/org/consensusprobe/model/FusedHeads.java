package org.consensusprobe.model;

import java.util.Optional;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * How one matrix holds the queries, keys and values of all heads: in groups, each of some query heads, then some key heads, then
 * as many value heads (or values before keys). One group is q | k | v; a group for each head is the order of GPT-NeoX and BLOOM.
 *
 * @param groups groups in a row
 * @param queries query heads of a group
 * @param keys key heads of a group, and value heads
 * @param headSize d
 * @param valuesFirst whether a group's values stand before its keys
 */
record FusedHeads(int groups, int queries, int keys, int headSize, boolean valuesFirst) {
    /** q | k | v. */
    static FusedHeads inARow(int heads, int keyValueHeads, int headSize) {
        return new FusedHeads(1, heads, keyValueHeads, headSize, false);
    }

    /** Each group of query heads with its one key and value head. */
    static FusedHeads byKeyHead(int heads, int keyValueHeads, int headSize) {
        return new FusedHeads(keyValueHeads, heads / keyValueHeads, 1, headSize, false);
    }

    /** Rows of the matrix. */
    long width() {
        return groups * groupWidth();
    }

    private long groupWidth() {
        return (queries + 2L * keys) * headSize;
    }

    /** The queries of fused [B, T, width] -> [B, T, H d]. */
    Tensor query(Kernels k, Tensor fused) {
        return ofTokens(k, fused, 0, queries);
    }

    /** The keys of fused [B, T, width] -> [B, T, G d]. */
    Tensor key(Kernels k, Tensor fused) {
        return ofTokens(k, fused, queries + (valuesFirst ? keys : 0), keys);
    }

    /** The values of fused [B, T, width] -> [B, T, G d]. */
    Tensor value(Kernels k, Tensor fused) {
        return ofTokens(k, fused, queries + (valuesFirst ? 0 : keys), keys);
    }

    private Tensor ofTokens(Kernels k, Tensor fused, long from, long count) {
        if (groups == 1) {
            return k.columns(fused, from * headSize, (from + count) * headSize);
        }
        long[] byGroup = {fused.size(0), fused.size(1), groups, groupWidth()};
        Tensor part = k.columns(
                k.tensors().reshape(fused, byGroup), from * headSize, (from + count) * headSize); // [B, T, groups, n d]
        return k.tensors().reshape(part, new long[] {fused.size(0), fused.size(1), groups * count * headSize});
    }

    /**
     * The matrices of attention, taken out of the fused one.
     *
     * @param matrix [width, D]
     * @param out [D, H d]
     * @param gain [D], of the LayerNorm before attention; empty where none stands there
     */
    Projections projections(Kernels k, Tensor matrix, Tensor out, Optional<Tensor> gain) {
        return new Projections(
                ofRows(k, matrix, 0, queries),
                ofRows(k, matrix, queries + (valuesFirst ? keys : 0), keys),
                ofRows(k, matrix, queries + (valuesFirst ? 0 : keys), keys),
                out,
                groups * queries,
                groups * keys,
                gain,
                gain.isPresent());
    }

    private Tensor ofRows(Kernels k, Tensor matrix, long from, long count) {
        long size = headSize * matrix.size(1);
        Tensor byGroup = k.tensors().reshape(matrix, new long[] {groups, groupWidth() * matrix.size(1)});
        return k.tensors().reshape(k.columns(byGroup, from * size, (from + count) * size), new long[] {
            groups * count * headSize, matrix.size(1)
        });
    }
}
