package org.consensusprobe.model;

import java.util.function.Supplier;
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
}
