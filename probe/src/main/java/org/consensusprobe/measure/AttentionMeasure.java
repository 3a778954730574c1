package org.consensusprobe.measure;

import java.util.List;
import java.util.function.BiFunction;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.torch.Kernels;

/**
 * A measure of what attention does in a block. At the embedding it is NaN.
 *
 * @param byHead whether it has a value a head
 * @param sees how much it looks at at a time
 * @param branch whether it needs what attention adds to the residual stream, too
 * @param overPass whether the values recorded of a block are the product of the reduction's over the blocks of the pass so
 *     far
 * @param reduction of a chunk's attention to its values, prompt after prompt
 */
public record AttentionMeasure(
        About about,
        boolean byHead,
        Sees sees,
        boolean branch,
        boolean overPass,
        BiFunction<Kernels, Attended, double[]> reduction)
        implements Measure {
    /** How much of the attention matrices a measure needs at a time. */
    public enum Sees {
        /** The branch alone. */
        NO_MATRIX,
        /** Some rows. */
        ROWS,
        /** The whole matrix of one head. */
        ONE_HEAD,
        /** The mean over heads, whole. */
        MEAN
    }

    AttentionMeasure(
            About about, boolean byHead, Sees sees, boolean branch, BiFunction<Kernels, Attended, double[]> reduction) {
        this(about, byHead, sees, branch, false, reduction);
    }

    /** Whether it looks at the attention matrices; otherwise at the branch alone. */
    public boolean matrices() {
        return sees != Sees.NO_MATRIX;
    }

    // beside the branch: the scores of all heads or of one tile, twice in float64; of their mean over heads, a
    // decomposition's
    // copies
    @Override
    public long bytes(Sizes sizes) {
        long branch = 2L * Double.BYTES * sizes.values();
        long square = sizes.prompts() * sizes.tokens() * sizes.tokens();
        if (!matrices()) {
            return branch;
        }
        long made =
                3L * Double.BYTES * sizes.prompts() * AttentionRows.valuesAtATime(sizes.heads(), (int) sizes.tokens());
        return branch + made + (sees == Sees.ROWS ? 0 : sees == Sees.ONE_HEAD ? 3 : 6) * Double.BYTES * square;
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return byHead
                ? List.of(new Axis(
                        "head",
                        java.util.stream.IntStream.range(0, sizes.heads())
                                .mapToObj(Integer::toString)
                                .toList()))
                : List.of();
    }
}
