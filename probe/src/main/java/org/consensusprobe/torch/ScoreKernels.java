package org.consensusprobe.torch;

/** Terms of attention scores that hang on where query and key stand. */
public final class ScoreKernels {
    private final KernelModule module;

    ScoreKernels(KernelModule module) {
        this.module = module;
    }

    /**
     * A bias of scores from a table of distances.
     *
     * @param table [N, H]
     * @param rows int64 [1, 2T - 1]: its row for each distance i - j of query and key, from 1 - T to T - 1
     * @return [1, H, T, T]
     */
    public Tensor biasByDistance(Tensor table, Tensor rows) {
        return module.tensor("bias_by_distance", table, rows);
    }

    /**
     * A bias of scores from a table of places in a grid of patches, as BEiT keeps it: of a patch seen from another, then of patches
     * seen from the class token, of the class token seen from patches and from itself.
     *
     * @param table [(2 rows - 1) (2 columns - 1) + 3, H]
     * @return [1, H, T, T] for T = 1 + rows columns
     */
    public Tensor biasByPlace(Tensor table, int rows, int columns) {
        return module.tensor("bias_by_place", table, (long) rows, (long) columns);
    }

    /**
     * Scores of queries or keys against what stands for the distance of query and key.
     *
     * @param x [B, T, H d], the queries or keys
     * @param table [N, H d]
     * @param rows int64 [1, 2T - 1]: its row for each distance i - j, from 1 - T to T - 1
     * @param ofKeys whether x are the keys
     * @return [B, H, T, T]
     */
    public Tensor scoresByDistance(Tensor x, Tensor table, Tensor rows, int heads, boolean ofKeys) {
        return module.tensor("scores_by_distance", x, table, rows, (long) heads, ofKeys);
    }
}
