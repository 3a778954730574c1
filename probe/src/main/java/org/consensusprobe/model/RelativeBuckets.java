package org.consensusprobe.model;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * T5's relative positions (Raffel et al., arXiv 1910.10683, section 2.1): the distance of key and query is sorted into buckets, half
 * of them for keys behind the query and half for those before it, single distances first, then wider and wider ones; a table
 * has a bias of scores for each bucket and head.
 *
 * @param rows of the table
 * @param buckets that distances are sorted into
 * @param farthest distance, from which on all are in the last bucket
 */
record RelativeBuckets(int rows, int buckets, int farthest) {
    /** Of the first T5 models. */
    static final RelativeBuckets T5 = new RelativeBuckets(32, 32, 128);

    /** The bucket of keys at a position j - i relative to the query. */
    int of(int relative) {
        int half = buckets / 2;
        int exact = half / 2;
        int distance = Math.abs(relative);
        int place = distance;
        if (distance >= exact) {
            double far = StrictMath.log((double) distance / exact) / StrictMath.log((double) farthest / exact);
            place = Math.min(half - 1, exact + (int) (far * (half - exact)));
        }
        return (relative > 0 ? half : 0) + place;
    }

    /** The bias of scores from the table [rows, H]: [1, H, T, T]. */
    Tensor bias(Kernels k, Tensor table, long tokens) {
        int n = Math.toIntExact(tokens);
        long[] byDistance = new long[2 * n - 1]; // of i - j = 1 - n .. n - 1
        for (int back = 1 - n; back < n; back++) {
            byDistance[back + n - 1] = of(-back);
        }
        Tensor distances = k.tensors().ids(byDistance, 1); // int64 [1, 2T - 1]
        return k.scores().biasByDistance(table, distances); // [1, H, T, T]
    }

    /** Values that attention makes besides, for each token: the bias and matrices. */
    static long valuesPerToken(int heads, int tokens) {
        return (long) heads * tokens + 3 * AttentionRows.valuesAtATime(heads, tokens) / tokens;
    }
}
