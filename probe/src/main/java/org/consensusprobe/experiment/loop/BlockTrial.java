package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.NativeHeap;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * One block of a run, timed on one chunk of drawn states as the run goes through it: with its knobs, the error and every measure.
 *
 * <p>Repeated, and the quarter of the repetitions that ended soonest counts: on a machine with other work the mean would say as
 * much of that work as of the block.
 */
final class BlockTrial {
    private static final double TIMED_SECONDS = 0.4;
    private static final int FEWEST_TIMES = 3;
    private static final int MOST_TIMES = 200;
    /** As often a layer's weights are made, since the first time is slower; one that takes long, once. */
    private static final int LOADS = 3;

    private static final double LONG_LOAD = 5;

    private final Transformer model;
    private final RunPlan plan;
    private final Precision precision;
    private final int prompts;
    private final int tokens;
    private final List<Measure> measures;

    /**
     * A trial.
     *
     * @param prompts of the chunk
     * @param tokens of each of its prompts
     */
    BlockTrial(Transformer model, RunPlan plan, Precision precision, int prompts, int tokens) {
        this.model = model;
        this.plan = plan;
        this.precision = precision;
        this.prompts = prompts;
        this.tokens = tokens;
        this.measures = Measures.named(plan.measures(), plan.similarity(), model.images());
    }

    /**
     * Times the block.
     *
     * @param stored the model with its files, where the run's weights come from them and they are here
     */
    KeptRates.Cost time(Optional<Subject> stored) {
        NativeHeap.prepareFor(tokens, MemoryPlan.expandedBytes(model, precision));
        int layer = model.layers() > 1 ? 1 : 0;
        try (Scope scope = Scope.open();
                WeightSource drawn = WeightSource.random(model, plan.feedForward(), 0, false, precision)) {
            Kernels kernels = Kernels.forDevice(scope, precision.device());
            double perValue;
            if (stored.isPresent()) {
                try (WeightSource source = stored.get().weights(plan, precision)) {
                    perValue = perValue(kernels, source, layer);
                }
            } else {
                perValue = perValue(kernels, drawn, layer);
            }
            List<Double> taken = blocks(kernels, drawn.layer(kernels, 0, layer), layer);
            double first = taken.remove(0);
            double block = quarter(taken);
            return new KeptRates.Cost(block / ((double) prompts * tokens), perValue, Math.max(0, first - block));
        }
    }

    /** Seconds a value of a layer's weights takes to be drawn, or made of what its file holds. */
    private double perValue(Kernels kernels, WeightSource source, int layer) {
        List<Double> taken = new ArrayList<>();
        for (int i = 0; i < LOADS && (i == 0 || taken.get(0) < LONG_LOAD); i++) {
            try (Scope scope = Scope.open()) {
                long start = System.nanoTime();
                source.layer(kernels.in(scope), 0, layer);
                taken.add(seconds(start));
            }
        }
        double values = model.layer(layer, plan.feedForward()).stream()
                .filter(spec -> !spec.onDemand())
                .mapToDouble(TensorSpec::elements)
                .sum();
        return Collections.min(taken) / Math.max(1, values);
    }

    private List<Double> blocks(Kernels kernels, Weights weights, int layer) {
        Walk walk = new Walk(model, plan, kernels);
        Recorder recorder = new Recorder(
                measures, new Measure.Sizes(model.sizes().heads(), tokens), plan.ingredients(), walk::route, kernels);
        LayerFeed.Layer own = new LayerFeed.Layer(0, layer, weights, null, null, true, true);
        List<int[]> members = List.of(IntStream.range(0, prompts).toArray());
        List<Double> taken = new ArrayList<>();
        long begun = System.nanoTime();
        while (taken.size() < FEWEST_TIMES || taken.size() < MOST_TIMES && seconds(begun) < TIMED_SECONDS) {
            try (HiddenStates states =
                    HiddenStates.of(kernels, prompts, members, (k, chunk) -> states(k, chunk + taken.size()))) {
                long start = System.nanoTime();
                once(walk, recorder, own, states, kernels);
                taken.add(seconds(start));
            }
            if (taken.size() == 1) {
                begun = System.nanoTime(); // what is slow once has no share in the time
            }
        }
        return taken;
    }

    private void once(Walk walk, Recorder recorder, LayerFeed.Layer layer, HiddenStates states, Kernels kernels) {
        recorder.beforeBlock(states.snapshot());
        walk.block(
                states,
                layer,
                new Walk.Watch((k, chunk) -> recorder.taps(chunk.members(), prompts), chunk -> Optional.empty()));
        StateMeasure error = Measures.error(plan.similarity());
        error.of(kernels, states.snapshot());
        recorder.atDepth(states.snapshot(), 1, new BitSet(), new RunListener() {});
    }

    private Tensor states(Kernels kernels, int seed) {
        try (RandomKernels.Generator generator = kernels.random().generator(seed)) {
            long[] shape = {prompts, tokens, model.sizes().width()};
            Tensor drawn = kernels.tensors().convert(kernels.random().normal(generator, shape, 1), precision.state());
            return precision.onCpu() ? drawn : kernels.tensors().toDevice(drawn, precision.device()); // [B, T, D]
        }
    }

    private static double quarter(List<Double> taken) {
        Collections.sort(taken);
        return taken.get(taken.size() / 4);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
