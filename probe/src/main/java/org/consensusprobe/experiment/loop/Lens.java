package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.OutputMeasures;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.NativeHeap;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * The logit lens: what the model would say of the next token at every depth, by its final norm and its head, as if no block came after
 * (nostalgebraist 2020). States are read from their files, a few positions of a prompt at a time, and so are scores of the
 * vocabulary made.
 */
public final class Lens {
    private final Transformer model;
    private final Ingredients ingredients;
    private final Kernels kernels;
    private final Precision precision;
    private final WeightSource source;
    private final MemoryPlan memory;

    Lens(
            Transformer model,
            Ingredients ingredients,
            Kernels kernels,
            Precision precision,
            WeightSource source,
            MemoryPlan memory) {
        this.model = model;
        this.ingredients = ingredients;
        this.kernels = kernels;
        this.precision = precision;
        this.source = source;
        this.memory = memory;
    }

    /**
     * What the lens shows, mean over the positions of a prompt, in nats.
     *
     * @param entropy [depths][prompts], of the distribution of the next token
     * @param divergence [depths][prompts], sum over tokens of p (log p - log q), q the distribution at that depth and p that at the last
     */
    public record Values(double[][] entropy, double[][] divergence) {}

    /** Why it does not apply; empty if it does. */
    public Optional<String> refusal() {
        if (model.head().isEmpty()) {
            return Optional.of("this model scores no next token");
        }
        long head = model.head().stream().mapToLong(TensorSpec::elements).sum();
        long needed = memory.baseBytes()
                + head * precision.product().bytes()
                + 4L * Double.BYTES * OutputMeasures.POSITIONS * model.sizes().vocabulary();
        return needed > memory.ceilingBytes()
                ? Optional.of("the head and its scores take " + MemoryPlan.human(needed) + " of memory; "
                        + MemoryPlan.human(memory.ceilingBytes()) + " may be used")
                : Optional.empty();
    }

    /** How many tiles of positions there are at all depths. */
    public long tiles(StatesSource states, int depths) {
        long tiles = 0;
        for (int length : states.lengths()) {
            tiles += (length + OutputMeasures.POSITIONS - 1) / OutputMeasures.POSITIONS;
        }
        return tiles * depths;
    }

    /**
     * Looks.
     *
     * @param states before the final norm
     * @param depths how many there are of them; the last is what the first pass ends with
     * @param done told how many tiles are done
     * @throws Problem if it is cancelled
     */
    public Values of(StatesSource states, int depths, LongConsumer done, BooleanSupplier cancelled) {
        int[] lengths = states.lengths();
        Values values = new Values(new double[depths][lengths.length], new double[depths][lengths.length]);
        long tiles = 0;
        try (Scope scope = Scope.open()) {
            End end = NativeHeap.apart(
                    () -> new End(source.finalNorm(kernels.in(scope), 0), source.head(kernels.in(scope), 0)));
            for (int prompt = 0; prompt < lengths.length; prompt++) {
                for (int from = 0; from < lengths[prompt]; from += OutputMeasures.POSITIONS) {
                    Tile tile =
                            new Tile(states, prompt, from, Math.min(lengths[prompt], from + OutputMeasures.POSITIONS));
                    try (Scope positions = Scope.open()) {
                        Tensor last = read(kernels.in(positions), end, tile, depths - 1); // [t, V]
                        for (int depth = 0; depth < depths; depth++) {
                            if (cancelled.getAsBoolean()) {
                                throw Problem.interrupted("Interrupted while depths were read through the lens.");
                            }
                            add(values, last, end, tile, depth, depths - 1);
                            done.accept(++tiles);
                        }
                    }
                }
            }
        }
        return values;
    }

    /** What turns states into scores. */
    private record End(Weights norm, Weights head) {}

    /** Some positions of a prompt. */
    private record Tile(StatesSource states, int prompt, int from, int to) {}

    private void add(Values values, Tensor last, End end, Tile tile, int depth, int lastDepth) {
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            Tensor here = depth == lastDepth ? last : read(k, end, tile, depth); // [t, V]
            int length = tile.states.lengths()[tile.prompt];
            values.entropy()[depth][tile.prompt] += sum(k.measures().reduce("entropies", here)) / length;
            values.divergence()[depth][tile.prompt] += sum(k.measures().reduce("divergences", last, here)) / length;
        }
    }

    /** log p of the next token at some positions, float64 [t, V]. */
    private Tensor read(Kernels result, End end, Tile tile, int depth) {
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            long length = (long) tile.to - tile.from;
            Tensor stored = tile.states.states(k, depth, tile.prompt); // [T, D]
            Tensor rows = k.tensors().rows(stored, tile.from, tile.to); // [t, D]
            Tensor wide = k.tensors()
                    .convert(
                            k.tensors().reshape(rows, new long[] {1, length, tile.states.width()}),
                            precision.state()); // [1, t, D]
            Tensor x = precision.onCpu() ? wide : k.tensors().toDevice(wide, precision.device());
            Tensor normed = model.finalNorm(new Forward(k, ingredients), end.norm, x); // [1, t, D]
            Tensor flat = k.measures().derive("positions", normed, 0L, 0L, length); // [t, D]
            return result.measures().derive("log_probabilities", model.logits(k, end.head, flat)); // [t, V]
        }
    }

    private static double sum(double[] values) {
        return Arrays.stream(values).sum();
    }
}
