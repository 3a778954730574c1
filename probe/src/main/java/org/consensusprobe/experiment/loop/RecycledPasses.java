package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * The experiment: prompts embedded once, sent through all blocks again and again.
 *
 * <p>The loop is layer-major: for each block of the route, every chunk of prompts. The output of the final norm of one
 * pass enters the next ("recycling"), or, on request, that of its last block; positions are not added again. Errors are
 * taken on the raw residual stream, on the embedding and after every block, never after the final norm.
 */
final class RecycledPasses {
    private final Transformer model;
    private final RunPlan plan;
    private final Walk walk;
    private final Kernels kernels;
    private final Precision precision;
    private final BooleanSupplier cancelled;
    private final StateMeasure error;
    private final Recorder recorder;
    private final PassEnd ends;
    private final PassStart start;
    private final ErrorCheck errorCheck;
    private final Inputs inputs;
    private final List<int[]> prompts;
    private final InitialStates initial;
    private final StatesOut out;
    private final StageTimes times = new StageTimes();
    private double floor;
    private int[] settledIn;

    RecycledPasses(
            Transformer model,
            RunPlan plan,
            Inputs inputs,
            Kernels kernels,
            Precision precision,
            InitialStates initial,
            StatesOut out,
            BooleanSupplier cancelled) {
        this.model = model;
        this.plan = plan;
        this.inputs = inputs;
        this.prompts = inputs.ids();
        this.walk = new Walk(model, plan, kernels);
        this.kernels = kernels;
        this.precision = precision;
        this.initial = initial;
        this.out = out;
        this.cancelled = cancelled;
        this.error = Measures.error(plan.similarity());
        List<Measure> measures = Measures.named(plan.measures(), plan.similarity(), model.images());
        Measure.Sizes sizes = new Measure.Sizes(model.sizes().heads(), inputs.longest());
        this.recorder = new Recorder(measures, sizes, plan.ingredients(), walk::route, kernels);
        this.errorCheck = new ErrorCheck(error, prompts, plan.ingredients(), kernels);
        this.ends = new PassEnd(walk, measures, sizes, kernels, precision, times);
        this.start = new PassStart(walk, ends, errorCheck, kernels, initial, prompts);
    }

