package org.consensusprobe.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The share of high frequencies against the transform written out. */
class TokenFieldTest {
    private static final double[] CUTOFFS = {0, 0.125, 0.25, 0.375};

    private Scope scope;
    private Kernels kernels;

    @BeforeEach
    void open() {
        Torch.start(1);
        scope = Scope.open();
        kernels = Kernels.forDevice(scope, "cpu");
    }

    @AfterEach
    void close() {
        scope.close();
    }

    @Test
    void tokensInARow() {
        double[][] x = tokens(11, 5, 1);
        assertClose(shares(x, Optional.empty()), written(x, 0, 1, 11));
    }

    @Test
    void patchesInAGridWithoutTheTokensBeforeThem() {
        ImageInput input = new ImageInput(3, 12, 20, 4, 4, 2, false);
        double[][] x = tokens(2 + 15, 4, 2);
        assertClose(shares(x, Optional.of(input)), written(x, 2, 3, 5));
    }

    @Test
    void patchesOfAnotherSizeStandInASquare() {
        ImageInput input = new ImageInput(3, 8, 8, 4, 4, 1, true);
        double[][] x = tokens(1 + 25, 3, 3);
        assertClose(shares(x, Optional.of(input)), written(x, 1, 5, 5));
    }

    /** Near consensus what is left of the mean would be rounding, were it not taken off first. */
    @Test
    void nearConsensusAndAtIt() {
        double[][] x = tokens(8, 3, 4);
        for (double[] token : x) {
            token[0] = 1 + 1e-9 * token[0];
            token[1] = 0;
            token[2] = 0;
        }
        double[] found = shares(x, Optional.empty());
        double mean = IntStream.range(0, 8).mapToDouble(i -> x[i][0]).average().orElseThrow();
        double spread = IntStream.range(0, 8)
                .mapToDouble(i -> Math.pow(x[i][0] - mean, 2))
                .sum();
        assertThat(found[0]).isCloseTo(spread / 8, within(1e-6 * spread));
        assertThat(shares(new double[][] {{1, 2}, {1, 2}}, Optional.empty())).containsOnly(0);
        assertThat(shares(new double[2][2], Optional.empty())).containsOnly(Double.NaN);
    }

    private double[] shares(double[][] x, Optional<ImageInput> images) {
        double[] flat = java.util.Arrays.stream(x)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
        Tensor states = kernels.tensors().values(flat, 1, x.length, x[0].length);
        return ((CloudMeasure) TokenField.highFrequency(images)).reduction().apply(new Cloud(kernels, states, 0));
    }

    /** sum over |f| > c of |X_f|^2 over the sum of all. */
    private static double[] written(double[][] x, int before, int rows, int columns) {
        double all = 0;
        double[] above = new double[CUTOFFS.length];
        for (int a = 0; a < rows; a++) {
            for (int b = 0; b < columns; b++) {
                double power = 0;
                for (int d = 0; d < x[0].length; d++) {
                    double re = 0;
                    double im = 0;
                    for (int i = 0; i < rows * columns; i++) {
                        double angle = 2
                                * Math.PI
                                * ((double) a * (i / columns) / rows + (double) b * (i % columns) / columns);
                        re += x[before + i][d] * Math.cos(angle);
                        im -= x[before + i][d] * Math.sin(angle);
                    }
                    power += re * re + im * im;
                }
                double fa = a > rows / 2.0 ? (a - rows) / (double) rows : a / (double) rows;
                double fb = b > columns / 2.0 ? (b - columns) / (double) columns : b / (double) columns;
                all += power;
                for (int c = 0; c < CUTOFFS.length; c++) {
                    above[c] += Math.sqrt(fa * fa + fb * fb) > CUTOFFS[c] ? power : 0;
                }
            }
        }
        double total = all;
        return java.util.Arrays.stream(above).map(p -> p / total).toArray();
    }

    private static double[][] tokens(int count, int width, long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> random.doubles(width, -1, 2).toArray())
                .toArray(double[][]::new);
    }

    private static void assertClose(double[] found, double[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(1e-13));
        }
    }
}
