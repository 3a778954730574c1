package org.consensusprobe.experiment;

import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * The experiment: prompts embedded once, sent through all blocks again and again.
 *
 * <p>The loop is layer-major: for each pass, for each layer, every chunk of prompts. The output of the final norm of one
 * pass enters the next ("recycling"); positions are not added again. Errors are taken on the raw residual stream, on the
 * embedding and after every block, never after the final norm.
 */
final class RecycledPasses {
    private final Transformer model;
    private final ExperimentPlan plan;
    private final Kernels kernels;
    private final Precision precision;
    private final BooleanSupplier cancelled;
    private final StageTimes times = new StageTimes();
    private double floor;

    RecycledPasses(
            Transformer model, ExperimentPlan plan, Kernels kernels, Precision precision, BooleanSupplier cancelled) {
        this.model = model;
        this.plan = plan;
        this.kernels = kernels;
        this.precision = precision;
        this.cancelled = cancelled;
    }

    /**
     * Runs all passes.
     *
     * @param prompts token ids of each prompt
     * @param resident layers that stay in memory
     * @return the hidden states after the last pass and its final norm, which the caller closes
     * @throws Problem if an error is not a number, or the run is cancelled
     */
    HiddenStates run(List<int[]> prompts, WeightSource source, int resident, RunListener listener) {
        try (LayerFeed feed = new LayerFeed(source, kernels, model.layers(), 0, plan.passes(), resident)) {
            HiddenStates states = embed(feed, prompts);
            try (HiddenStates equal = HiddenStates.derived(kernels, states, Kernels::repeatFirstToken)) {
                listener.onEmbedded(checked(states, "the embedding of the prompts"));
                for (int pass = 0; pass < plan.passes(); pass++) {
                    pass(feed, states, pass == 0 ? equal : null, pass, listener);
                    listener.onPass(pass);
                }
                return states;
            } catch (RuntimeException | Error e) {
                states.close();
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

    private HiddenStates embed(LayerFeed feed, List<int[]> prompts) {
        try (Scope scope = Scope.open()) {
            Weights tables = feed.embeddings(scope);
            List<int[]> split = ChunkRule.split(prompts, plan.chunk().orElse(0));
            return HiddenStates.embed(kernels, model, tables, prompts, split, precision);
        }
    }

    private void pass(LayerFeed feed, HiddenStates states, HiddenStates equal, int pass, RunListener listener) {
        for (int layer = 0; layer < model.layers(); layer++) {
            if (cancelled.getAsBoolean()) {
                throw Problem.interrupted("Interrupted in pass %d, layer %d.", pass, layer + 1);
            }
            long waiting = System.nanoTime();
            try (LayerFeed.Layer weights = feed.next()) {
                long computing = System.nanoTime();
                times.addWaiting(computing - waiting);
                block(states, weights, layer);
                if (equal != null) {
                    block(equal, weights, layer);
                    floor = Math.max(floor, equal.errors(kernels)[0]);
                }
                long measuring = System.nanoTime();
                times.addBlocks(measuring - computing);
                double[] errors = checked(states, "pass " + pass + ", layer " + (layer + 1));
                times.addMeasures(System.nanoTime() - measuring);
                if (layer == model.layers() - 1) {
                    recycle(states, weights.finalNorm());
                }
                listener.onBlock(pass, layer, errors);
            }
        }
    }

    private void block(HiddenStates states, LayerFeed.Layer weights, int layer) {
        for (HiddenStates.Chunk chunk : states.chunks()) {
            try (Scope scope = Scope.open()) {
                model.block(kernels.in(scope), weights.weights(), layer, chunk.x(), plan.feedForward());
            }
        }
    }

    private void recycle(HiddenStates states, Weights norm) {
        for (HiddenStates.Chunk chunk : states.chunks()) {
            chunk.replace(kernels, (k, x) -> model.finalNorm(k, norm, x));
        }
    }

    private double[] checked(HiddenStates states, String where) {
        double[] errors = states.errors(kernels);
        if (Arrays.stream(errors).anyMatch(Double::isNaN)) {
            throw notANumber(states, errors, where);
        }
        return errors;
    }

    private Problem notANumber(HiddenStates states, double[] errors, String where) {
        int prompt = 0;
        while (!Double.isNaN(errors[prompt])) {
            prompt++;
        }
        boolean finite = true;
        for (HiddenStates.Chunk chunk : states.chunks()) {
            finite &= kernels.isFinite(chunk.x());
        }
        String reason =
                finite ? "a token became the zero vector, which has no direction" : "activations are NaN or infinite";
        return Problem.failed(
                "%s: the error of prompt %d is not a number: %s.%nTry --dtype float32 or float64; if it stays, the checkpoint is at fault.",
                where, prompt, reason);
    }
}