    /**
     * Runs all passes, or those that an interrupted run has left.
     *
     * @param memory which layers stay, and whether they are made ahead
     * @return the hidden states after the last pass and its final norm, which the caller closes
     * @throws Problem if an error is not a number, or the run is cancelled
     */
    HiddenStates run(WeightSource source, MemoryPlan memory, RunListener listener, ResumeStore store) {
        List<int[]> split = ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0));
        Optional<Position> restored = store.restore(kernels, prompts, split);
        restored.ifPresent(this::goOn);
        int first = restored.map(Position::blocksDone).orElse(0);
        try (LayerFeed feed = new LayerFeed(
                source, kernels, model, walk.route(), 1, first, memory.residentLayers(), memory.readsAhead())) {
            errorCheck.tell(listener, prompts.size());
            if (restored.isPresent()) {
                findZeroTokens(feed, split, listener);
            }
            Position position = restored.orElseGet(() -> start(feed, split, listener));
            try {
                while (position.blocksDone() < walk.route().blocks()) {
                    if (cancelled.getAsBoolean()) {
                        throw interrupted(position, store);
                    }
                    advance(feed, position, listener);
                    if (position.blocksDone() < walk.route().blocks()) {
                        store.offer(kernels, position);
                    }
                }
                floor = position.floor();
                settledIn = position.trail().settling().settledIn();
                return position.takeStates();
            } catch (RuntimeException | Error e) {
                position.close();
                throw e;
            }
        }
    }

    /** What the run yielded. */
    Experiment.Outcome outcome() {
        return new Experiment.Outcome(
                floor, times.blockSeconds(), times.waitingSeconds(), times.measureSeconds(), route(), settledIn);
    }

    private Route route() {
        return walk.route();
    }

    private void goOn(Position position) {
        recorder.goOn(position.measures());
        Settling settling = position.trail().settling();
        if (settling.isDone()) {
            walk.endWith(Arrays.stream(settling.settledIn()).max().orElseThrow() - 1);
            out.follow(walk.route());
        }
    }

    private Position start(LayerFeed feed, List<int[]> split, RunListener listener) {
        HiddenStates states = initial.make(kernels, feed, inputs, split, precision);
        Position position = null;
        try {
            out.atDepth(0, kernels, states);
            if (errorCheck.findsUndefined(states)) {
                findZeroTokens(feed, split, listener);
            }
            position = new Position(
                    0,
                    states,
                    HiddenStates.ofLastChunk(kernels, states, errorCheck.equalTokens(states)),
                    0,
                    Map.of(),
                    PassTrail.of(plan, prompts, PassTrail.Facts.of(model)));
            double[] errors = errorCheck.of(states, initial.name());
            atDepth(states, 0, errors, listener);
            listener.onEmbedded(errors);
            return position;
        } catch (RuntimeException | Error e) {
            if (position == null) {
                states.close();
            } else {
                position.close();
            }
            throw e;
        }
    }

    private void advance(LayerFeed feed, Position position, RunListener listener) {
        int depth = position.blocksDone() + 1;
        HiddenStates states = position.states();
        long waiting = System.nanoTime();
        try (LayerFeed.Layer layer = feed.next()) {
            long computing = System.nanoTime();
            times.addWaiting(computing - waiting);
            start.begin(position, layer.weights());
            beforeBlock(states);
            long blocks = System.nanoTime();
            times.addMeasures(blocks - computing);
            block(position, layer, depth);
            if (depth <= route().nativeDepth()) {
                walk.equalTokens(position.equal(), layer);
                position.raiseFloor(error.of(kernels, position.equal().snapshot())[0]);
            }
            Walk.Watch watch = RoutingTrail.watchBeside(position.trail().routing(), layer.index());
            position.trail().beside().filter(b -> route().isLooped(depth)).ifPresent(b -> walk.block(b, layer, watch));
            long measuring = System.nanoTime();
            times.addBlocks(measuring - blocks);
            double[] errors = errorCheck.of(states, "depth " + depth + " (" + route().place(depth) + ")");
            atDepth(states, depth, errors, listener);
            times.addMeasures(System.nanoTime() - measuring);
            out.atDepth(depth, kernels, states);
            handOn(feed, position, layer.finalNorm(), listener);
            measureOutput(feed, position, layer.finalNorm(), listener);
            listener.onBlock(depth, errors);
        }
        position.blockDone();
        if (route().endsPass(depth)) {
            listener.onPass(route().at(depth).pass());
        }
    }

    private void handOn(LayerFeed feed, Position position, Weights finalNorm, RunListener listener) {
        int depth = position.blocksDone() + 1;
        HiddenStates states = position.states();
        boolean normed = false;
        if (route().endsPass(depth)) {
            int pass = route().at(depth).pass();
            int planned = route().passes();
            ends.end(pass, states, position.trail(), finalNorm, listener);
            if (route().passes() < planned) {
                feed.follow(route());
                out.follow(route());
            }
            out.atEndOfPass(pass + 1, kernels, states);
            normed = walk.handsOnNormed(depth);
            ends.leave(pass, states, finalNorm);
        }
        if (depth == route().blocks() && !normed) {
            walk.norm(states, finalNorm);
        }
    }

    /** Head and gate read what has passed the final norm, whatever is handed on: after each pass, after the last at the run's end. */
    private void measureOutput(LayerFeed feed, Position position, Weights finalNorm, RunListener listener) {
        int depth = position.blocksDone() + 1;
        int pass = route().at(depth).pass();
        boolean last = pass == route().passes() - 1;
        if (!recorder.readsOutput() || (last ? depth < route().blocks() : !route().endsPass(depth))) {
            return;
        }
        long start = System.nanoTime();
        if (walk.isNormed(depth)) {
            recorder.output(model, feed, position.states(), position.trail(), finalNorm, pass, listener);
        } else {
            try (HiddenStates normed = walk.normed(position.states(), finalNorm)) {
                recorder.output(model, feed, normed, position.trail(), finalNorm, pass, listener);
            }
        }
        times.addMeasures(System.nanoTime() - start);
    }

    private Problem interrupted(Position position, ResumeStore store) {
        if (position.blocksDone() > 0) {
            store.keep(kernels, position);
        }
        return Problem.interrupted(
                "Interrupted in %s: %d of %d blocks are done.",
                route().place(position.blocksDone() + 1), position.blocksDone(), route().blocks());
    }

    private void block(Position position, LayerFeed.Layer layer, int depth) {
        Optional<RoutingTrail> routing = position.trail().routing();
        Optional<StatesOut.Matrices> matrices = out.attention(depth);
        try {
            walk.block(position.states(), layer, RoutingTrail.watch(routing, layer.index(), (k, chunk) -> {
                List<BlockTap> taps = new ArrayList<>(recorder.taps(chunk.members(), prompts.size()));
                matrices.ifPresent(m -> taps.add(0, m.tap(k, chunk.members())));
                return taps;
            }));
            routing.ifPresent(r -> recorder.routed(r.flips()));
            matrices.ifPresent(StatesOut.Matrices::finish);
        } finally {
            matrices.ifPresent(StatesOut.Matrices::close);
        }
    }

    private void beforeBlock(HiddenStates states) {
        try (Scope scope = Scope.open()) {
            recorder.beforeBlock(states.without(kernels.in(scope), errorCheck.undefined(states)));
        }
    }

    private void atDepth(HiddenStates states, int depth, double[] errors, RunListener listener) {
        try (Scope scope = Scope.open()) {
            BitSet undefined = errorCheck.undefined(errors);
            recorder.atDepth(states.without(kernels.in(scope), undefined), depth, undefined, listener);
        }
    }

    /** Which prompts hold a token whose embedding is zero: their error may be undefined, that of no other. */
    private void findZeroTokens(LayerFeed feed, List<int[]> split, RunListener listener) {
        if (initial.fromEmbedding()) {
            try (Scope scope = Scope.open()) {
                List<ZeroToken> tokens = ZeroRows.in(kernels, model, feed.embeddings(scope), inputs, split, precision);
                tokens.forEach(token -> errorCheck.expect(token.prompt()));
                Optional.of(tokens).filter(found -> !found.isEmpty()).ifPresent(listener::onZeroTokens);
            }
        }
    }
}
