package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/** A feed-forward layer, without norm and skip: of one kind for every token, or a mixture of experts. */
interface FeedForward {
    /** Its tensors in the layer whose names begin so. */
    List<TensorSpec> tensors(String h);

    /** Its values of x: [.., D] -> [.., D]. */
    Tensor of(Forward f, Weights w, Tensor x);

    /** Values that it holds at most for a token, besides x and the result. */
    long valuesPerToken();

    /** part [B, t, D] += its values of the norm m [B, t, D] of part, in place. */
    default void add(Forward f, Weights w, Tensor part, Tensor m) {
        f.add(part, of(f, w, m));
    }
}
