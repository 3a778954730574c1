package org.consensusprobe.experiment.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.RandomKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;

/**
 * Estimates what runs will cost, from one block of each model timed on a few hundred tokens with drawn weights.
 *
 * <p>No checkpoint is opened, so that a plan can be judged before anything is fetched; reading weights from a disk slower
 * than the computation is not in the estimate.
 */
public final class Calibration {
    private static final int TOKENS = 512;
    private static final long CURVE_BYTES_PER_DEPTH = 160;
    private static final long FIXED_BYTES = 500_000;

    private final Map<Block, Cost> known = new HashMap<>();

    /**
     * What a run costs.
     *
     * @param seconds of computing
     * @param diskBytes of the finished run
     * @param stateBytes on the disk besides while it is not finished
     * @param memoryBytes held at most, without file-mapped pages
     */
    public record Estimate(double seconds, long diskBytes, long stateBytes, long memoryBytes) {}

    /** What the time of a block depends on. */
    private record Block(
            Transformer.Sizes sizes,
            List<TensorSpec> tensors,
            boolean feedForward,
            Precision precision,
            int threads,
            int tokens) {}

    private record Cost(double secondsPerToken, double secondsPerDrawnValue) {}

    /**
     * Estimates a run.
     *
     * @param model its architecture and sizes
     * @throws org.consensusprobe.common.Problem if the run cannot be made on this machine
     */
    public Estimate estimate(Transformer model, RunPlan asked, Machine machine, List<int[]> prompts) {
        RunPlan plan = model.fit(asked);
        Torch torch = Torch.start(machine.threads());
        Precision precision =
                Numerics.choose(plan.dtype(), machine.device(), torch).precision();
        MemoryPlan memory = MemoryPlan.of(model, plan, machine, precision, prompts);
        Route route = plan.route(model.layers());
        int longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
        Cost cost = known.computeIfAbsent(
                new Block(
                        model.sizes(),
                        model.layer(0, plan.feedForward()),
                        plan.feedForward(),
                        precision,
                        torch.threads(),
                        longest),
                block -> time(model, block));
        long tokens = prompts.stream().mapToLong(p -> p.length).sum();
        double blocks = route.blocks();
        double seconds = blocks * tokens * cost.secondsPerToken();
        if (!plan.weights().mode().needsCheckpoint()) {
            double passes = memory.residentLayers() >= route.width() ? 1 : route.passes();
            // half of the drawing hides behind the blocks
            seconds += (1 + 0.5 * passes) * drawnValues(model, plan) * cost.secondsPerDrawnValue();
        }
        long depths = route.blocks() + 1L;
        Measure.Sizes sizes = new Measure.Sizes(model.sizes().heads(), longest);
        long perDepth = 1
                + Measures.named(plan.measures(), plan.similarity()).stream()
                        .mapToLong(measure -> measure.size(sizes))
                        .sum();
        long columns = 8L * prompts.size() * depths * perDepth;
        return new Estimate(
                seconds,
                columns
                        + CURVE_BYTES_PER_DEPTH * depths
                        + FIXED_BYTES
                        + (plan.kept().hidden()
                                ? tokens
                                        * model.sizes().width()
                                        * precision.state().bytes()
                                : 0),
                memory.stateBytes() + columns,
                memory.streamedBytes());
    }

    private static double drawnValues(Transformer model, RunPlan plan) {
        return drawnValues(model.embeddings())
                + IntStream.range(0, model.layers())
                        .mapToDouble(layer -> drawnValues(model.layer(layer, plan.feedForward())))
                        .sum();
    }

    private static double drawnValues(List<TensorSpec> specs) {
        return specs.stream()
                .filter(TensorSpec::isDrawn)
                .mapToDouble(TensorSpec::elements)
                .sum();
    }

    private static Cost time(Transformer model, Block block) {
        int prompts = Math.max(1, TOKENS / block.tokens());
        Precision precision = block.precision();
        try (Scope scope = Scope.open();
                WeightSource source = WeightSource.random(model, block.feedForward(), 0, false, precision)) {
            Kernels kernels = Kernels.forDevice(scope, precision.device());
            source.layer(kernels, 0, 0);
            int layer = model.layers() - 1 > 0 ? 1 : 0;
            long start = System.nanoTime();
            Weights weights = source.layer(kernels, 0, layer);
            double drawing = seconds(start);
            try (RandomKernels.Generator generator = kernels.random().generator(0)) {
                long[] shape = {prompts, block.tokens(), model.sizes().width()};
                Tensor drawn =
                        kernels.tensors().convert(kernels.random().normal(generator, shape, 1), precision.state());
                Tensor x =
                        precision.onCpu() ? drawn : kernels.tensors().toDevice(drawn, precision.device()); // [B, T, D]
                once(model, kernels, weights, layer, x, block.feedForward()); // the first call is slower
                long second = System.nanoTime();
                once(model, kernels, weights, layer, x, block.feedForward());
                double values = drawnValues(model.layer(layer, block.feedForward()));
                return new Cost(seconds(second) / ((double) prompts * block.tokens()), drawing / values);
            }
        }
    }

    private static void once(
            Transformer model, Kernels kernels, Weights weights, int layer, Tensor x, boolean feedForward) {
        try (Scope scope = Scope.open()) {
            Forward forward = new Forward(kernels.in(scope), Ingredients.withFeedForward(feedForward));
            model.block(forward, weights, layer, x);
        }
        int[] members = new int[(int) x.size(0)];
        Measures.error(org.consensusprobe.plan.Similarity.COSINE)
                .of(kernels, new DepthStates(members.length, List.of(new DepthStates.Chunk(members, x))));
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
