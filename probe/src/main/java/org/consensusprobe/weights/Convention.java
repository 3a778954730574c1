package org.consensusprobe.weights;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * How a file keeps a tensor otherwise than Hugging Face does, and how that is undone.
 *
 * @param kind what differs
 * @param heads attention heads, where rows are in another order
 */
record Convention(Kind kind, int heads) {
    static final Convention HUGGING_FACE = new Convention(Kind.NONE, 0);

    /** [out, in] in the file, where Hugging Face keeps a Conv1D as [in, out]. */
    static final Convention TRANSPOSED = new Convention(Kind.TRANSPOSED, 0);

    /** A norm's gain 1 + w, where Hugging Face keeps w. */
    static final Convention ONE_ADDED = new Convention(Kind.ONE_ADDED, 0);

    enum Kind {
        NONE,
        TRANSPOSED,
        ONE_ADDED,
        ROTARY_PAIRS
    }

    /** Rows of each head as rotary pairs (0, n, 1, n + 1, ...), where Hugging Face keeps halves (0, 1, ..., n, n + 1, ...). */
    static Convention rotaryPairs(int heads) {
        return new Convention(Kind.ROTARY_PAIRS, heads);
    }

    /** The shape in the file of a tensor of that shape; also the other way round. */
    List<Long> fileShape(List<Long> shape) {
        if (kind != Kind.TRANSPOSED) {
            return shape;
        }
        List<Long> reversed = new ArrayList<>(shape);
        Collections.reverse(reversed);
        return reversed;
    }

    /** Whether a tensor of that shape can be kept so. */
    boolean fits(List<Long> shape) {
        return switch (kind) {
            case NONE, ONE_ADDED -> true;
            case TRANSPOSED -> shape.size() == 2;
            case ROTARY_PAIRS -> !shape.isEmpty() && heads > 0 && shape.get(0) % (2L * heads) == 0;
        };
    }

    /** The tensor as Hugging Face keeps it, contiguous. */
    Tensor undo(Kernels kernels, Tensor stored) {
        return switch (kind) {
            case NONE -> stored;
            case TRANSPOSED -> kernels.tensors().transposedCopy(stored);
            case ONE_ADDED -> kernels.tensors().lessOne(kernels.tensors().convert(stored, DType.FLOAT32));
            case ROTARY_PAIRS -> kernels.tensors().halvesOfPairs(stored, heads);
        };
    }
}
