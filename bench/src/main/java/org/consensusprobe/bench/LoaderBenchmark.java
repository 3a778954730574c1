package org.consensusprobe.bench;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.weights.CheckpointDirectory;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorTable;
import org.consensusprobe.weights.TrainedWeights;
import org.consensusprobe.weights.WeightSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Where a layer's weights come from, for GPT-2 XL in float32: 49 shards, 6.2 GB, 123 MB a layer. */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 1, time = 2)
@Measurement(iterations = 5, time = 4)
public class LoaderBenchmark {
    private static final String MODEL = "gpt2-xl";
    private static final Precision FLOAT32 = Precision.uniform("cpu", DType.FLOAT32);

    private Tensors tensors;
    private Transformer model;
    private SparseCheckpoint checkpoint;
    private WeightSource mapped;
    private WeightSource shuffled;
    private WeightSource drawn;
    private int next;

    @Setup
    public void open() throws IOException {
        tensors = new Tensors();
        model = Tensors.model(MODEL);
        checkpoint = SparseCheckpoint.write(MODEL);
        mapped = new TrainedWeights(model, true, table(), FLOAT32, Optional.empty());
        shuffled = new TrainedWeights(
                model, true, table(), FLOAT32, Optional.of(new TrainedWeights.Permutation(42, false)));
        drawn = WeightSource.random(model, true, 42, true, FLOAT32);
    }

    private TensorTable table() {
        CheckpointDirectory files = CheckpointDirectory.open(checkpoint.directory());
        return TensorTable.resolve(model.fileLayout(), files.tensors(), files.path());
    }

    /** Reads and checks config, index and all headers, and holds them against the architecture. */
    @Benchmark
    public TensorTable openCheckpoint() {
        return table();
    }

    /** One layer as views of its mapped file; its values were checked when it was first asked for. */
    @Benchmark
    public void mapLayer() {
        try (Scope scope = Scope.open()) {
            mapped.layer(tensors.kernels().in(scope), 0, 0);
        }
    }

    /** One layer drawn anew, in the order of a run with random weights in each pass: embeddings are passed over once. */
    @Benchmark
    public void drawLayer() {
        try (Scope scope = Scope.open()) {
            drawn.layer(tensors.kernels().in(scope), next / model.layers(), next % model.layers());
            next++;
        }
    }

    /** One layer with the entries of every tensor permuted. */
    @Benchmark
    public void shuffleLayer() {
        try (Scope scope = Scope.open()) {
            shuffled.layer(tensors.kernels().in(scope), 0, 0);
        }
    }

    @TearDown
    public void close() throws IOException {
        mapped.close();
        shuffled.close();
        drawn.close();
        tensors.close();
        checkpoint.close();
    }
}
