package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Halves;
import org.consensusprobe.plan.LeftOut;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;

/**
 * A run with parts of its blocks left out one at a time: all such runs go side by side, layer by layer, and share what comes
 * before the part that they lack. Each gives the errors that a run of its own would give.
 */
public final class Ablation {
    private final Transformer model;
    private final RunPlan plan;
    private final Inputs inputs;
    private final List<int[]> prompts;
    private final Kernels kernels;
    private final Precision precision;
    private final InitialStates initial;
    private final WeightSource source;
    private final MemoryPlan memory;
    private final Walk walk;
    private final StateMeasure error;
    private final PassEnd ends;

    Ablation(
            Transformer model,
            RunPlan plan,
            Inputs inputs,
            Kernels kernels,
            Precision precision,
            InitialStates initial,
            WeightSource source,
            MemoryPlan memory) {
        this.model = model;
        this.plan = plan;
        this.inputs = inputs;
        this.prompts = inputs.ids();
        this.kernels = kernels;
        this.precision = precision;
        this.initial = initial;
        this.source = source;
        this.memory = memory;
        this.walk = new Walk(model, plan, kernels);
        this.error = Measures.error(plan.similarity());
        this.ends = new PassEnd(
                walk,
                List.of(),
                new Measure.Sizes(model.sizes().heads(), inputs.longest()),
                kernels,
                precision,
                new StageTimes());
    }

    /**
     * Errors of every prompt.
     *
     * @param atNative at the end of the first pass; NaN where activations are no numbers
     * @param atEnd behind the last block
     */
    public record Errors(double[] atNative, double[] atEnd) {}

    /** How many blocks will run for these parts. */
    public long blocks(List<LeftOut> parts) {
        Route route = walk.route();
        long blocks = 0;
        for (List<LeftOut> group : groups(parts)) {
            blocks += route.blocks();
            for (LeftOut part : group) {
                blocks += route.blocks() - firstDepth(part) + 1L;
            }
        }
        return blocks;
    }

    /**
     * Runs.
     *
     * @param parts that are left out, one at a time; each layer is on the way
     * @param done told how many blocks are done
     * @return the errors of each; they are independent of the others
     * @throws Problem if it is cancelled
     */
    public Map<LeftOut, Errors> run(List<LeftOut> parts, LongConsumer done, BooleanSupplier cancelled) {
        Map<LeftOut, Errors> found = new LinkedHashMap<>();
        long[] blocks = {0};
        for (List<LeftOut> group : groups(parts)) {
            walk(
                    group,
                    found,
                    count -> {
                        blocks[0] += count;
                        done.accept(blocks[0]);
                    },
                    cancelled);
        }
        Map<LeftOut, Errors> inOrder = new LinkedHashMap<>();
        parts.forEach(part -> inOrder.put(part, found.get(part)));
        return inOrder;
    }

    private int firstDepth(LeftOut part) {
        Route route = walk.route();
        int depth = 1;
        while (part.part().isOfALayer() && !part.isOf(route.at(depth).layer())) {
            depth++;
        }
        return depth;
    }

    /** Parts that fit in memory side by side. */
    private List<List<LeftOut>> groups(List<LeftOut> parts) {
        long tokens = prompts.stream().mapToLong(p -> p.length).sum();
        long sets = 1 + PassTrail.Need.of(plan, List.of(), model.isInjected()).sets();
        long each = sets * tokens * model.sizes().width() * precision.state().bytes();
        long room = Math.max(1, (memory.ceilingBytes() - memory.streamedBytes()) / Math.max(1, each) - 1);
        int size = (int) Math.min(room, parts.size());
        List<List<LeftOut>> groups = new ArrayList<>();
        for (int from = 0; from < parts.size(); from += size) {
            groups.add(parts.subList(from, Math.min(parts.size(), from + size)));
        }
        return groups;
    }

