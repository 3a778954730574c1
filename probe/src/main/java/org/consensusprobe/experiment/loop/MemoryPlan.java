package org.consensusprobe.experiment.loop;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.NativeHeap;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;

/**
 * What a run will hold in memory besides file-mapped pages, estimated from shapes before anything is allocated.
 *
 * @param baseBytes the Java machine and libtorch
 * @param stateBytes hidden states of all prompts, of the equal tokens that show what rounding does, and those of earlier
 *     passes that the run goes on from or compares with
 * @param workBytes what a block or a measure makes of one chunk, at most
 * @param layerBytes one layer's weights in the form that is computed with, without those that are so in their file
 * @param expertBytes the same of the experts that the tokens of one layer choose, at most: made when they are chosen
 * @param makingBytes what drawing, shuffling or rounding a layer takes beside its result
 * @param tableBytes the embedding tables and what making them takes, freed once the prompts are embedded
 * @param ceilingBytes what the run may use
 * @param residentLayers layers that stay in memory within the ceiling
 * @param readsAhead whether a layer is made while the one before it computes; where two do not fit under the ceiling they take
 *     turns
 */
public record MemoryPlan(
        long baseBytes,
        long stateBytes,
        long workBytes,
        long layerBytes,
        long expertBytes,
        long makingBytes,
        long tableBytes,
        long ceilingBytes,
        int residentLayers,
        boolean readsAhead) {
    /** Measured: 150 MiB in a run, 190 MiB when its report is drawn. */
    private static final long BASE = 180L << 20;
    /**
     * The same where activations lie in the C library's heap, with the holes that come with any of them. Measured besides: up to
     * half of what they take.
     */
    private static final long BASE_WITH_HOLES = 500L << 20;

    /**
     * Plans a run whose files are not known: trained tables are taken to be read in place, and layers to be copied.
     *
     * @throws Problem if the run cannot fit under its ceiling
     */
    public static MemoryPlan of(
            Transformer model, RunPlan plan, Machine machine, Precision precision, List<int[]> prompts) {
        Set<TensorSpec> tables =
                plan.weights().mode() == WeightMode.TRAINED ? Set.copyOf(model.embeddings()) : Set.of();
        return of(model, plan, machine, precision, prompts, tables::contains);
    }

    /**
     * As {@link #of(Transformer, RunPlan, Machine, Precision, List)}.
     *
     * @param readInPlace whether a tensor is computed with where it lies in its file
     */
    static MemoryPlan of(
            Transformer model,
            RunPlan plan,
            Machine machine,
            Precision precision,
            List<int[]> prompts,
            Predicate<TensorSpec> readInPlace) {
        RunWork run = new RunWork(model, plan, precision, prompts);
        requireJavaMemory(run.javaBytes());
        long expanded = expandedBytes(model, precision);
        boolean mapped = NativeHeap.isMapped(run.longest(), expanded);
        long work = run.bytes();
        // with the states of equal tokens that go beside the run
        long tokens = prompts.stream().mapToLong(p -> p.length).sum() + run.longest();
        long states = tokens * model.sizes().width() * precision.state().bytes();
        long layer = 0;
        long chosen = 0;
        long making = 0;
        for (int l = 0; l < model.layers(); l++) {
            List<TensorSpec> specs = owned(model.layer(l, plan.feedForward()), readInPlace);
            layer = Math.max(layer, bytes(waiting(specs, false), precision));
            chosen = Math.max(chosen, bytes(waiting(specs, true), precision));
            making = Math.max(making, making(specs, precision, plan.weights().mode()));
        }
        List<TensorSpec> embeddings = owned(model.embeddings(), readInPlace);
        long tables = bytes(embeddings, precision)
                + making(embeddings, precision, plan.weights().mode());
        MemoryPlan base = new MemoryPlan(
                (mapped ? BASE : BASE_WITH_HOLES) + run.javaBytes(),
                (1 + remembered(plan, model)) * states,
                (mapped ? work : work + work / 2) + expanded,
                layer,
                (long) (chosen * chosenShare(model, tokens)),
                making,
                tables,
                ceiling(machine),
                0,
                true);
        MemoryPlan fitting = base.streamedBytes() <= base.ceilingBytes ? base : base.with(0, false);
        fitting.requireFit(machine);
        return fitting.withResidentLayers(
                plan, machine, plan.route(model.layers()).width());
    }

    /** The largest matrix in the states' dtype: on the CPU a product of few rows expands a weight in half precision. */
    static long expandedBytes(Transformer model, Precision precision) {
        if (!precision.onCpu() || precision.product() == precision.state()) {
            return 0;
        }
        return largestMatrix(model) * precision.state().bytes();
    }

    private static long largestMatrix(Transformer model) {
        return model.layer(0, true).stream()
                .filter(spec -> spec.kind() == TensorSpec.Kind.MATRIX && !spec.onDemand())
                .mapToLong(TensorSpec::elements)
                .max()
                .orElse(0);
    }

    private static long remembered(RunPlan plan, Transformer model) {
        return PassTrail.Need.of(plan, Measures.named(plan.measures(), plan.similarity()), model.isInjected())
                .sets();
    }

    /** The most that is held at once when no layer stays resident. */
    public long streamedBytes() {
        return baseBytes + stateBytes + Math.max(tableBytes, blockBytes());
    }

    /** What a layer is made in is kept for the next one. */
    private long blockBytes() {
        return workBytes + (readsAhead ? 2 : 1) * layerBytes + expertBytes + makingBytes;
    }

    // without a ceiling of the user's own, streaming is the rule: it costs little, and leaves the machine to its owner
    private MemoryPlan withResidentLayers(RunPlan plan, Machine machine, int layers) {
        long left = ceilingBytes - streamedBytes();
        boolean asked =
                readsAhead && machine.memory().isPresent() && plan.weights().mode() != WeightMode.RANDOM_EACH_PASS;
        int resident = asked ? (int) Math.min(layers, left / Math.max(1, layerBytes + expertBytes)) : 0;
        return with(resident, readsAhead);
    }

    private MemoryPlan with(int resident, boolean ahead) {
        return new MemoryPlan(
                baseBytes,
                stateBytes,
                workBytes,
                layerBytes,
                expertBytes,
                makingBytes,
                tableBytes,
                ceilingBytes,
                resident,
                ahead);
    }

    /** Whether the run has room beside it for what holds its kernels to float64: the largest matrix, twice. */
    boolean hasRoomForTest(Transformer model) {
        return streamedBytes() + 2 * largestMatrix(model) * DType.FLOAT64.bytes() <= ceilingBytes;
    }

    private void requireFit(Machine machine) {
        if (streamedBytes() > ceilingBytes) {
            boolean tables = tableBytes > blockBytes();
            throw Problem.input(
                    "The run needs about %s of memory (%s for hidden states, %s); %s allows %s.%n%s.",
                    human(streamedBytes()),
                    human(stateBytes),
                    tables
                            ? human(tableBytes) + " to make the embedding tables"
                            : human(workBytes) + " for a chunk and its measures, " + human(layerBytes + expertBytes)
                                    + " for a layer",
                    machine.memory().isPresent() ? "--memory" : "half of this machine's memory",
                    human(ceilingBytes),
                    tables
                            ? "Raise --memory"
                            : "Use fewer or shorter prompts, fewer --measures, a smaller --chunk, or raise --memory");
        }
    }

    /** A heap that Java may not grow to would end the run in the middle. */
    private static void requireJavaMemory(long bytes) {
        long most = Runtime.getRuntime().maxMemory() / 4 * 3;
        if (bytes > most) {
            throw Problem.input(
                    "The run needs about %s of Java's memory, for its --measures or the states it keeps; Java may use %s.%n"
                            + "Take fewer of them, shorter prompts, or start with CONSENSUS_JAVA_OPTIONS=-Xmx%dg.",
                    human(bytes), human(most), (bytes / 3 * 4 >> 30) + 1);
        }
    }

    private static List<TensorSpec> waiting(List<TensorSpec> specs, boolean onDemand) {
        return specs.stream().filter(spec -> spec.onDemand() == onDemand).toList();
    }

    /** Of all experts of a layer as many as so many tokens can choose. */
    static double chosenShare(Transformer model, long tokens) {
        return model.mixture()
                .map(mixture -> Math.min(1, (double) tokens * mixture.chosen() / mixture.experts()))
                .orElse(0.0);
    }

    private static List<TensorSpec> owned(List<TensorSpec> specs, Predicate<TensorSpec> mapped) {
        return specs.stream().filter(mapped.negate()).toList();
    }

    private static long bytes(List<TensorSpec> specs, Precision precision) {
        return specs.stream()
                .mapToLong(s -> Math.multiplyExact(
                        s.elements(),
                        s.kind() == TensorSpec.Kind.MATRIX
                                ? precision.product().bytes()
                                : precision.state().bytes()))
                .sum();
    }

    /** Values before they are rounded, in a buffer for each size there is, and the longest permutation. */
    private static long making(List<TensorSpec> specs, Precision precision, WeightMode weights) {
        boolean stored = weights.needsCheckpoint();
        long values = specs.stream()
                .filter(s -> (s.isDrawn() || stored) && precision.copies(DType.FLOAT32, s))
                .mapToLong(TensorSpec::elements)
                .distinct()
                .sum();
        long permutation = weights == WeightMode.SHUFFLED
                ? specs.stream().mapToLong(TensorSpec::elements).max().orElse(0)
                : 0;
        return DType.FLOAT32.bytes() * (values + permutation);
    }

    private static long ceiling(Machine machine) {
        return machine.memory().orElseGet(MemoryPlan::halfOfMachine);
    }

    /** Half of the machine's memory, in bytes: what a run may take unless it is told otherwise. */
    public static long halfOfMachine() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getTotalMemorySize()
                / 2;
    }

    public static String human(long bytes) {
        return bytes < 1L << 30
                ? String.format(Locale.ROOT, "%d MiB", Math.max(1, bytes >> 20))
                : String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
    }
}
