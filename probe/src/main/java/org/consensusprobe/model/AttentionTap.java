package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.Tensor;

/**
 * Sees what attention does inside a block, without changing it. Tensors live until the call returns.
 */
public interface AttentionTap {
    /**
     * The attention matrices of the layer, which cost a product of their own.
     *
     * @param matrices usable until the call returns, unless they are {@linkplain AttentionRows#keepIn kept}
     */
    void onMatrices(AttentionRows matrices);

    /**
     * What attention adds to the residual stream.
     *
     * @param branch [B, T, D], after the factor of {@link Ingredients#attentionScale}
     * @param x [B, T, D], the stream before it is added
     */
    void onBranch(Tensor branch, Tensor x);

    /** Several as one. */
    static Optional<AttentionTap> of(List<AttentionTap> taps) {
        if (taps.size() < 2) {
            return taps.stream().findFirst();
        }
        return Optional.of(new AttentionTap() {
            @Override
            public void onMatrices(AttentionRows matrices) {
                taps.forEach(tap -> tap.onMatrices(matrices));
            }

            @Override
            public void onBranch(Tensor branch, Tensor x) {
                taps.forEach(tap -> tap.onBranch(branch, x));
            }
        });
    }
}
