package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The products of runs on this processor: oneDNN's from 1000 rows on, where it has them. */
class OnednnProductTest {
    private static final int[] THREADS = {2, 3, 4, 16};

    @AfterEach
    void threadsAsBefore() {
        Torch.start(Runtime.getRuntime().availableProcessors());
    }

    /** The shapes of GPT-2's four matrices, in small, and odd ones; weights as a file holds them, [out, in] or [in, out]. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT32, 1000, 768, 2304, false",
        "FLOAT32, 1001, 768, 2304, true",
        "FLOAT32, 1200, 3072, 768, true",
        "FLOAT32, 1000, 1600, 1600, false",
        "BFLOAT16, 1000, 768, 2304, false",
        "BFLOAT16, 1001, 768, 2304, true",
        "BFLOAT16, 1200, 3072, 768, true",
        "BFLOAT16, 1200, 768, 768, false",
        "BFLOAT16, 1025, 1001, 999, true",
        "BFLOAT16, 1000, 48, 144, false",
    })
    void bitsDoNotDependOnThreads(DType weights, int rows, int in, int out, boolean conv1d) {
        Torch.start(1);
        try (Scope scope = Scope.open()) {
            Kernels k = Kernels.forDevice(scope, "cpu");
            try (RandomKernels.Generator generator = k.random().generator(3)) {
                Tensor x = k.random().normal(generator, new long[] {1, rows, in}, 1); // [1, N, E]
                Tensor matrix = matrix(k, generator, in, out, conv1d, weights); // [F, E]
                Tensor bias = k.random().normal(generator, new long[] {out}, 1); // [F]
                for (Activation activation : new Activation[] {Activation.GELU_TANH, Activation.RELU}) {
                    double[] expected = product(k, 1, x, matrix, bias, activation);
                    for (int threads : THREADS) {
                        assertThat(Arrays.equals(product(k, threads, x, matrix, bias, activation), expected))
                                .as("%s, %d threads", activation, threads)
                                .isTrue();
                    }
                }
            }
        }
    }

    /** What is rounded to bfloat16 is the two factors and, once, the result: nothing between product, bias and activation. */
    @ParameterizedTest
    @CsvSource({"NONE, true", "NONE, false", "GELU_TANH, true", "GELU_ERF, false", "RELU, true"})
    void halfPrecisionRoundsFactorsAndResultOnly(String name, boolean biased) {
        try (Scope scope = Scope.open()) {
            Kernels k = Kernels.forDevice(scope, "cpu");
            try (RandomKernels.Generator generator = k.random().generator(4)) {
                Tensor x = k.random().normal(generator, new long[] {1, 1000, 256}, 1); // [1, N, E]
                Tensor matrix = matrix(k, generator, 256, 128, true, DType.BFLOAT16); // [F, E]
                Tensor bias = biased ? k.random().normal(generator, new long[] {128}, 10) : null; // [F]
                Tensor half = k.tensors().convert(k.tensors().convert(x, DType.BFLOAT16), DType.FLOAT64); // [1, N, E]
                Tensor exactMatrix = k.tensors().convert(matrix, DType.FLOAT64); // [F, E]
                Tensor exactBias = biased ? k.tensors().convert(bias, DType.FLOAT64) : null; // [F]
                boolean none = name.equals("NONE");
                Activation activation = none ? null : Activation.valueOf(name);
                double[] expected = (none
                                ? k.linear(half, exactMatrix, exactBias)
                                : k.linear(half, exactMatrix, exactBias, activation))
                        .toDoubles();
                Tensor found = none ? k.linear(x, matrix, bias) : k.linear(x, matrix, bias, activation);
                float[] values = found.toFloats();
                for (int i = 0; i < expected.length; i++) {
                    // half a unit in the last of bfloat16's 8 places, and what float32 sums and tanh lose
                    assertThat((double) values[i]).isCloseTo(expected[i], within(Math.abs(expected[i]) / 256 + 1e-3));
                }
            }
        }
    }

    private static Tensor matrix(
            Kernels k, RandomKernels.Generator generator, int in, int out, boolean conv1d, DType weights) {
        long[] stored = conv1d ? new long[] {in, out} : new long[] {out, in};
        Tensor matrix = k.tensors().convert(k.random().normal(generator, stored, 0.05), weights);
        return conv1d ? k.tensors().transpose(matrix) : matrix;
    }

    private static double[] product(
            Kernels kernels, int threads, Tensor x, Tensor matrix, Tensor bias, Activation activation) {
        Torch.start(threads);
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            return k.tensors()
                    .convert(k.linear(x, matrix, bias, activation), DType.FLOAT64)
                    .toDoubles();
        }
    }
}
