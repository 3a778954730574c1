package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.consensusprobe.measure.Attended;
import org.consensusprobe.measure.AttentionMeasure;
import org.consensusprobe.measure.BlockMeasure;
import org.consensusprobe.measure.ChangeMeasure;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.ExitMeasure;
import org.consensusprobe.measure.Exits;
import org.consensusprobe.measure.ExpertFlips;
import org.consensusprobe.measure.HalfMeasure;
import org.consensusprobe.measure.HeadMeasure;
import org.consensusprobe.measure.KeyValueMeasure;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.OutputMeasure;
import org.consensusprobe.measure.OutputMeasures;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.model.OwnLoop;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.plan.Route;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/** Takes a run's measures at the moments their kinds ask for, and tells them in the plan's order. */
final class Recorder {
    private final List<Measure> measures;
    private final Measure.Sizes sizes;
    private final Kernels kernels;
    private final Map<Measure, double[]> before = new HashMap<>();
    private final Map<Measure, double[]> attended = new HashMap<>();
    private final Map<String, double[]> overPass = new HashMap<>();
    private final Supplier<Route> route;
    private final HalfSteps halves;
    private final HeadSteps heads;
    private final KeyValueSteps keys;
    private final ChangeSteps changes;
    private final boolean matrices;

    /** Of a run along that route, which may become shorter. */
    Recorder(List<Measure> measures, Measure.Sizes sizes, Ingredients used, Supplier<Route> route, Kernels kernels) {
        this.measures = measures;
        this.sizes = sizes;
        this.route = route;
        this.kernels = kernels;
        this.halves = new HalfSteps(measures, kernels);
        this.heads = new HeadSteps(measures, sizes.heads(), used, kernels);
        this.keys = new KeyValueSteps(measures, sizes, kernels);
        this.changes = new ChangeSteps(measures, kernels);
        this.matrices = measures.stream().anyMatch(m -> m instanceof AttentionMeasure a && a.matrices());
    }

    /** Whether a measure reads what has passed the final norm. */
    boolean readsOutput() {
        return measures.stream().anyMatch(Measure::isOfOutput);
    }

    /** Whether a measure wants the distributions of next tokens, for which the head's weights are needed. */
    boolean wantsHead() {
        return measures.stream().anyMatch(OutputMeasure.class::isInstance);
    }

    /** Goes on from what an earlier process recorded at its last depth, by the measures' names. */
    void goOn(Map<String, double[]> last) {
        overPass.putAll(last);
    }

    /** Before a block: what its measures compare with. */
    void beforeBlock(DepthStates snapshot) {
        for (Measure measure : measures) {
            if (measure instanceof BlockMeasure block) {
                before.put(block, block.quantities(kernels, snapshot));
            }
        }
        halves.begin(snapshot);
        heads.begin(snapshot.prompts());
        changes.begin(snapshot.prompts());
    }

    /** What looks at a chunk inside a block: none where no measure does. */
    List<BlockTap> taps(int[] members, int prompts) {
        return Stream.of(
                        attention(members, prompts),
                        halves.tap(members),
                        heads.tap(members),
                        keys.tap(members, prompts),
                        changes.tap(members))
                .flatMap(Optional::stream)
                .toList();
    }

    /** Between the states before and after a block that is not seen. */
    void between(HiddenStates before, HiddenStates after) {
        changes.between(before, after);
    }

    /** What looks at the attention of a chunk alone; empty if no measure does. */
    Optional<BlockTap> attention(int[] members, int prompts) {
        boolean tapped = measures.stream().anyMatch(AttentionMeasure.class::isInstance);
        return tapped ? Optional.of(new Tap(members, prompts)) : Optional.empty();
    }

    /** After a block: how many tokens of each prompt its experts changed for. */
    void routed(double[] flips) {
        measures.stream().filter(ExpertFlips.class::isInstance).forEach(m -> attended.put(m, flips));
    }

    /**
     * After the embedding (depth 0) or a block.
     *
     * @param snapshot the prompts whose tokens all have a direction
     * @param undefined the other prompts: measures of their states are NaN
     */
    void atDepth(DepthStates snapshot, int depth, BitSet undefined, RunListener listener) {
        Map<Measure, double[]> clouds = Clouds.of(measures, sizes, kernels, snapshot);
        for (Measure measure : measures.stream().filter(m -> !m.perPass()).toList()) {
            double[] values = Optional.ofNullable(attended.remove(measure)).orElse(clouds.get(measure));
            if (measure instanceof StateMeasure state) {
                values = snapshot.chunks().isEmpty() ? null : state.of(kernels, snapshot, sizes);
            } else if (measure instanceof BlockMeasure block) {
                values = depth == 0
                        ? null
                        : BlockMeasure.ratios(block.quantities(kernels, snapshot), before.remove(block));
            } else if (measure instanceof HalfMeasure half) {
                values = depth == 0 ? null : halves.values(half, snapshot);
            } else if (measure instanceof HeadMeasure) {
                values = heads.values();
            } else if (measure instanceof KeyValueMeasure norms) {
                values = keys.take(norms);
            } else if (measure instanceof ChangeMeasure change) {
                values = changes.values(change);
            } else if (measure instanceof AttentionMeasure attention && attention.overPass() && values != null) {
                values = product(measure.name(), depth, values);
            }
            if (values == null) {
                values = undefined(snapshot.prompts(), measure);
            } else if (!(measure instanceof AttentionMeasure)) {
                leaveOut(values, undefined, measure.size(sizes));
            }
            listener.onMeasure(depth, measure.name(), values);
        }
    }

