package org.consensusprobe.experiment.loop;

import java.util.List;
import java.util.function.BiFunction;
import org.consensusprobe.model.AttentionTap;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.weights.Weights;

/** Carries hidden states along a run's route: what a block does to them, and what stands between passes. */
final class Walk {
    private final Transformer model;
    private final Kernels kernels;
    private final Ingredients ingredients;
    private final Recycling recycling;
    private final Route route;

    Walk(Transformer model, RunPlan plan, Kernels kernels) {
        this.model = model;
        this.kernels = kernels;
        this.ingredients = plan.ingredients();
        this.recycling = plan.passes().recycling();
        this.route = plan.route(model.layers());
    }

    Route route() {
        return route;
    }

    /** Sends states through one block; {@code taps} look at the attention of a chunk. */
    void block(
            HiddenStates states,
            LayerFeed.Layer layer,
            BiFunction<Kernels, HiddenStates.Chunk, List<AttentionTap>> taps) {
        for (HiddenStates.Chunk chunk : states.chunks()) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Forward forward = new Forward(k, ingredients, AttentionTap.of(taps.apply(k, chunk)));
                model.block(forward, layer.weights(), layer.index(), chunk.x());
            }
        }
    }

    /**
     * Whether what the block at this depth returns passes the final norm on its way on: between passes if that is what
     * they hand on, and after the last block.
     */
    boolean isNormed(int depth) {
        return depth == route.blocks() || handsOnNormed(depth);
    }

    /**
     * Whether a pass hands on what has passed the final norm. Where the last pass is followed by blocks that run once, they
     * are given the loop's output as it is.
     */
    boolean handsOnNormed(int depth) {
        return recycling == Recycling.FINAL_NORM
                && route.endsPass(depth)
                && (depth == route.blocks() || route.at(depth).pass() < route.passes() - 1);
    }

    /** Puts states behind the final norm in their place. */
    void norm(HiddenStates states, Weights finalNorm) {
        for (HiddenStates.Chunk chunk : states.chunks()) {
            chunk.replace(kernels, (k, x) -> model.finalNorm(new Forward(k, ingredients), finalNorm, x));
        }
    }

    /** The states behind the final norm, beside those before it. */
    HiddenStates normed(HiddenStates states, Weights finalNorm) {
        return HiddenStates.mapped(
                kernels, states, (k, x) -> model.finalNorm(new Forward(k, ingredients), finalNorm, x));
    }
}
