package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * Sees what happens inside a block, without changing it. Tensors live until the block has returned.
 */
public interface BlockTap {
    /**
     * The attention matrices of the layer, which cost a product of their own.
     *
     * @param matrices usable until the call returns, unless they are {@linkplain AttentionRows#keepIn kept}
     */
    default void onMatrices(AttentionRows matrices) {}

    /**
     * What attention takes.
     *
     * @param k keys [B, T, G d], behind rotation
     * @param v values [B, T, G e]
     */
    default void onKeysAndValues(Tensor k, Tensor v, AttentionShape shape) {}

    /** Whether {@link #onBranch} is to be called: then what attention adds is made apart from the sum, at the price of a copy. */
    default boolean seesBranch() {
        return false;
    }

    /**
     * What attention adds to the residual stream.
     *
     * @param branch [B, T, D], after the factor of {@link Ingredients#attentionScale}
     * @param x [B, T, D], the stream before it is added
     */
    default void onBranch(Tensor branch, Tensor x) {}

    /**
     * The stream behind attention's half, before the feed-forward half: also where one of the two is left out.
     *
     * @param x [B, T, D]
     */
    default void onMiddle(Tensor x) {}

    /**
     * In place of {@link #onMiddle} where both halves are fed from the block's input.
     *
     * @param branch [B, T, D], what attention is to add; not changed until the block has returned
     * @param x [B, T, D], the block's input
     */
    default void onParallel(Tensor branch, Tensor x) {}

    /**
     * A further pair of halves begins in the same layer.
     *
     * @param x [B, T, D], what enters it
     */
    default void onAgain(Tensor x) {}

    /**
     * What is about to enter attention's output projection and be added to the stream as it is.
     *
     * @param heads [B, T, H d], the outputs of all heads
     * @param w [D, H d]
     */
    default void onHeads(Tensor heads, Tensor w) {}

    /** A norm stands on the stream behind a half: what was added before is not a part of the sum any more. */
    default void onNormed() {}

    /**
     * The block begins.
     *
     * @param kernels with results that live until the block has returned
     * @param x [B, T, D], overwritten by what the block returns
     */
    default void onEnter(Kernels kernels, Tensor x) {}

    /**
     * What the block returned.
     *
     * @param x [B, T, D]
     * @param anew the same block again, on other states
     */
    default void onReturn(Tensor x, Anew anew) {}

    /** Runs attention's half of a block once more. */
    @FunctionalInterface
    interface Anew {
        /**
         * The stream behind attention's half and its norm.
         *
         * @param x [B, T, D], what enters; overwritten
         * @param heads that speak, counted from 0, all where there are none
         */
        void attention(Kernels kernels, Tensor x, List<Integer> heads);
    }

    /** Several as one. */
    static Optional<BlockTap> of(List<BlockTap> taps) {
        return taps.size() < 2 ? taps.stream().findFirst() : Optional.of(new Several(taps));
    }

    /** Taps that see the same. */
    record Several(List<BlockTap> taps) implements BlockTap {
        @Override
        public boolean seesBranch() {
            return taps.stream().anyMatch(BlockTap::seesBranch);
        }

        @Override
        public void onMatrices(AttentionRows matrices) {
            taps.forEach(tap -> tap.onMatrices(matrices));
        }

        @Override
        public void onKeysAndValues(Tensor k, Tensor v, AttentionShape shape) {
            taps.forEach(tap -> tap.onKeysAndValues(k, v, shape));
        }

        @Override
        public void onBranch(Tensor branch, Tensor x) {
            taps.forEach(tap -> {
                if (tap.seesBranch()) {
                    tap.onBranch(branch, x);
                }
            });
        }

        @Override
        public void onMiddle(Tensor x) {
            taps.forEach(tap -> tap.onMiddle(x));
        }

        @Override
        public void onParallel(Tensor branch, Tensor x) {
            taps.forEach(tap -> tap.onParallel(branch, x));
        }

        @Override
        public void onAgain(Tensor x) {
            taps.forEach(tap -> tap.onAgain(x));
        }

        @Override
        public void onHeads(Tensor heads, Tensor w) {
            taps.forEach(tap -> tap.onHeads(heads, w));
        }

        @Override
        public void onNormed() {
            taps.forEach(BlockTap::onNormed);
        }

        @Override
        public void onEnter(Kernels kernels, Tensor x) {
            taps.forEach(tap -> tap.onEnter(kernels, x));
        }

        @Override
        public void onReturn(Tensor x, Anew anew) {
            taps.forEach(tap -> tap.onReturn(x, anew));
        }
    }
}