    /** What head and gate read of the normed states at the end of a pass. */
    void output(
            Transformer model,
            LayerFeed feed,
            HiddenStates normed,
            PassTrail trail,
            Weights finalNorm,
            int pass,
            RunListener listener) {
        Optional<Weights> head =
                !wantsHead() || model.head().isEmpty() ? Optional.empty() : Optional.of(feed.head(pass));
        nextTokens(model, head, normed, pass, listener);
        exits(model, finalNorm, normed, pass, trail, listener);
    }

    /**
     * After a pass and its final norm.
     *
     * @param head the weights that score next tokens; empty for a model that scores none
     */
    void nextTokens(Transformer model, Optional<Weights> head, HiddenStates states, int pass, RunListener listener) {
        Optional<OutputMeasures.Values> values =
                head.map(weights -> OutputMeasures.of(kernels, model, weights, states.snapshot()));
        for (Measure measure : measures) {
            if (measure instanceof OutputMeasure output) {
                listener.onMeasure(
                        pass,
                        measure.name(),
                        values.map(output.pick()).orElseGet(() -> undefined(states.prompts(), measure)));
            }
        }
    }

    /**
     * After a pass and its final norm: what the model's gate says; nothing is known of a model that has none.
     *
     * @param weights the final norm's, beside which the gate's are
     */
    void exits(
            Transformer model, Weights weights, HiddenStates states, int pass, PassTrail trail, RunListener listener) {
        boolean gated = model.ownLoop().filter(OwnLoop::gated).isPresent();
        Optional<Exits.Values> values = trail.exits().filter(exits -> gated).map(exits -> {
            double[][] gates = new double[states.prompts()][];
            for (HiddenStates.Chunk chunk : states.chunks()) {
                try (Scope scope = Scope.open()) {
                    double[] of = model.exitGate(kernels.in(scope), weights, chunk.x());
                    int tokens = of.length / chunk.members().length;
                    for (int i = 0; i < chunk.members().length; i++) {
                        gates[chunk.members()[i]] = Arrays.copyOfRange(of, i * tokens, (i + 1) * tokens);
                    }
                }
            }
            return exits.after(gates, pass == route.get().passes() - 1);
        });
        for (Measure measure : measures) {
            if (measure instanceof ExitMeasure exit) {
                listener.onMeasure(
                        pass,
                        measure.name(),
                        values.map(exit.pick()).orElseGet(() -> undefined(states.prompts(), measure)));
            }
        }
    }

    private static void leaveOut(double[] values, BitSet prompts, int size) {
        prompts.stream().forEach(prompt -> Arrays.fill(values, prompt * size, (prompt + 1) * size, Double.NaN));
    }

    private double[] undefined(int prompts, Measure measure) {
        double[] values = new double[prompts * measure.size(sizes)];
        Arrays.fill(values, Double.NaN);
        return values;
    }

    private double[] product(String measure, int depth, double[] factors) {
        double[] product = factors.clone();
        double[] before = overPass.get(measure); // none where no block of the run attended so far
        if (depth > 1 && before != null && !route.get().endsPass(depth - 1)) { // a stretch of its own a pass
            Arrays.setAll(product, i -> before[i] * factors[i]);
        }
        overPass.put(measure, product);
        return product;
    }

    /** Reduces the attention of one chunk in one block. */
    private final class Tap implements BlockTap {
        private final int[] members;
        private final int prompts;
        private final Scope kept = Scope.open();
        private AttentionRows rows;

        Tap(int[] members, int prompts) {
            this.members = members;
            this.prompts = prompts;
        }

        @Override
        public boolean seesBranch() {
            return true;
        }

        @Override
        public void onMatrices(AttentionRows made) {
            if (matrices) {
                made.keepIn(kept);
                rows = made;
            }
        }

        @Override
        public void onBranch(Tensor branch, Tensor x) {
            try (Scope scope = kept) {
                Kernels k = kernels.in(scope);
                Attended chunk = new Attended(rows, branch, x);
                for (Measure measure : measures) {
                    if (measure instanceof AttentionMeasure attention) {
                        double[] all = attended.computeIfAbsent(measure, m -> undefined(prompts, m));
                        double[] own = attention.reduction().apply(k, chunk);
                        int size = own.length / members.length;
                        for (int i = 0; i < members.length; i++) {
                            System.arraycopy(own, i * size, all, members[i] * size, size);
                        }
                    }
                }
            }
        }
    }
}
