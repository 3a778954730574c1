package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.AttentionMeasure;
import org.consensusprobe.measure.BlockMeasure;
import org.consensusprobe.measure.ChangeMeasure;
import org.consensusprobe.measure.CloudMeasure;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.PassMeasure;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.NativeHeap;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;

/** Measures states that another program made, as those of a run are measured: at every depth, over every block and pass. */
public final class GivenPasses {
    private final StatesSource source;
    private final RunPlan plan;
    private final Route route;
    private final Kernels kernels;
    private final Precision precision;
    private final List<int[]> prompts;
    private final List<Measure> measures;
    private final Measure.Sizes sizes;
    private final Recorder recorder;
    private final StateMeasure error;
    private final StatesOut out;

    /**
     * Of states along a route.
     *
     * @throws Problem if the plan keeps states of depths that are not there
     */
    public GivenPasses(StatesSource source, RunPlan plan, Route route, Kernels kernels, Precision precision) {
        this.source = source;
        this.plan = plan;
        this.route = route;
        this.kernels = kernels;
        this.precision = precision;
        this.prompts = Arrays.stream(source.lengths()).mapToObj(int[]::new).toList(); // whose ids nobody asks for
        this.measures = Measures.named(plan.measures(), plan.similarity());
        this.sizes = new Measure.Sizes(source.heads(), longest(source));
        this.recorder = new Recorder(measures, sizes, Ingredients.ALL, () -> route, kernels);
        this.error = Measures.error(plan.similarity());
        this.out = new StatesOut(plan, route, source.width(), source.heads(), prompts, precision);
        NativeHeap.prepareFor(longest(source));
    }

    /** Whether states, and attention matrices where there are any, are all that a measure needs. */
    public static boolean canTake(Measure measure, boolean attention) {
        if (measure instanceof AttentionMeasure a) {
            return attention && !a.branch();
        }
        return measure instanceof StateMeasure
                || measure instanceof CloudMeasure
                || measure instanceof BlockMeasure
                || measure instanceof ChangeMeasure
                || measure instanceof PassMeasure;
    }

    /** The states that are kept. */
    public StatesOut statesOut() {
        return out;
    }

    /** What axes of measures depend on. */
    public Measure.Sizes sizes() {
        return sizes;
    }

    /** The most that is held at once, without file-mapped pages: states of two depths and of earlier passes, and a measure's work. */
    public long bytes() {
        long tokens = prompts.stream().mapToLong(p -> p.length).sum();
        long states = tokens * source.width() * precision.state().bytes();
        long work = 0;
        for (int[] chunk : split()) {
            Measure.Sizes own = new Measure.Sizes(
                    source.heads(),
                    prompts.size(),
                    sizes.longest(),
                    chunk.length,
                    prompts.get(chunk[0]).length,
                    source.width(),
                    0);
            for (Measure measure : measures) {
                work = Math.max(work, measure.bytes(own) + measure.javaBytes(own));
            }
        }
        return (2 + PassTrail.Need.of(plan, measures, false).sets()) * states + work;
    }

    /**
     * Measures all depths.
     *
     * @throws Problem if what is read cannot be states or attention matrices, or the work is cancelled
     */
    public void run(RunListener listener, BooleanSupplier cancelled) {
        try (PassTrail trail = PassTrail.of(plan, prompts, PassTrail.Facts.UNKNOWN)) {
            HiddenStates states = load(0);
            try {
                BitSet undefined = atDepth(0, states, listener);
                trail.enter(kernels, states);
                for (int depth = 1; depth <= route.blocks(); depth++) {
                    if (cancelled.getAsBoolean()) {
                        throw Problem.interrupted(
                                "Interrupted: %d of %d depths are measured.", depth, route.blocks() + 1);
                    }
                    before(depth, states, undefined);
                    HiddenStates next = load(depth);
                    recorder.between(states, next);
                    states.takeOver(next);
                    undefined = atDepth(depth, states, listener);
                    if (route.endsPass(depth)) {
                        undefined = endPass(route.at(depth).pass(), states, undefined, trail, listener);
                    }
                }
            } finally {
                states.close();
            }
        }
    }

