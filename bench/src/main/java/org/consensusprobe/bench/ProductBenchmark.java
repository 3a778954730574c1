package org.consensusprobe.bench;

import java.util.concurrent.TimeUnit;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.openjdk.jmh.annotations.AuxCounters;
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

/**
 * The four matrix products of a GPT-2 XL block on 10 prompts of 200 tokens, by matrix dtype; the counter {@code gflop}
 * reads as GFLOP/s.
 */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 2)
public class ProductBenchmark {
    private static final long ROWS = (long) Tensors.PROMPTS * Tensors.TOKENS;

    @Param({"FLOAT32", "FLOAT64", "BFLOAT16"})
    DType dtype;

    /** Input and output width: c_attn, attention's c_proj, c_fc, the feed-forward's c_proj. */
    @Param({"1600x4800", "1600x1600", "1600x6400", "6400x1600"})
    String product;

    private Tensors tensors;
    private Tensor x;
    private Tensor w;
    private Tensor b;
    private Tensor residual;
    private double gflopPerCall;

    /** Arithmetic done, a multiply-add counted as two. */
    @State(org.openjdk.jmh.annotations.Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Work {
        public double gflop;

        @Setup(org.openjdk.jmh.annotations.Level.Iteration)
        public void reset() {
            gflop = 0;
        }
    }

    @Setup
    public void open() {
        String[] sizes = product.split("x");
        long in = Long.parseLong(sizes[0]);
        long out = Long.parseLong(sizes[1]);
        tensors = new Tensors();
        x = tensors.normal(Tensors.stateOf(dtype), 1, Tensors.PROMPTS, Tensors.TOKENS, in);
        w = tensors.normal(dtype, 0.02, out, in);
        b = tensors.normal(Tensors.stateOf(dtype), 0.02, out);
        residual = tensors.normal(Tensors.stateOf(dtype), 1, Tensors.PROMPTS, Tensors.TOKENS, out);
        gflopPerCall = 2e-9 * ROWS * in * out;
    }

    /** x w' + b. */
    @Benchmark
    public void linear(Work work) {
        try (Scope scope = Scope.open()) {
            tensors.kernels().in(scope).linear(x, w, b);
        }
        work.gflop += gflopPerCall;
    }

    /** gelu(x w' + b), the tanh form: against {@link #linear} the price of GELU. */
    @Benchmark
    public void linearGelu(Work work) {
        try (Scope scope = Scope.open()) {
            tensors.kernels().in(scope).linear(x, w, b, Activation.GELU_TANH);
        }
        work.gflop += gflopPerCall;
    }

    /** residual += x w' + b. */
    @Benchmark
    public void addLinear(Work work) {
        try (Scope scope = Scope.open()) {
            tensors.kernels().in(scope).addLinear(residual, x, w, b);
        }
        work.gflop += gflopPerCall;
    }

    @TearDown
    public void close() {
        tensors.close();
    }
}
