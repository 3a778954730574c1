package org.consensusprobe.measure;

import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * Norms of the keys or the values of attention: a token that much attention goes to, and that moves nobody, has a small value.
 * At the embedding they are NaN.
 *
 * @param ofValues whether it looks at values; otherwise at keys
 */
public record KeyValueMeasure(boolean ofValues) implements Measure {
    @Override
    public About about() {
        String vector = ofValues ? "v" : "k";
        return new About(
                ofValues ? "value-norm" : "key-norm",
                "|" + vector + "_1|, and the mean of |" + vector + "_j| over j >= 2, of every head's " + vector
                        + (ofValues ? "" : " behind rotation") + ", shared where heads share it",
                "attention sinks, Xiao et al. 2023, arXiv 2309.17453; value-state drains, Guo et al. 2024, arXiv"
                        + " 2410.13835",
                "norm",
                Cost.LOW,
                "none; NaN at the embedding, without attention, and of the others of one token");
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        List<String> heads =
                IntStream.range(0, sizes.heads()).mapToObj(Integer::toString).toList();
        return List.of(new Axis("head", heads), new Axis("token", List.of("1", "others")));
    }

    @Override
    public long bytes(Sizes sizes) {
        return 2L * Double.BYTES * sizes.values();
    }

    /**
     * Of a chunk.
     *
     * @param x keys or values [B, T, G d]
     * @param groups G of them, each for H / G neighbouring heads
     * @return [B, H, 2]
     */
    public double[] of(Kernels kernels, Tensor x, int groups, int heads) {
        return kernels.measures().reduce("norms_of_first_and_others", x, (long) groups, (long) heads);
    }
}
