package org.consensusprobe.bench;

import java.util.concurrent.TimeUnit;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a GPT-2 XL block does besides matrix products, and the measure after it, on 10 prompts of 200 tokens. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class KernelBenchmark {
    private static final int WIDTH = 1600;
    private static final int HEADS = 25;
    private static final double SCALE = 0.125;
    private static final double EPS = 1e-5;

    @Param({"FLOAT32", "FLOAT64"})
    DType dtype;

    private Tensors tensors;
    private Tensor x;
    private Tensor qkv;
    private Tensor weight;
    private Tensor bias;

    @Setup
    public void open() {
        tensors = new Tensors();
        x = tensors.normal(dtype, 1, Tensors.PROMPTS, Tensors.TOKENS, WIDTH);
        qkv = tensors.normal(dtype, 1, Tensors.PROMPTS, Tensors.TOKENS, 3L * WIDTH);
        weight = tensors.normal(dtype, 0.1, WIDTH);
        bias = tensors.normal(dtype, 0.02, WIDTH);
    }

    /** Causal attention over all earlier tokens, from fused projections. */
    @Benchmark
    public void attention() {
        try (Scope scope = Scope.open()) {
            attention(tensors.kernels().in(scope), 0);
        }
    }

    /** Causal attention over a window of 64 tokens, as local layers have it. */
    @Benchmark
    public void attentionInWindow() {
        try (Scope scope = Scope.open()) {
            attention(tensors.kernels().in(scope), 64);
        }
    }

    private void attention(Kernels k, int window) {
        k.attention(
                k.columns(qkv, 0, WIDTH),
                k.columns(qkv, WIDTH, 2L * WIDTH),
                k.columns(qkv, 2L * WIDTH, 3L * WIDTH),
                AttentionShape.causal(HEADS, SCALE, window),
                null,
                null);
    }

    @Benchmark
    public void layerNorm() {
        try (Scope scope = Scope.open()) {
            tensors.kernels().in(scope).layerNorm(x, weight, bias, EPS);
        }
    }

    /** The measure after every block. */
    @Benchmark
    public double[] eq25() {
        try (Scope scope = Scope.open()) {
            return tensors.kernels().in(scope).measures().error(x);
        }
    }

    @TearDown
    public void close() {
        tensors.close();
    }
}
