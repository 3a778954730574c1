package org.consensusprobe.measure;

import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/** How a block's error changes if one of its heads is left out, all else in the block being kept. At the embedding it is NaN. */
public record HeadMeasure(Similarity similarity) implements Measure {
    @Override
    public About about() {
        return new About(
                MeasureNames.ERROR_HEAD,
                "E(block's output less the head's part of what attention adds) - E(block's output): above 0 the head pulls"
                        + " together; where a norm follows attention, E(behind attention's half without the head) - E(with it)",
                "defined here, of eq. 25, arXiv 2412.02682",
                "1",
                Cost.HIGH,
                "rounding of the states, relative to the error; NaN where a layer is several pairs of halves, and of a single head behind which a norm follows");
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return List.of(new Axis(
                "head",
                IntStream.rangeClosed(1, sizes.heads())
                        .mapToObj(Integer::toString)
                        .toList()));
    }

    // the output, a head's part, and their difference with its unit tokens, in float64
    @Override
    public long bytes(Sizes sizes) {
        return 6L * Double.BYTES * sizes.values();
    }

    /**
     * Of heads whose parts are in the sum that a block returns.
     *
     * @param y [B, T, D], what the block returned
     * @param outputs [B, T, H d], of its heads
     * @param w [D, H d], attention's output projection
     * @param scale of what attention adds
     * @return [B, H]
     */
    public double[] ofParts(Kernels kernels, Tensor y, Tensor outputs, Tensor w, int heads, double scale) {
        return kernels.measures()
                .reduce("error_without_heads", y, outputs, w, (long) heads, scale, similarity == Similarity.ABSOLUTE);
    }

    /** The error of states [B, T, D], in float64 -> [B]. */
    public double[] error(Kernels kernels, Tensor x) {
        return kernels.measures().reduce("error_of_kind", x, similarity == Similarity.ABSOLUTE);
    }
}
