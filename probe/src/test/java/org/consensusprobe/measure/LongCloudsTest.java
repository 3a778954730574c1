package org.consensusprobe.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Measures over pairs of clouds about the length of one tile, against pairs taken one by one. */
class LongCloudsTest {
    private static final int WIDTH = 3;

    @ParameterizedTest
    @ValueSource(ints = {1023, 1024, 1025, 2100})
    void pairsAcrossTilesAreThoseOfTheFormulas(int n) {
        double[] x = arc(n);
        Torch.start(2);
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            Tensor states = kernels.tensors().values(x, 1, n, WIDTH);
            Cloud cloud = new Cloud(kernels, states, 0);
            double[] energy = new double[4];
            double[] histogram = new double[40];
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double s = halfSquare(x, i, j);
                    energy[0] -= Math.expm1(-.1 * s) / n / n;
                    energy[1] -= Math.expm1(-s) / n / n;
                    energy[2] -= Math.expm1(-5 * s) / n / n;
                    energy[3] -= Math.expm1(-9 * s) / n / n;
                    if (i < j) {
                        histogram[(int) Math.floor((2 - s) / 2 * 40)] += 2.0 / n / (n - 1);
                    }
                }
            }
            assertThat(values("energy-deficit", cloud)).containsExactly(energy, within(1e-12));
            assertThat(values("cosine-histogram", cloud)).containsExactly(histogram, within(1e-5));
            // three arcs of tokens a degree and less apart, 40 degrees between neighbours: thresholds of 5, 15, 30, 60
            // degrees
            assertThat(values("cluster-components", cloud)).containsExactly(3, 3, 3, 1);
            assertThat(values("cluster-largest", cloud)[0]).isCloseTo(Math.ceil(n / 3.0) / n, within(1e-15));
            assertThat(values("cluster-cover", cloud)).containsExactly(3, 3, 3, 1);
            // points on a line, evenly spread: each nearest two are about as far
            assertThat(values("intrinsic-dimension", cloud)[0]).isPositive();
        }
    }

    private static double[] values(String name, Cloud cloud) {
        CloudMeasure measure =
                (CloudMeasure) Measures.named(List.of(name), Similarity.COSINE).get(0);
        return measure.reduction().apply(cloud);
    }

    /** Unit tokens in the plane, in turn on one of three arcs of 2 degrees that lie 40 degrees apart. */
    private static double[] arc(int n) {
        Random random = new Random(n);
        double[] x = new double[n * WIDTH];
        for (int i = 0; i < n; i++) {
            double angle = Math.toRadians(i % 3 * 40 + 2 * random.nextDouble());
            x[WIDTH * i] = Math.cos(angle);
            x[WIDTH * i + 1] = Math.sin(angle);
        }
        return x;
    }

    private static double halfSquare(double[] x, int i, int j) {
        double[] a = Arrays.copyOfRange(x, WIDTH * i, WIDTH * (i + 1));
        double sum = 0;
        for (int k = 0; k < WIDTH; k++) {
            sum += (a[k] - x[WIDTH * j + k]) * (a[k] - x[WIDTH * j + k]);
        }
        return sum / 2;
    }
}
