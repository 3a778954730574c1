package org.consensusprobe.experiment.loop;

import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;

/**
 * The map g of a pass, for states of one prompt that a caller chooses: the looped layers, and the final norm where it stands
 * between passes; neither damped nor anchored.
 */
public final class LoopMap implements AutoCloseable {
    private final Walk walk;
    private final LayerFeed feed;
    private final Kernels kernels;
    private final Precision precision;
    private final int width;
    private final HiddenStates injected;

    /** @param prompts what is given to every pass is made of them, in a model whose loop is given something */
    LoopMap(
            Transformer model,
            RunPlan plan,
            Inputs prompts,
            Kernels kernels,
            Precision precision,
            WeightSource source,
            MemoryPlan memory) {
        RunPlan endless = plan.with(
                RouteFields.PASSES,
                Integer.MAX_VALUE / 2 / plan.route(model.layers()).sequence().size());
        Route route = endless.route(model.layers());
        this.walk = new Walk(model, endless, kernels);
        int done = walk.isInjected() ? 0 : route.first();
        this.feed = new LayerFeed(source, kernels, model, route, 1, done, memory.residentLayers(), memory.readsAhead());
        this.kernels = kernels;
        this.precision = precision;
        this.width = model.sizes().width();
        this.injected = walk.isInjected() ? comeToTheLoop(model, plan, prompts, route) : null;
    }

    private HiddenStates comeToTheLoop(Transformer model, RunPlan plan, Inputs prompts, Route route) {
        List<int[]> split =
                ChunkRule.split(prompts.ids(), plan.arithmetic().chunk().orElse(0));
        HiddenStates states;
        try (Scope tables = Scope.open()) {
            states = HiddenStates.embed(kernels, model, feed.embeddings(tables), prompts, split, precision);
        }
        for (int l = 0; l < route.first(); l++) {
            try (LayerFeed.Layer layer = feed.next()) {
                walk.block(states, layer, Walk.NOBODY);
            }
        }
        return states;
    }

    /**
     * What a pass makes of some states of a prompt, which are computed together.
     *
     * @param prompt which one, from 0; any where nothing is given to a pass but the states
     * @param states [count][tokens * width]
     */
    public double[][] apply(int prompt, double[][] states) {
        long tokens = states[0].length / width;
        int[] all = IntStream.range(0, states.length).toArray();
        try (HiddenStates x = HiddenStates.of(kernels, states.length, List.of(all), (k, chunk) -> {
            Tensor zeros = k.tensors().filled(new long[] {states.length, tokens, width}, 0, precision.state());
            return precision.onCpu() ? zeros : k.tensors().toDevice(zeros, precision.device()); // [B, T, D]
        })) {
            for (int i : all) {
                try (Scope scope = Scope.open()) {
                    Kernels k = kernels.in(scope);
                    x.set(k, i, k.tensors().values(states[i], tokens, width));
                }
            }
            for (int l = 0; l < walk.route().width(); l++) {
                try (LayerFeed.Layer layer = feed.next()) {
                    if (walk.isInjected() && l == 0) {
                        inject(x, prompt, layer);
                    }
                    walk.block(x, layer, Walk.NOBODY);
                    if (layer.finalNorm() != null && walk.normsBetween()) {
                        walk.norm(x, layer.finalNorm());
                    }
                }
            }
            return IntStream.of(all).mapToObj(i -> values(x, i)).toArray(double[][]::new);
        }
    }

    private void inject(HiddenStates x, int prompt, LayerFeed.Layer layer) {
        try (HiddenStates given = PassTrail.copy(kernels, x);
                Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            Tensor row = injected.prompt(k, prompt); // [1, T, D]
            Tensor own = k.tensors().reshape(row, new long[] {row.size(1), width}); // [T, D]
            for (int i = 0; i < x.prompts(); i++) {
                given.set(k, i, own);
            }
            walk.inject(x, layer.weights(), given);
        }
    }

    private double[] values(HiddenStates x, int index) {
        try (Scope scope = Scope.open()) {
            Kernels k = kernels.in(scope);
            Tensor own = k.tensors().convert(x.prompt(k, index), DType.FLOAT64); // [1, T, D]
            return (precision.onCpu() ? own : k.tensors().toDevice(own, "cpu")).toDoubles();
        }
    }

    @Override
    public void close() {
        if (injected != null) {
            injected.close();
        }
        feed.close();
    }
}
