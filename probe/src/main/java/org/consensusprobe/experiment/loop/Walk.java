package org.consensusprobe.experiment.loop;

import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.Routing;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Halves;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.plan.Recycling;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/** Carries hidden states along a run's route: what a block does to them, and what stands between passes. */
final class Walk {
    private final Transformer model;
    private final Kernels kernels;
    private final Ingredients ingredients;
    private final Recycling recycling;
    private final RunPlan.Passes passes;
    private Route route;

    Walk(Transformer model, RunPlan plan, Kernels kernels) {
        this.model = model;
        this.kernels = kernels;
        this.ingredients = plan.ingredients();
        this.passes = plan.passes();
        this.recycling = passes.recycling();
        this.route = plan.route(model.layers());
    }

    /** The way: it may turn out shorter than planned. */
    Route route() {
        return route;
    }

    /** A pass, from 0, turns out to be the last. */
    void endWith(int pass) {
        route = route.withPasses(pass + 1);
    }

    /** Begins anew, with all passes. */
    void restart() {
        route = route.withPasses(passes.count());
    }

    /** Whether the final norm stands between passes. */
    boolean normsBetween() {
        return recycling == Recycling.FINAL_NORM;
    }

    /** Whether the last pass hands on what any pass hands on: not where the norm stands between passes only. */
    boolean isSameMapInTheLastPass() {
        return route.isWhole() || recycling == Recycling.RAW;
    }

    /** Whether the end of a pass combines what the blocks return with earlier states. */
    boolean isCombined() {
        return passes.isCombined();
    }

    /**
     * Ends a pass: y = x + step (g(x) - x), then (1 - anchor) y + anchor x_0. A step of 1 and an anchor of 0 leave every bit.
     *
     * @param states g(x), in whose place the result is put
     * @param entered x; unused where the step is 1
     * @param first x_0; unused where there is no anchor
     */
    void combine(HiddenStates states, HiddenStates entered, HiddenStates first) {
        for (int i = 0; isCombined() && i < states.chunks().size(); i++) {
            int index = i;
            states.chunks().get(i).replace(kernels, (k, g) -> {
                Tensor y = passes.step() == 1
                        ? g
                        : k.tensors().towards(entered.chunks().get(index).x(), g, passes.step()); // [B, T, D]
                return passes.anchor() == 0
                        ? y
                        : k.tensors()
                                .mixed(
                                        y,
                                        1 - passes.anchor(),
                                        first.chunks().get(index).x(),
                                        passes.anchor());
            });
        }
    }

    /** Whether every pass is given what came before the loop. */
    boolean isInjected() {
        return model.isInjected();
    }

    /** Whether the block behind so many begins a pass. */
    boolean beginsPass(int blocksDone) {
        return blocksDone < route.blocks()
                && route.isLooped(blocksDone + 1)
                && route.slot(blocksDone + 1) == route.first();
    }

    /**
     * Puts what enters the first block of a pass in the place of what the pass before handed on.
     *
     * @param first the weights of the first looped layer
     * @param injected what came before the loop, of the same prompts
     */
    void inject(HiddenStates states, Weights first, HiddenStates injected) {
        for (int i = 0; i < states.chunks().size(); i++) {
            Tensor given = injected.chunks().get(i).x(); // [B, T, D]
            states.chunks()
                    .get(i)
                    .replace(kernels, (k, x) -> model.inject(new Forward(k, ingredients), first, x, given));
        }
    }

    /** Looks at nothing, and lets tokens choose their experts. */
    static final Watch NOBODY = new Watch((k, chunk) -> List.of(), chunk -> Optional.empty());

    /**
     * What goes along with chunks through a block.
     *
     * @param taps look at what a block does to a chunk
     * @param routing sees, or makes, the choice of experts of a chunk's tokens
     */
    record Watch(
            BiFunction<Kernels, HiddenStates.Chunk, List<BlockTap>> taps,
            Function<HiddenStates.Chunk, Optional<Routing>> routing) {}

    /** Sends states through one block. */
    void block(HiddenStates states, LayerFeed.Layer layer, Watch watch) {
        block(states, layer, ingredients, ingredients.halves(layer.index()), watch);
    }

    /** Sends equal tokens through one block, which they leave as equal as rounding lets them: without attention's sinks. */
    void equalTokens(HiddenStates states, LayerFeed.Layer layer) {
        Halves halves = ingredients.halves(layer.index());
        for (HiddenStates.Chunk chunk : halves.isNothing() ? List.<HiddenStates.Chunk>of() : states.chunks()) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Forward forward = Forward.ofBlock(k, ingredients, halves, Optional.empty(), chunk.x());
                model.block(forward.withoutSinks(), layer.weights(), layer.index(), chunk.x());
                clamp(k, ingredients, chunk.x());
            }
        }
    }

    /** As {@link #block(HiddenStates, LayerFeed.Layer, Watch)}, with those ingredients and halves. */
    void block(HiddenStates states, LayerFeed.Layer layer, Ingredients made, Halves halves, Watch watch) {
        if (halves.isNothing()) {
            return;
        }
        for (HiddenStates.Chunk chunk : states.chunks()) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Optional<BlockTap> tap = BlockTap.of(watch.taps.apply(k, chunk));
                tap.ifPresent(t -> t.onEnter(k, chunk.x()));
                Forward forward =
                        Forward.ofBlock(k, made, halves, tap, chunk.x()).routedBy(watch.routing.apply(chunk));
                model.block(forward, layer.weights(), layer.index(), chunk.x());
                tap.ifPresent(t -> t.onReturn(chunk.x(), (kernel, x, heads) -> attention(kernel, layer, x, heads)));
                clamp(k, made, chunk.x());
            }
        }
    }

    /** What a block returned, x [B, T, D], with its largest dimensions set to their median over tokens, in place. */
    private static void clamp(Kernels k, Ingredients made, Tensor x) {
        if (made.clampOutliers() > 0) {
            k.tensors().clampOutliers(x, made.clampOutliers());
        }
    }

    private void attention(Kernels k, LayerFeed.Layer layer, Tensor x, List<Integer> heads) {
        Ingredients speaking = heads.isEmpty() ? ingredients : ingredients.withHeads(heads);
        Forward forward = Forward.ofBlock(k, speaking, new Halves(true, false), Optional.empty(), x);
        model.block(forward, layer.weights(), layer.index(), x);
    }

    /**
     * Whether what the block at this depth returns passes the final norm on its way on: between passes if that is what
     * they hand on, and after the last block.
     */
    boolean isNormed(int depth) {
        return depth == route.blocks() || handsOnNormed(depth);
    }

    /**
     * Whether a pass hands on what has passed the final norm. The last pass over some of the layers hands on its output as it
     * is, whatever follows.
     */
    boolean handsOnNormed(int depth) {
        return recycling == Recycling.FINAL_NORM
                && route.endsPass(depth)
                && (route.isWhole() || route.at(depth).pass() < route.passes() - 1);
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
