package org.consensusprobe.experiment;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;

/**
 * What a run will hold in memory besides file-mapped pages, estimated from shapes before anything is allocated.
 *
 * @param baseBytes the Java machine and libtorch
 * @param stateBytes hidden states of all prompts
 * @param workBytes the widest activations of one chunk, and a second set of its states at the final norm
 * @param layerBytes one layer's weights in the form that is computed with
 * @param tableBytes the embedding tables, freed once the prompts are embedded
 * @param ceilingBytes what the run may use
 * @param residentLayers layers that stay in memory within the ceiling
 */
public record MemoryPlan(
        long baseBytes,
        long stateBytes,
        long workBytes,
        long layerBytes,
        long tableBytes,
        long ceilingBytes,
        int residentLayers) {
    private static final long BASE = 500L << 20;
    /** Weights that are being used, and those that are being loaded meanwhile. */
    private static final int LAYERS_IN_FLIGHT = 2;

    /**
     * Plans a run.
     *
     * @throws Problem if the run cannot fit under its ceiling
     */
    public static MemoryPlan of(Transformer model, ExperimentPlan plan, Precision precision, List<int[]> prompts) {
        return of(model, plan, precision, prompts, plan.weights() == WeightMode.TRAINED);
    }

    /**
     * As {@link #of(Transformer, ExperimentPlan, Precision, List)}.
     *
     * @param mappedTables whether the embedding tables are read where they lie in their file
     */
    static MemoryPlan of(
            Transformer model, ExperimentPlan plan, Precision precision, List<int[]> prompts, boolean mappedTables) {
        long tokens = prompts.stream().mapToLong(p -> p.length).sum();
        // attention matrices kept: scores, their exponentials and a copy on the Java heap
        long matrices =
                plan.states().attention().isEmpty() ? 0 : 4L * model.sizes().heads();
        long work = ChunkRule.split(prompts, plan.chunk().orElse(0)).stream()
                .mapToLong(c -> {
                    int length = prompts.get(c[0]).length;
                    return (long) c.length
                            * length
                            * (matrices * length + model.valuesPerToken(length, plan.feedForward()));
                })
                .max()
                .orElseThrow();
        int d = model.sizes().width();
        int state = precision.state().bytes();
        long layer = 0;
        for (int l = 0; l < model.layers(); l++) {
            layer = Math.max(layer, bytes(model.layer(l, plan.feedForward()), precision));
        }
        long tables = mappedTables ? 0 : bytes(model.embeddings(), precision);
        MemoryPlan base = new MemoryPlan(BASE, tokens * d * state, work * state, layer, tables, ceiling(plan), 0);
        base.requireFit(plan);
        return base.withResidentLayers(plan, model.layers());
    }

    /** The most that is held at once when no layer stays resident. */
    public long streamedBytes() {
        return baseBytes + stateBytes + Math.max(tableBytes, workBytes + LAYERS_IN_FLIGHT * layerBytes);
    }

    // without a ceiling of the user's own, streaming is the rule: it costs little, and leaves the machine to its owner
    private MemoryPlan withResidentLayers(ExperimentPlan plan, int layers) {
        long left = ceilingBytes - streamedBytes();
        boolean asked = plan.memory().isPresent() && plan.weights() != WeightMode.RANDOM_EACH_PASS;
        int resident = asked && layerBytes > 0 ? (int) Math.min(layers, left / layerBytes) : 0;
        return new MemoryPlan(baseBytes, stateBytes, workBytes, layerBytes, tableBytes, ceilingBytes, resident);
    }

    private void requireFit(ExperimentPlan plan) {
        if (streamedBytes() > ceilingBytes) {
            throw Problem.input(
                    "The run needs about %s of memory (%s for hidden states, %s for a chunk, %s for a layer); %s allows %s.%n"
                            + "Use fewer prompts (--limit-prompts), a smaller --chunk, or raise --memory.",
                    human(streamedBytes()),
                    human(stateBytes),
                    human(workBytes),
                    human(layerBytes),
                    plan.memory().isPresent() ? "--memory" : "half of this machine's memory",
                    human(ceilingBytes));
        }
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

    private static long ceiling(ExperimentPlan plan) {
        return plan.memory().orElseGet(MemoryPlan::halfOfMachine);
    }

    /** Half of the machine's memory, in bytes: what a run may take unless it is told otherwise. */
    public static long halfOfMachine() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getTotalMemorySize()
                / 2;
    }

    static String human(long bytes) {
        return bytes < 1L << 30
                ? String.format(Locale.ROOT, "%d MiB", Math.max(1, bytes >> 20))
                : String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
