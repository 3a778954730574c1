package org.consensusprobe.weights;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/** How a tensor is made of stored ones, anew each time it is asked for: nothing but its layer's is ever in memory. */
interface Recipe {
    /** What the made tensor's elements are. */
    DType dtype();

    /** What it is made of, the largest share first. */
    List<StoredTensor> parts();

    /** What it is kept as, in a word. */
    default String form() {
        return parts().get(0).type().name();
    }

    /** Whether values of a few bits are made whole for it, so that a run computes with what they stand for. */
    default boolean isDequantised() {
        return true;
    }

    /**
     * How a stretch of the made tensor is made by itself; empty where it cannot be.
     *
     * @param first its first element
     */
    default Optional<Recipe> part(List<Long> shape, long first) {
        return Optional.empty();
    }

    /** The tensor, contiguous, in the kernels' scope; what is only needed on the way is freed. */
    Tensor make(Kernels kernels, Reader reader);

    /** Reads stored tensors. */
    @FunctionalInterface
    interface Reader {
        Tensor get(Kernels kernels, StoredTensor stored);
    }
}
