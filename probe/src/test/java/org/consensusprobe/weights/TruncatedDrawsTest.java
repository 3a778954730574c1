package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.junit.jupiter.api.Test;

/** Draws from normal distributions that are cut off. */
class TruncatedDrawsTest {
    /** Of a normal distribution cut off at 3 deviations: sqrt(1 - 6 phi(3) / (2 Phi(3) - 1)). */
    private static final double OF_THREE = 0.98658;

    @Test
    void theyAreCutOffAndEachHalfOfTheRowsHasItsDeviation() {
        Torch.start(1);
        try (Scope scope = Scope.open()) {
            Kernels kernels = Kernels.forDevice(scope, "cpu");
            double[] normal = values(kernels, new Draw(1, 1, 40));
            double[] cut = values(kernels, new Draw(2, 0.5, 3));
            int half = cut.length / 2;
            for (int i = 0; i < cut.length; i++) {
                double deviation = i < half ? 2 : 0.5;
                assertThat(Math.abs(cut[i])).isLessThanOrEqualTo(3.0001 * deviation);
                assertThat(Math.signum(cut[i])).isEqualTo(Math.signum(normal[i]));
                assertThat(Math.abs(cut[i]))
                        .as("towards 0")
                        .isLessThanOrEqualTo(deviation * Math.abs(normal[i]) + 1e-5);
            }
            assertThat(deviation(Arrays.copyOf(cut, half)) / 2).isCloseTo(OF_THREE, within(0.01));
            assertThat(deviation(Arrays.copyOfRange(cut, half, cut.length)) * 2).isCloseTo(OF_THREE, within(0.01));
            assertThat(deviation(normal)).isCloseTo(1, within(0.01));
        }
    }

    private static double[] values(Kernels kernels, Draw draw) {
        try (RandomKernels.Generator generator = kernels.random().generator(5)) {
            Tensor drawn = kernels.random().truncatedNormal(generator, new long[] {200, 150}, draw);
            return kernels.tensors().convert(drawn, DType.FLOAT64).toDoubles();
        }
    }

    private static double deviation(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(v -> v * v).average().orElseThrow());
    }
}