    private void before(int depth, HiddenStates states, BitSet undefined) {
        try (Scope scope = Scope.open()) {
            recorder.beforeBlock(states.without(kernels.in(scope), undefined));
        }
        if (!source.attends(depth)) {
            return;
        }
        for (HiddenStates.Chunk chunk : states.chunks()) {
            recorder.attention(chunk.members(), prompts.size()).ifPresent(tap -> see(tap, depth, chunk));
        }
    }

    private void see(BlockTap tap, int depth, HiddenStates.Chunk chunk) {
        tap.onMatrices(new GivenAttention(kernels, source, depth, chunk.members(), precision));
        tap.onBranch(null, chunk.x()); // measures that need the branch are not taken
    }

    /** The prompts whose error is no number although they have tokens to compare: a token has no direction. */
    private BitSet undefined(double[] errors) {
        BitSet undefined = new BitSet();
        IntStream.range(0, errors.length)
                .filter(i -> Double.isNaN(errors[i]) && prompts.get(i).length > 1)
                .forEach(undefined::set);
        return undefined;
    }

    /** Prompts with a token that has no direction at this depth are NaN there. */
    private BitSet atDepth(int depth, HiddenStates states, RunListener listener) {
        double[] errors = error.of(kernels, states.snapshot());
        BitSet undefined = undefined(errors);
        try (Scope scope = Scope.open()) {
            recorder.atDepth(states.without(kernels.in(scope), undefined), depth, undefined, listener);
        }
        out.atDepth(depth, kernels, states);
        if (depth == 0) {
            listener.onEmbedded(errors);
        } else {
            listener.onBlock(depth, errors);
        }
        return undefined;
    }

    /** What a pass handed on enters the next, where it is known. */
    private BitSet endPass(int pass, HiddenStates states, BitSet undefined, PassTrail trail, RunListener listener) {
        if (source.handsOn(pass)) {
            states.takeOver(load((k, prompt) -> source.handedOn(k, pass, prompt)));
        }
        passEnded(pass, states, trail, listener);
        return source.handsOn(pass) ? undefined(error.of(kernels, states.snapshot())) : undefined;
    }

    private void passEnded(int pass, HiddenStates handed, PassTrail trail, RunListener listener) {
        for (Measure measure : measures) {
            if (measure instanceof PassMeasure passes) {
                listener.onMeasure(pass, measure.name(), passes.of(kernels, trail.with(handed), sizes));
            }
        }
        out.atEndOfPass(pass + 1, kernels, handed);
        if (pass < route.passes() - 1) {
            trail.enter(kernels, handed);
        }
        listener.onPass(pass);
    }

    private HiddenStates load(int depth) {
        return load((k, prompt) -> source.states(k, depth, prompt));
    }

    /** Reads the states [T, D] of one prompt. */
    @FunctionalInterface
    private interface PromptReader {
        Tensor read(Kernels kernels, int prompt);
    }

    private HiddenStates load(PromptReader reader) {
        List<int[]> split = split();
        return HiddenStates.of(kernels, prompts.size(), split, (k, chunk) -> {
            int[] members = split.get(chunk);
            long[] shape = {members.length, prompts.get(members[0]).length, source.width()};
            Tensor x = k.tensors().filled(shape, 0, precision.state()); // [B, T, D]
            for (int i = 0; i < members.length; i++) {
                try (Scope scope = Scope.open()) {
                    Kernels own = k.in(scope);
                    own.tensors().setRow(x, i, reader.read(own, members[i]));
                }
            }
            return precision.onCpu() ? x : k.tensors().toDevice(x, precision.device());
        });
    }

    private List<int[]> split() {
        return ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0));
    }

    private static int longest(StatesSource source) {
        return IntStream.of(source.lengths()).max().orElseThrow();
    }
}
