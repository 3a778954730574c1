package org.consensusprobe.torch;

/** What enters the first block: embeddings of tokens and positions, or states made of them. */
public final class EmbeddingKernels {
    private final KernelModule module;

    EmbeddingKernels(KernelModule module) {
        this.module = module;
    }

    /** Rows of the token table [V, D] for ids int64 [B, T], plus the first T rows of positions -> [B, T, D]. */
    public Tensor embed(Tensor table, Tensor positions, Tensor ids, DType dtype) {
        return module.tensor("embed", table, positions, ids, (long) dtype.torchCode());
    }

    /** Rows of the token table [V, D] for ids int64 [B, T], times a factor -> [B, T, D]. */
    public Tensor embedTokens(Tensor table, Tensor ids, double factor, DType dtype) {
        return module.tensor("embed_tokens", table, ids, factor, (long) dtype.torchCode());
    }

    /**
     * Positions that count from a padding id on: ids int64 [B, T] -> int64 [B, T]. A token that is the padding id has that
     * id's position and is not counted.
     */
    public Tensor positionsAfter(Tensor ids, int padding) {
        return module.tensor("positions_after", ids, (long) padding);
    }

    /**
     * What ESM makes of embeddings x [B, T, D] of ids int64 [B, T], for the tokens that its training drops: those of the mask id
     * become 0, the others are scaled by 0.88 / (1 - the share of mask ids in their prompt).
     */
    public Tensor withoutMasks(Tensor x, Tensor ids, int mask) {
        return module.tensor("without_masks", x, ids, (long) mask);
    }

    /** Patches of h x w pixels of images [B, C, H, W], row by row -> [B, n, C h w]; what is left of an edge is cut off. */
    public Tensor patches(Tensor pixels, int h, int w) {
        return module.tensor("patches", pixels, (long) h, (long) w);
    }

    /** Tokens [m, D] put into every prompt of x [B, T, D] at a place -> [B, T + m, D]. */
    public Tensor withTokens(Tensor x, Tensor tokens, int at) {
        return module.tensor("with_tokens", x, tokens, (long) at);
    }

    /**
     * Positions for another number of patches, as {@code torch.nn.functional.interpolate} makes them (bicubic, corners not
     * aligned).
     *
     * @param table [m + rows columns, D]: of m tokens that stand before the patches, and of the patches
     * @param size rows and columns that are wanted
     * @return [m + size[0] size[1], D]
     */
    public Tensor resampledGrid(Tensor table, int before, int rows, int columns, long[] size, boolean antialias) {
        return module.tensor("resampled_grid", table, (long) before, (long) rows, (long) columns, size, antialias);
    }

    /** For x [B, T, D]: one prompt [1, T, D] whose tokens all equal the first token of prompt 0. */
    public Tensor repeatFirstToken(Tensor x) {
        return module.tensor("repeat_first_token", x);
    }

    /**
     * Directions drawn uniformly on the sphere, each at the norm of its token.
     *
     * @param x [1, T, D]
     * @param normal [T, D], entries N(0, 1)
     * @return [T, D]
     */
    public Tensor directions(Tensor x, Tensor normal) {
        return module.tensor("directions", x, normal);
    }

    /**
     * The first token again and again, each time moved in a direction of its own.
     *
     * @param x [1, T, D]
     * @param normal [T, D], entries N(0, 1)
     * @param size of the move, relative to the token's norm
     * @return [T, D]
     */
    public Tensor nearConsensus(Tensor x, Tensor normal, double size) {
        return module.tensor("near_consensus", x, normal, size);
    }
}
