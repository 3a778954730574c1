package org.consensusprobe.bench;

import java.util.concurrent.TimeUnit;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;
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

/** One whole block on 10 prompts of 200 tokens, with weights drawn as a run draws them. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 4)
public class BlockBenchmark {
    @Param({"gpt2-xl", "gpt-neo-2.7b"})
    String model;

    @Param({"FLOAT32", "FLOAT64", "BFLOAT16"})
    DType dtype;

    @Param({"true", "false"})
    boolean feedForward;

    private Tensors tensors;
    private Transformer transformer;
    private Weights weights;
    private Tensor x;

    @Setup
    public void open() {
        tensors = new Tensors();
        transformer = Tensors.model(model);
        Precision precision = dtype == DType.BFLOAT16 ? Precision.mixed("cpu", dtype) : Precision.uniform("cpu", dtype);
        try (WeightSource source = WeightSource.random(transformer, feedForward, 42, false, precision)) {
            weights = source.layer(tensors.kernels(), 0, 0);
        }
        x = tensors.normal(
                Tensors.stateOf(dtype),
                1,
                Tensors.PROMPTS,
                Tensors.TOKENS,
                transformer.sizes().width());
    }

    @Benchmark
    public void block() {
        try (Scope scope = Scope.open()) {
            Forward forward = new Forward(tensors.kernels().in(scope), Ingredients.withFeedForward(feedForward));
            transformer.block(forward, weights, 0, x);
        }
    }

    @TearDown
    public void close() {
        tensors.close();
    }
}
