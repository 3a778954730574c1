package org.consensusprobe.measure;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.model.ImageInput;

/**
 * The tokens as a field, in a row or, of an image, in the grid of its patches, seen through their discrete Fourier transform.
 *
 * <p>Above 0 stands all but the mean: the square root of that share is |X - 1 xbar'|_F / |X|_F, Wang et al.'s high-frequency
 * components, of the patches alone.
 */
final class TokenField {
    private static final double[] CUTOFFS = {0, 0.125, 0.25, 0.375};

    private TokenField() {}

    /** @param images what a vision model takes; empty where tokens stand in a row */
    static Measure highFrequency(Optional<ImageInput> images) {
        return new CloudMeasure(
                new About(
                        "high-frequency",
                        "share of |X|_F^2 at frequencies |f| > c of the tokens' DFT, c = 0, 1/8, 1/4, 3/8 cycles a token;"
                                + " of an image's patches in two dimensions, without the tokens before them",
                        "Wang et al. 2022, arXiv 2203.05962; Park and Kim 2022, arXiv 2202.06709",
                        "1",
                        Cost.MEDIUM,
                        "squared rounding of the states: about 1e-14 in float32, 1e-32 in float64"),
                List.of(Axis.of("cutoff", CUTOFFS)),
                cloud -> shares(cloud, images));
    }

    private static double[] shares(Cloud cloud, Optional<ImageInput> images) {
        ImageInput.Grid grid =
                images.map(input -> input.gridOf(cloud.tokens())).orElse(new ImageInput.Grid(1, cloud.tokens()));
        long before = images.map(ImageInput::before).orElse(0);
        double[] power = cloud.kernels().measures().reduce("field_power", cloud.x(), before, (long) grid.rows(), (long)
                grid.columns());
        double[] shares = new double[CUTOFFS.length];
        for (int i = 0; i < grid.patches(); i++) {
            double frequency = Math.hypot(
                    frequency(i / grid.columns(), grid.rows()), frequency(i % grid.columns(), grid.columns()));
            for (int c = 0; c < CUTOFFS.length; c++) {
                shares[c] += frequency > CUTOFFS[c] ? power[1 + i] / power[0] : 0;
            }
        }
        return power[0] > 0
                ? shares
                : java.util.stream.DoubleStream.generate(() -> Double.NaN)
                        .limit(shares.length)
                        .toArray();
    }

    /** Cycles a token of the i-th of so many frequencies, without its sign. */
    private static double frequency(int i, int size) {
        return Math.min(i, size - i) / (double) size;
    }
}
