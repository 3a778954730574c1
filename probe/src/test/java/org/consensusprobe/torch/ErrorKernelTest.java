package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The consensus error, eq. 25: 1 - (1/T) sum_j cos(x_1, x_j). */
class ErrorKernelTest {
    private static double[] tokens(long seed, int count, int width) {
        SplittableRandom random = new SplittableRandom(seed);
        return random.doubles((long) count * width, -1, 1).toArray();
    }

    private static double error(double[] x, int tokens, DType dtype) {
        return error(x, tokens, dtype, MeasureKernels::error);
    }

    private static double error(
            double[] x, int tokens, DType dtype, BiFunction<MeasureKernels, Tensor, double[]> kernel) {
        Torch.start(0);
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.plain(scope);
            PtNDArray array = (PtNDArray) scope.manager().create(x, new Shape(1, tokens, x.length / tokens));
            return kernel.apply(kernels.measures(), kernels.tensors().convert(new Tensor(array), dtype))[0];
        }
    }

    private static double oneMinusMeanCosine(double[] x, int tokens) {
        int width = x.length / tokens;
        double sum = 0;
        for (int j = 0; j < tokens; j++) {
            sum += dot(x, 0, j, width) / Math.sqrt(dot(x, 0, 0, width) * dot(x, j, j, width));
        }
        return 1 - sum / tokens;
    }

    private static double dot(double[] x, int i, int j, int width) {
        double sum = 0;
        for (int d = 0; d < width; d++) {
            sum += x[i * width + d] * x[j * width + d];
        }
        return sum;
    }

    private static double[] scaled(double[] x, double factor) {
        double[] y = x.clone();
        for (int i = 0; i < y.length; i++) {
            y[i] *= factor;
        }
        return y;
    }

    @Tag("slow")
    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void isOneMinusTheMeanCosine(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 70) int count,
            @ForAll @IntRange(min = 1, max = 99) int d) {
        double[] x = tokens(seed, count, d);

        assertThat(error(x, count, DType.FLOAT64)).isCloseTo(oneMinusMeanCosine(x, count), within(2e-15));
        assertThat(error(x, count, DType.FLOAT32)).isCloseTo(oneMinusMeanCosine(x, count), within(4e-7));
    }

    @Tag("slow")
    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void doesNotDependOnTheTokensScale(@ForAll long seed, @ForAll @IntRange(min = -300, max = 300) int tenths) {
        double[] x = tokens(seed, 20, 33);
        double factor = Math.pow(10, tenths / 10.0);

        assertThat(error(scaled(x, factor), 20, DType.FLOAT64)).isCloseTo(error(x, 20, DType.FLOAT64), within(2e-15));
        assertThat(error(scaled(x, factor), 20, DType.FLOAT32)).isCloseTo(error(x, 20, DType.FLOAT32), within(4e-7));
    }

    /** Squares of float32 values vanish below 1e-19 and overflow above 1e19. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-25, 1e-19, 1e19, 1e25})
    void absoluteCosinesDoNotDependOnTheTokensScale(double factor) {
        double[] x = {1, 0, 0.6, 0.8, -0.6, 0.8}; // |cos| to token 1: 1, 0.6, 0.6

        assertThat(error(x, 3, DType.FLOAT64, MeasureKernels::errorAbsolute)).isCloseTo(0.8 / 3, within(2e-15));
        assertThat(error(scaled(x, factor), 3, DType.FLOAT32, MeasureKernels::errorAbsolute))
                .isCloseTo(0.8 / 3, within(4e-7));
    }

    @Tag("slow")
    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    void aPowerOfTwoAsScaleChangesNoBit(@ForAll long seed, @ForAll @IntRange(min = -40, max = 40) int exponent) {
        double[] x = tokens(seed, 17, 40);
        double[] y = scaled(x, Math.scalb(1.0, exponent));

        assertThat(error(y, 17, DType.FLOAT32)).isEqualTo(error(x, 17, DType.FLOAT32));
        assertThat(error(y, 17, DType.FLOAT64)).isEqualTo(error(x, 17, DType.FLOAT64));
    }

    /** Two tokens at a small angle a: the error is (1 - cos a) / 2, which 1 - cos would lose below 1e-8 in float32. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6})
    void resolvesErrorsFarBelowTheRoundingOfCosines(double angle) {
        double[] x = {1, 0, 0, Math.cos(angle), Math.sin(angle), 0};
        double expected = Math.pow(Math.sin(angle / 2), 2);

        assertThat(error(x, 2, DType.FLOAT64)).isCloseTo(expected, within(expected * 1e-9));
        assertThat(error(x, 2, DType.FLOAT32)).isCloseTo(expected, within(expected * 2e-3 + 1e-14));
    }

    @Test
    void isExactAtItsEnds() {
        assertThat(error(new double[] {3, 4, 3, 4, 3, 4}, 3, DType.FLOAT32)).isZero();
        assertThat(error(new double[] {1, 0, -1, 0}, 2, DType.FLOAT64)).isEqualTo(1);
        assertThat(error(new double[] {1, 0, 0, 1}, 2, DType.FLOAT64)).isCloseTo(0.5, within(1e-15));
    }

    @Test
    void isNotANumberWhereATokenHasNoDirection() {
        assertThat(error(new double[] {1, 0, 0, 0}, 2, DType.FLOAT32)).isNaN();
        assertThat(error(new double[] {1, 0, Double.NaN, 0}, 2, DType.FLOAT32)).isNaN();
        assertThat(error(new double[] {1, 0, Double.POSITIVE_INFINITY, 0}, 2, DType.FLOAT64))
                .isNaN();
    }
}
