package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.consensusprobe.measure.ExpertFlips;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.model.Routing;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;

/**
 * Which experts the tokens of a run were sent to, layer by layer, when they came by last: what {@code expert-flips} compares with, and
 * what frozen routing sends them to again. Nothing is remembered where neither is asked for.
 */
public final class RoutingTrail {
    private static final int NONE = -1;

    private final boolean frozen;
    private final int chosen;
    private final int longest;
    private final int[] lengths;
    /** By layer, prompt, token and place: the experts, ascending for each token. */
    private final int[][][] latest;

    private double[] flips;

    private RoutingTrail(boolean frozen, int layers, int chosen, int[] lengths) {
        this.frozen = frozen;
        this.chosen = chosen;
        this.lengths = lengths;
        this.longest = Arrays.stream(lengths).max().orElse(0);
        this.latest = new int[layers][lengths.length][];
        this.flips = new double[lengths.length];
    }

    /** Of a run of that plan; empty where nobody asks, or where the model has no experts. */
    static Optional<RoutingTrail> of(
            RunPlan plan,
            List<Measure> measures,
            List<int[]> prompts,
            int layers,
            Optional<Transformer.Mixture> mixture) {
        int[] lengths = prompts.stream().mapToInt(p -> p.length).toArray();
        boolean frozen = plan.ingredients().freezeRouting();
        return mixture.filter(m -> plan.feedForward() && isAsked(plan, measures))
                .map(m -> new RoutingTrail(frozen, layers, m.chosen(), lengths));
    }

    private static boolean isAsked(RunPlan plan, List<Measure> measures) {
        return plan.ingredients().freezeRouting() || measures.stream().anyMatch(ExpertFlips.class::isInstance);
    }

    /** Bytes of Java's memory that a run of so many tokens takes for it. */
    static long bytes(RunPlan plan, List<Measure> measures, Transformer model, long tokens) {
        return model.mixture()
                .filter(m -> plan.feedForward() && isAsked(plan, measures))
                .map(m -> (long) Integer.BYTES * model.layers() * tokens * m.chosen())
                .orElse(0L);
    }

    /**
     * How many tokens of each prompt were sent to other experts in the last block than when they came by before; NaN where they
     * did not, or where the block has no experts.
     */
    double[] flips() {
        return flips.clone();
    }

    /** What goes along as the run's states go through a layer: those taps, and what sees, or makes, choices. */
    static Walk.Watch watch(
            Optional<RoutingTrail> routing, int layer, BiFunction<Kernels, HiddenStates.Chunk, List<BlockTap>> taps) {
        routing.ifPresent(r -> Arrays.fill(r.flips, Double.NaN));
        return new Walk.Watch(taps, chunk -> routing.map(r -> r.at(layer, chunk.members())));
    }

    /** The same without taps. */
    static Walk.Watch watch(Optional<RoutingTrail> routing, int layer) {
        return watch(routing, layer, (k, chunk) -> List.of());
    }

    /** The same for states that walk beside the run's own, behind them: they are sent where those were, if routing is frozen. */
    static Walk.Watch watchBeside(Optional<RoutingTrail> routing, int layer) {
        return new Walk.Watch((k, chunk) -> List.of(), chunk -> routing.flatMap(r -> r.beside(layer, chunk.members())));
    }

    /** What sees the choices of some prompts in a layer, and where routing is frozen makes them. */
    Routing at(int layer, int[] members) {
        return (first, tokens, k, own) -> {
            long[] used = frozen ? known(layer, members, first, tokens, own) : own;
            for (int i = 0; i < members.length; i++) {
                for (int t = 0; t < tokens; t++) {
                    take(layer, members[i], first + t, used, (i * tokens + t) * chosen);
                }
            }
            return used;
        };
    }

    private Optional<Routing> beside(int layer, int[] members) {
        return frozen
                ? Optional.of((first, tokens, k, own) -> known(layer, members, first, tokens, own))
                : Optional.empty();
    }

    /** What is remembered of those tokens; {@code own} itself where nothing is. */
    private long[] known(int layer, int[] members, int first, int tokens, long[] own) {
        long[] used = own;
        for (int i = 0; i < members.length; i++) {
            int[] before = of(layer, members[i]);
            for (int at = 0; at < tokens * chosen; at++) {
                int expert = before[first * chosen + at];
                if (expert != NONE) {
                    used = used == own ? own.clone() : used;
                    used[i * tokens * chosen + at] = expert;
                }
            }
        }
        return used;
    }

    private void take(int layer, int prompt, int token, long[] used, int from) {
        int[] known = of(layer, prompt);
        boolean again = known[token * chosen] != NONE;
        boolean same = true;
        for (int e = 0; e < chosen; e++) {
            same &= known[token * chosen + e] == used[from + e];
            known[token * chosen + e] = (int) used[from + e];
        }
        if (again) {
            flips[prompt] = (Double.isNaN(flips[prompt]) ? 0 : flips[prompt]) + (same ? 0 : 1);
        }
    }

    private int[] of(int layer, int prompt) {
        if (latest[layer][prompt] == null) {
            latest[layer][prompt] = new int[lengths[prompt] * chosen];
            Arrays.fill(latest[layer][prompt], NONE);
        }
        return latest[layer][prompt];
    }

    /** How many numbers {@link #rows} has for a prompt. */
    public int columns() {
        return latest.length * longest * chosen;
    }

    /** All that is remembered, a row for each prompt, layer after layer. */
    public double[][] rows() {
        double[][] rows = new double[lengths.length][columns()];
        for (int prompt = 0; prompt < rows.length; prompt++) {
            Arrays.fill(rows[prompt], NONE);
            for (int layer = 0; layer < latest.length; layer++) {
                int[] own = of(layer, prompt);
                for (int at = 0; at < own.length; at++) {
                    rows[prompt][layer * longest * chosen + at] = own[at];
                }
            }
        }
        return rows;
    }

    /** Goes on from what {@link #rows} gave. */
    public void restore(double[][] rows) {
        for (int prompt = 0; prompt < rows.length; prompt++) {
            for (int layer = 0; layer < latest.length; layer++) {
                int[] own = of(layer, prompt);
                for (int at = 0; at < own.length; at++) {
                    own[at] = (int) rows[prompt][layer * longest * chosen + at];
                }
            }
        }
    }
}
