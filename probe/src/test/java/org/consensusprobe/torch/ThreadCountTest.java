package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** No operation's bits depend on the number of threads that share it. */
@Tag("slow")
class ThreadCountTest {
    private static final int[] THREADS = {2, 3, 5, 7};

    @AfterEach
    void threadsAsBefore() {
        Torch.start(Runtime.getRuntime().availableProcessors());
    }

    static Stream<Arguments> products() {
        List<Arguments> shapes = new ArrayList<>();
        for (DType weights : List.of(DType.FLOAT32, DType.FLOAT64)) {
            for (boolean conv1d : new boolean[] {false, true}) {
                for (int[] shape : new int[][] {{768, 768}, {3072, 768}, {512, 128}, {1001, 999}, {48, 144}}) {
                    shapes.add(Arguments.of(weights, conv1d, shape[0], shape[1], new int[] {1, 2, 4, 16, 33, 200}));
                }
            }
        }
        for (boolean conv1d : new boolean[] {false, true}) {
            shapes.add(Arguments.of(DType.FLOAT32, conv1d, 1600, 4800, new int[] {2, 16}));
            shapes.add(Arguments.of(DType.FLOAT32, conv1d, 6400, 1600, new int[] {1, 16}));
        }
        return shapes.stream();
    }

    /** Long inner sums and few rows are where libraries split sums among threads. */
    @ParameterizedTest
    @MethodSource("products")
    void products(DType weights, boolean conv1d, int in, int out, int[] rows) {
        Torch.start(1);
        DType state = weights == DType.FLOAT64 ? DType.FLOAT64 : DType.FLOAT32;
        try (Scope scope = Scope.open()) {
            Kernels k = Kernels.forDevice(scope, "cpu");
            try (RandomKernels.Generator generator = k.random().generator(1)) {
                long[] shape = conv1d ? new long[] {in, out} : new long[] {out, in};
                Tensor stored = k.tensors().convert(k.random().normal(generator, shape, 0.02), weights);
                Tensor matrix = conv1d ? k.tensors().transpose(stored) : stored;
                Tensor bias = k.tensors().convert(k.random().normal(generator, new long[] {out}, 0.02), state);
                for (int n : rows) {
                    Tensor x = k.tensors().convert(k.random().normal(generator, new long[] {1, n, in}, 1), state);
                    assertSame(k, n + " rows", q -> q.linear(x, matrix, bias));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT32", "FLOAT64"})
    void everythingElse(DType dtype) {
        Torch.start(1);
        for (int[] shape : new int[][] {{5, 47, 768}, {1, 3, 771}, {3, 113, 60}, {1, 200, 1601}}) {
            int prompts = shape[0];
            int tokens = shape[1];
            int width = shape[2];
            int heads = width % 12 == 0 ? 12 : 1;
            try (Scope scope = Scope.open()) {
                Kernels k = Kernels.forDevice(scope, "cpu");
                try (RandomKernels.Generator g = k.random().generator(2)) {
                    Tensor x = k.tensors().convert(k.random().normal(g, new long[] {prompts, tokens, width}, 1), dtype);
                    Tensor qkv = k.tensors()
                            .convert(k.random().normal(g, new long[] {prompts, tokens, 3L * width}, 1), dtype);
                    Tensor gain = k.tensors().convert(k.random().normal(g, new long[] {width}, 1), dtype);
                    Tensor matrix = k.tensors().convert(k.random().normal(g, new long[] {width, width}, 0.05), dtype);
                    Map<String, Function<Kernels, Tensor>> operations = new LinkedHashMap<>();
                    operations.put("layerNorm", q -> q.layerNorm(x, gain, gain, 1e-5));
                    operations.put("attention", q -> attention(q, qkv, heads, 0));
                    operations.put("attention in a window", q -> attention(q, qkv, heads, 7));
                    Tensor table = k.tensors()
                            .values(new double[2 * tokens * ((width / heads) / 2)], 2, tokens, width / heads / 2);
                    operations.put("attention with capped scores", q -> capped(q, qkv, heads));
                    operations.put("rmsNorm", q -> q.rmsNorm(x, gain, 1e-5));
                    operations.put("rotate", q -> q.rotate(x, table, heads));
                    operations.put("multiply", q -> q.multiply(q.tensors().copy(x), x));
                    operations.put("softCap", q -> q.softCap(q.tensors().copy(x), 3));
                    operations.put("addLinear", q -> q.addLinear(q.tensors().copy(x), x, matrix, gain));
                    for (Activation activation : Activation.values()) {
                        operations.put("linear with " + activation, q -> q.linear(x, matrix, gain, activation));
                    }
                    operations.forEach((name, operation) -> assertSame(k, name + Arrays.toString(shape), operation));
                    Torch.start(1);
                    double[] error = k.measures().error(x);
                    for (int threads : THREADS) {
                        Torch.start(threads);
                        assertThat(k.measures().error(x)).containsExactly(error);
                    }
                }
            }
        }
    }

    private static void assertSame(Kernels kernels, String what, Function<Kernels, Tensor> operation) {
        double[] expected = values(kernels, 1, operation);
        for (int threads : THREADS) {
            assertThat(Arrays.equals(values(kernels, threads, operation), expected))
                    .as("%s, %d threads", what, threads)
                    .isTrue();
        }
    }

    private static double[] values(Kernels kernels, int threads, Function<Kernels, Tensor> operation) {
        Torch.start(threads);
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            return k.tensors().convert(operation.apply(k), DType.FLOAT64).toDoubles();
        }
    }

    private static Tensor capped(Kernels k, Tensor qkv, int heads) {
        long d = qkv.size(2) / 3;
        AttentionShape shape = new AttentionShape(heads, heads, 0.125, true, 0, 5, 1);
        return k.attention(
                k.columns(qkv, 0, d), k.columns(qkv, d, 2 * d), k.columns(qkv, 2 * d, 3 * d), shape, null, null);
    }

    private static Tensor attention(Kernels k, Tensor qkv, int heads, int window) {
        long d = qkv.size(2) / 3;
        return k.attention(
                k.columns(qkv, 0, d),
                k.columns(qkv, d, 2 * d),
                k.columns(qkv, 2 * d, 3 * d),
                AttentionShape.causal(heads, 0.125, window),
                null,
                null);
    }
}
