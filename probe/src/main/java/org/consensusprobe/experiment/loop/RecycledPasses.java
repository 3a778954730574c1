package org.consensusprobe.experiment.loop;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.AttentionTap;
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
    private final Route route;
    private final Kernels kernels;
    private final Precision precision;
    private final BooleanSupplier cancelled;
    private final StateMeasure error;
    private final Recorder recorder;
    private final InitialStates initial;
    private final StatesOut out;
    private final StageTimes times = new StageTimes();
    private double floor;
    private BitSet zeroTokened = new BitSet();

    RecycledPasses(
            Transformer model,
            RunPlan plan,
            Kernels kernels,
            Precision precision,
            InitialStates initial,
            StatesOut out,
            BooleanSupplier cancelled) {
        this.model = model;
        this.plan = plan;
        this.walk = new Walk(model, plan, kernels);
        this.route = walk.route();
        this.kernels = kernels;
        this.precision = precision;
        this.initial = initial;
        this.out = out;
        this.cancelled = cancelled;
        this.error = Measures.error(plan.similarity());
        this.recorder = new Recorder(
                Measures.named(plan.measures(), plan.similarity()),
                new Measure.Sizes(model.sizes().heads()),
                route,
                kernels);
    }

    /**
     * Runs all passes, or those that an interrupted run has left.
     *
     * @param prompts token ids of each prompt
     * @param resident layers that stay in memory
     * @return the hidden states after the last pass and its final norm, which the caller closes
     * @throws Problem if an error is not a number, or the run is cancelled
     */
    HiddenStates run(List<int[]> prompts, WeightSource source, int resident, RunListener listener, ResumeStore store) {
        List<int[]> split = ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0));
        Optional<Position> restored = store.restore(kernels, prompts, split);
        restored.ifPresent(position -> recorder.goOn(position.measures()));
        int first = restored.map(Position::blocksDone).orElse(0);
        try (LayerFeed feed = new LayerFeed(source, kernels, model, route, 1, first, resident)) {
            if (restored.isPresent()) {
                findZeroTokens(feed, prompts, split, listener);
            }
            Position position = restored.orElseGet(() -> start(feed, prompts, split, listener));
            try {
                while (position.blocksDone() < route.blocks()) {
                    if (cancelled.getAsBoolean()) {
                        throw interrupted(position, store);
                    }
                    advance(feed, position, listener);
                    if (position.blocksDone() < route.blocks()) {
                        store.offer(kernels, position);
                    }
                }
                floor = position.floor();
                return position.takeStates();
            } catch (RuntimeException | Error e) {
                position.close();
                throw e;
            }
        }
    }

    /** The largest error that equal tokens reach within the first pass: what rounding alone makes of them. */
    double floor() {
        return floor;
    }

    StageTimes times() {
        return times;
    }

    private Position start(LayerFeed feed, List<int[]> prompts, List<int[]> split, RunListener listener) {
        HiddenStates states;
        if (initial.fromEmbedding()) {
            try (Scope scope = Scope.open()) {
                states = HiddenStates.embed(kernels, model, feed.embeddings(scope), prompts, split, precision);
            }
        } else {
            states = initial.load(kernels, prompts, split, model.sizes().width(), precision);
        }
        Position position = null;
        try {
            initial.replace(kernels, states, prompts.size(), precision);
            out.atDepth(0, kernels, states);
            if (Arrays.stream(error.of(kernels, states.snapshot())).anyMatch(Double::isNaN)) {
                findZeroTokens(feed, prompts, split, listener);
            }
            position = new Position(
                    0, states, HiddenStates.ofLastChunk(kernels, states, equalTokens(states)), 0, Map.of());
            double[] errors = checked(states, initial.name());
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

    /** One prompt of equal tokens: the first token of a prompt whose tokens have a direction. */
    private HiddenStates.Step equalTokens(HiddenStates states) {
        int[] members = states.chunks().get(states.chunks().size() - 1).members(); // those of the longest prompts
        int row = IntStream.range(0, members.length)
                .filter(i -> !zeroTokened.get(members[i]))
                .findFirst()
                .orElse(0);
        return (k, x) -> k.repeatFirstToken(k.tensors().rowsView(x, row, row + 1L));
    }

    private void advance(LayerFeed feed, Position position, RunListener listener) {
        int depth = position.blocksDone() + 1;
        HiddenStates states = position.states();
        long waiting = System.nanoTime();
        try (LayerFeed.Layer layer = feed.next()) {
            long computing = System.nanoTime();
            times.addWaiting(computing - waiting);
            beforeBlock(states);
            long blocks = System.nanoTime();
            times.addMeasures(blocks - computing);
            block(states, layer, depth);
            if (depth <= route.nativeDepth()) {
                walk.block(position.equal(), layer, (k, chunk) -> List.of());
                position.raiseFloor(error.of(kernels, position.equal().snapshot())[0]);
            }
            long measuring = System.nanoTime();
            times.addBlocks(measuring - blocks);
            double[] errors = checked(states, "depth " + depth + " (" + route.place(depth) + ")");
            atDepth(states, depth, errors, listener);
            times.addMeasures(System.nanoTime() - measuring);
            out.atDepth(depth, kernels, states);
            handOn(depth, states, layer.finalNorm());
            measureOutput(feed, depth, states, layer.finalNorm(), listener);
            listener.onBlock(depth, errors);
        }
        position.blockDone();
        if (route.endsPass(depth)) {
            listener.onPass(route.at(depth).pass());
        }
    }

    private void handOn(int depth, HiddenStates states, Weights finalNorm) {
        boolean first = walk.handsOnNormed(depth);
        if (route.endsPass(depth) && !first) {
            out.atEndOfPass(route.at(depth).pass() + 1, kernels, states);
        }
        if (walk.isNormed(depth)) {
            walk.norm(states, finalNorm);
        }
        if (first) {
            out.atEndOfPass(route.at(depth).pass() + 1, kernels, states);
        }
    }

    /** The head reads what has passed the final norm, whatever is handed on: after each pass, after the last at the run's end. */
    private void measureOutput(
            LayerFeed feed, int depth, HiddenStates states, Weights finalNorm, RunListener listener) {
        int pass = route.at(depth).pass();
        boolean last = pass == route.passes() - 1;
        if (!recorder.wantsOutput() || (last ? depth < route.blocks() : !route.endsPass(depth))) {
            return;
        }
        long start = System.nanoTime();
        Optional<Weights> head = model.head().isEmpty() ? Optional.empty() : Optional.of(feed.head(pass));
        if (walk.isNormed(depth)) {
            recorder.afterPass(model, head, states, pass, listener);
        } else {
            try (HiddenStates normed = walk.normed(states, finalNorm)) {
                recorder.afterPass(model, head, normed, pass, listener);
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
                route.place(position.blocksDone() + 1), position.blocksDone(), route.blocks());
    }

    private void block(HiddenStates states, LayerFeed.Layer layer, int depth) {
        Optional<StatesOut.Matrices> matrices = out.attention(depth);
        try {
            walk.block(states, layer, (k, chunk) -> {
                List<AttentionTap> taps = new ArrayList<>();
                matrices.ifPresent(m -> taps.add(m.tap(k, chunk.members())));
                recorder.tap(chunk.members(), states.prompts()).ifPresent(taps::add);
                return taps;
            });
            matrices.ifPresent(StatesOut.Matrices::finish);
        } finally {
            matrices.ifPresent(StatesOut.Matrices::close);
        }
    }

    private void beforeBlock(HiddenStates states) {
        try (Scope scope = Scope.open()) {
            BitSet undefined = zeroTokened.isEmpty() ? zeroTokened : undefined(error.of(kernels, states.snapshot()));
            recorder.beforeBlock(states.without(kernels.in(scope), undefined));
        }
    }

    private void atDepth(HiddenStates states, int depth, double[] errors, RunListener listener) {
        try (Scope scope = Scope.open()) {
            BitSet undefined = undefined(errors);
            recorder.atDepth(states.without(kernels.in(scope), undefined), depth, undefined, listener);
        }
    }

    /** Which prompts hold a token whose embedding is zero: their error may be undefined, that of no other. */
    private void findZeroTokens(LayerFeed feed, List<int[]> prompts, List<int[]> split, RunListener listener) {
        if (!initial.fromEmbedding()) {
            return;
        }
        try (Scope scope = Scope.open()) {
            List<ZeroToken> tokens = ZeroRows.in(kernels, model, feed.embeddings(scope), prompts, split, precision);
            tokens.forEach(token -> zeroTokened.set(token.prompt()));
            if (!tokens.isEmpty()) {
                listener.onZeroTokens(tokens);
            }
        }
    }

    private static BitSet undefined(double[] errors) {
        BitSet undefined = new BitSet();
        IntStream.range(0, errors.length).filter(i -> Double.isNaN(errors[i])).forEach(undefined::set);
        return undefined;
    }

    private double[] checked(HiddenStates states, String where) {
        double[] errors = error.of(kernels, states.snapshot());
        BitSet unexpected = undefined(errors);
        if (!unexpected.isEmpty() && !isFinite(states)) {
            throw notANumber(unexpected.nextSetBit(0), "activations are NaN or infinite", where);
        }
        unexpected.andNot(zeroTokened);
        if (!unexpected.isEmpty()) {
            throw notANumber(unexpected.nextSetBit(0), "a token became the zero vector, which has no direction", where);
        }
        return errors;
    }

    private String advice() {
        String without = Stream.of(
                        plan.ingredients().norm() ? "" : "norms",
                        plan.ingredients().skip() ? "" : "skips")
                .filter(s -> !s.isEmpty())
                .collect(Collectors.joining(" and "));
        return without.isEmpty()
                ? "Try --dtype float32 or float64; if it stays, the checkpoint is at fault."
                : "Without " + without
                        + " activations grow or vanish from block to block: take fewer --passes, or --dtype"
                        + " float64 for a wider range.";
    }

    private boolean isFinite(HiddenStates states) {
        return states.chunks().stream().allMatch(chunk -> kernels.tensors().isFinite(chunk.x()));
    }

    private Problem notANumber(int prompt, String reason, String where) {
        return Problem.failed("%s: the error of prompt %d is not a number: %s.%n%s", where, prompt, reason, advice());
    }
}
