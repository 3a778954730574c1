package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.Tensor;

/**
 * Sees what attention does inside a block, without changing it. Tensors live until the call returns.
 */
public interface AttentionTap {
    /**
     * The attention matrices of the layer.
     *
     * @param matrices makes A [B, H, T, T], row i over the tokens that token i sees; costs a product of its own
     */
    void onMatrices(Supplier<Tensor> matrices);

    /**
     * What attention adds to the residual stream.
     *
     * @param branch [B, T, D], after the factor of {@link Ingredients#attentionScale}
     * @param x [B, T, D], the stream before it is added
     */
    void onBranch(Tensor branch, Tensor x);

    /** Several as one, which make the matrices once. */
    static Optional<AttentionTap> of(List<AttentionTap> taps) {
        if (taps.size() < 2) {
            return taps.stream().findFirst();
        }
        return Optional.of(new AttentionTap() {
            @Override
            public void onMatrices(Supplier<Tensor> matrices) {
                Tensor[] made = new Tensor[1];
                Supplier<Tensor> once = () -> made[0] = made[0] == null ? matrices.get() : made[0];
                taps.forEach(tap -> tap.onMatrices(once));
            }

            @Override
            public void onBranch(Tensor branch, Tensor x) {
                taps.forEach(tap -> tap.onBranch(branch, x));
            }
        });
    }
}
