package org.consensusprobe.measure;

import java.util.List;
import java.util.function.BiFunction;
import org.consensusprobe.torch.Kernels;

/**
 * A measure of what attention does in a block. At the embedding it is NaN.
 *
 * @param byHead whether it has a value a head
 * @param matrices whether it looks at the attention matrices; otherwise at the branch alone
 * @param overPass whether the values recorded of a block are the product of the reduction's over the blocks of the pass so
 *     far
 * @param reduction of a chunk's attention to its values, prompt after prompt
 */
public record AttentionMeasure(
        About about,
        boolean byHead,
        boolean matrices,
        boolean overPass,
        BiFunction<Kernels, Attended, double[]> reduction)
        implements Measure {
    AttentionMeasure(About about, boolean byHead, boolean matrices, BiFunction<Kernels, Attended, double[]> reduction) {
        this(about, byHead, matrices, false, reduction);
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return byHead
                ? List.of(new Axis(
                        "head",
                        java.util.stream.IntStream.rangeClosed(1, sizes.heads())
                                .mapToObj(Integer::toString)
                                .toList()))
                : List.of();
    }
}
