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
 * @param strides how many elements lie between neighbours of each dimension, where rows do not follow one another
 */
record Convention(Kind kind, int heads, List<Long> strides) {
    static final Convention HUGGING_FACE = new Convention(Kind.NONE, 0, List.of());

    /** [out, in] in the file, where Hugging Face keeps a Conv1D as [in, out]. */
    static final Convention TRANSPOSED = new Convention(Kind.TRANSPOSED, 0, List.of());

    /** A norm's gain 1 + w, where Hugging Face keeps w. */
    static final Convention ONE_ADDED = new Convention(Kind.ONE_ADDED, 0, List.of());

    enum Kind {
        NONE,
        TRANSPOSED,
        ONE_ADDED,
        ROTARY_PAIRS,
        STRIDED
    }

    /** Rows of each head as rotary pairs (0, n, 1, n + 1, ...), where Hugging Face keeps halves (0, 1, ..., n, n + 1, ...). */
    static Convention rotaryPairs(int heads) {
        return new Convention(Kind.ROTARY_PAIRS, heads, List.of());
    }

    /** A view of more than its own elements, or of them in another order: the transpose of a matrix, a part of one. */
    static Convention strided(List<Long> strides) {
        return new Convention(Kind.STRIDED, 0, List.copyOf(strides));
    }

    /** The shape in the file of a tensor of that shape; also the other way round, if its rows follow one another. */
    List<Long> fileShape(List<Long> shape) {
        if (kind == Kind.STRIDED) {
            return List.of(spanned(shape));
        }
        if (kind != Kind.TRANSPOSED) {
            return shape;
        }
        List<Long> reversed = new ArrayList<>(shape);
        Collections.reverse(reversed);
        return reversed;
    }

    /** The elements from the first to the last. */
    private long spanned(List<Long> shape) {
        long spanned = 1;
        for (int i = 0; i < shape.size(); i++) {
            spanned = Math.addExact(spanned, Math.multiplyExact(shape.get(i) - 1, strides.get(i)));
        }
        return spanned;
    }

    /** Whether a tensor of that shape can be kept so. */
    boolean fits(List<Long> shape) {
        return switch (kind) {
            case NONE, ONE_ADDED -> true;
            case STRIDED -> strides.size() == shape.size();
            case TRANSPOSED -> shape.size() == 2;
            case ROTARY_PAIRS -> !shape.isEmpty() && heads > 0 && shape.get(0) % (2L * heads) == 0;
        };
    }

    /** The tensor as Hugging Face keeps it, contiguous and of that shape. */
    Tensor undo(Kernels kernels, Tensor stored, List<Long> shape) {
        return switch (kind) {
            case NONE -> stored;
            case TRANSPOSED -> kernels.tensors().transposedCopy(stored);
            case ONE_ADDED -> kernels.tensors().lessOne(kernels.tensors().convert(stored, DType.FLOAT32));
            case STRIDED -> kernels.tensors().stridedCopy(stored, array(shape), array(strides));
            case ROTARY_PAIRS -> kernels.tensors().halvesOfPairs(stored, heads);
        };
    }

    private static long[] array(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }
}