    private void walk(List<LeftOut> group, Map<LeftOut, Errors> found, LongConsumer done, BooleanSupplier cancelled) {
        List<Track> tracks = new ArrayList<>();
        Set<LeftOut> waiting = new HashSet<>(group);
        List<int[]> split = ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0));
        try (LayerFeed feed = new LayerFeed(
                source, kernels, model, walk.route(), 1, 0, memory.residentLayers(), memory.readsAhead())) {
            tracks.add(new Track(
                    null,
                    initial.make(kernels, feed, inputs, split, precision),
                    PassTrail.of(plan, prompts, PassTrail.Facts.of(model))));
            for (int depth = 1; depth <= walk.route().blocks(); depth++) {
                if (cancelled.getAsBoolean()) {
                    throw Problem.interrupted("Interrupted in %s.", walk.route().place(depth));
                }
                try (LayerFeed.Layer layer = feed.next()) {
                    begin(tracks, depth, layer);
                    for (LeftOut part : group) {
                        boolean begins = !part.part().isOfALayer() || part.isOf(layer.index());
                        if (begins && waiting.remove(part)) {
                            tracks.add(tracks.get(0).twin(part));
                        }
                    }
                    if (waiting.isEmpty() && tracks.get(0).part == null) {
                        tracks.remove(0).close(); // nothing sets out from it any more
                    }
                    block(tracks, depth, layer);
                }
                done.accept(tracks.size());
            }
            tracks.forEach(track -> found.put(track.part, new Errors(track.atNative, track.atEnd)));
        } finally {
            tracks.forEach(Track::close);
        }
    }

    private void begin(List<Track> tracks, int depth, LayerFeed.Layer layer) {
        for (Track track : tracks) {
            if (depth - 1 == walk.route().first()) {
                ends.begin(track.states, track.trail, initial, prompts);
            }
            if (walk.isInjected() && walk.beginsPass(depth - 1)) {
                walk.inject(track.states, layer.weights(), track.trail.injected());
            }
        }
    }

    private void block(List<Track> tracks, int depth, LayerFeed.Layer layer) {
        Route route = walk.route();
        Halves all = plan.ingredients().halves(layer.index());
        for (Track track : tracks) {
            boolean lacks = track.part != null && track.part.isOf(layer.index());
            walk.block(
                    track.states,
                    layer,
                    track.part == null ? plan.ingredients() : track.part.ingredients(plan.ingredients()),
                    lacks ? all.and(track.part.halves()) : all,
                    RoutingTrail.watch(track.trail.routing(), layer.index()));
            if (depth == route.nativeDepth()) {
                track.atNative = error.of(kernels, track.states.snapshot());
            }
            if (depth == route.blocks()) {
                track.atEnd = error.of(kernels, track.states.snapshot());
            } else if (route.endsPass(depth)) {
                int pass = route.at(depth).pass();
                ends.end(pass, track.states, track.trail, layer.finalNorm(), new RunListener() {});
                ends.leave(pass, track.states, layer.finalNorm());
            }
        }
    }

    /** The states of one such run; of the model as it is where nothing is left out. */
    private final class Track implements AutoCloseable {
        private final LeftOut part;
        private final HiddenStates states;
        private final PassTrail trail;
        private double[] atNative = new double[0];
        private double[] atEnd = new double[0];

        Track(LeftOut part, HiddenStates states, PassTrail trail) {
            this.part = part;
            this.states = states;
            this.trail = trail;
        }

        Track twin(LeftOut left) {
            Track twin = new Track(
                    left,
                    PassTrail.copy(kernels, states),
                    trail.twin(kernels, PassTrail.of(plan, prompts, PassTrail.Facts.of(model))));
            twin.atNative = Arrays.copyOf(atNative, atNative.length); // of a loop's last blocks, which come after it
            return twin;
        }

        @Override
        public void close() {
            states.close();
            trail.close();
        }
    }
}
