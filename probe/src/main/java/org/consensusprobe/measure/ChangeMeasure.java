package org.consensusprobe.measure;

import java.util.function.ToLongFunction;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * A measure of what one block makes of each token: of the states before it beside those after it. At the embedding it is NaN; of a
 * block that is left out 0.
 *
 * @param work what it makes of a chunk beside a copy of the states before the block, in bytes
 * @param reduction of a chunk before and after the block, [B, T, D] each, to B values
 */
public record ChangeMeasure(About about, ToLongFunction<Measure.Sizes> work, Reduction reduction) implements Measure {
    private static final double ROUNDINGS = 100;

    /** Compares a chunk before and after a block. */
    @FunctionalInterface
    public interface Reduction {
        double[] of(Kernels kernels, Tensor before, Tensor after);
    }

    static ChangeMeasure influence() {
        return new ChangeMeasure(
                new About(
                        "block-influence",
                        "1 - mean over tokens of cos(x, y), x before the block and y after it",
                        "Men et al. 2024, arXiv 2403.03853",
                        "1",
                        Cost.LOW,
                        "float32 about 1e-14, float64 1e-32"),
                ChangeMeasure::ofUnits,
                (k, before, after) -> Pairwise.column(k.measures().reduce("change_angles", before, after), 0));
    }

    static ChangeMeasure angle() {
        return new ChangeMeasure(
                new About(
                        "angular-distance",
                        "mean over tokens of the angle between x before the block and y after it, over pi; from the chord",
                        "Gromov et al. 2024, arXiv 2403.17887, who take the last token",
                        "1",
                        Cost.LOW,
                        "float32 about 1e-7, float64 1e-16"),
                ChangeMeasure::ofUnits,
                (k, before, after) -> Pairwise.column(k.measures().reduce("change_angles", before, after), 1));
    }

    static ChangeMeasure linearity() {
        return new ChangeMeasure(
                new About(
                        "linearity",
                        "min over rotations Q and scales s of |s Y Q - Z|_F^2 = 1 - (sum of singular values of Y'Z)^2, Y and Z the"
                                + " tokens before and after the block, less their mean and over their norm; 0 is linear",
                        "Procrustes residual (Schoenemann 1966); Razzhigaev et al. 2024, arXiv 2405.12250, allow any matrix Q",
                        "1",
                        Cost.HIGH,
                        "about 1e-14; NaN where |X - 1 xbar'|_F < 6e-6 |X|_F in float32, 1e-14 |X|_F in float64"),
                ChangeMeasure::ofFactors,
                (k, before, after) -> procrustes(k, before, after, before.isFloat64()));
    }

    /**
     * The Procrustes residual of states [B, T, D], one mapped to the other -> B values; NaN where one of them has no spread beside
     * rounding.
     *
     * @param wide whether the states were made in float64
     */
    public static double[] procrustes(Kernels kernels, Tensor before, Tensor after, boolean wide) {
        return kernels.measures().reduce("procrustes_residual", before, after, ROUNDINGS * Rounding.of(wide));
    }

    // unit tokens of both and their difference
    private static long ofUnits(Measure.Sizes sizes) {
        return 4L * Double.BYTES * sizes.values();
    }

    // both in float64, centred, and their factors; a square of the smaller side and what its decomposition works on
    private static long ofFactors(Measure.Sizes sizes) {
        long side = Math.min(sizes.tokens(), sizes.width());
        return Double.BYTES * (8 * sizes.values() + 6 * sizes.prompts() * side * side);
    }

    @Override
    public long bytes(Sizes sizes) {
        return Double.BYTES * sizes.values() + work.applyAsLong(sizes);
    }
}
