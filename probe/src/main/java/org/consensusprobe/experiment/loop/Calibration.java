package org.consensusprobe.experiment.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.StateMeasure;
import org.consensusprobe.model.Forward;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.plan.WeightMode;
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
 * Estimates what runs will cost, from one block of each model timed on a chunk of tokens with drawn weights, measures
 * included.
 *
 * <p>No checkpoint is opened, so that a plan can be judged before anything is fetched; reading weights from a disk slower
 * than the computation is not in the estimate.
 */
public final class Calibration {
    private static final int TOKENS = 512;
    /** A block is timed again and again for so long: a single one says as much of the machine's other work as of its own. */
    private static final double TIMED_SECONDS = 0.3;

    private static final int MOST_TIMES = 20;
    private static final long CURVE_BYTES_PER_DEPTH = 160;
    private static final long FIXED_BYTES = 500_000;

    /** Shorter runs say more of how a run starts than of its blocks. */
    private static final double TELLING_SECONDS = 5;

    private static final double MOST_CORRECTION = 4;

    private final Map<Estimate, Block> estimated = new HashMap<>();
    private final Consumer<String> says;
    private KeptRates rates;

    /** @param says what takes time, before it does */
    public Calibration(Consumer<String> says) {
        this.says = says;
    }

    /**
     * What a run costs.
     *
     * @param seconds of computing
     * @param diskBytes of the finished run
     * @param stateBytes on the disk besides while it is not finished
     * @param memoryBytes held at most, without file-mapped pages
     * @param flop of matrix products, a multiplication and an addition counted as two
     */
    public record Estimate(double seconds, long diskBytes, long stateBytes, long memoryBytes, double flop) {}

    /** What the time of a block depends on. */
    private record Block(
            Transformer.Sizes sizes,
            List<TensorSpec> tensors,
            boolean feedForward,
            Precision precision,
            int threads,
            int prompts,
            int tokens,
            List<String> measures) {}

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
        Block block = new Block(
                model.sizes(),
                model.layer(0, plan.feedForward()),
                plan.feedForward(),
                precision,
                torch.threads(),
                promptsAtOnce(plan, prompts, longest),
                longest,
                plan.measures());
        KeptRates.Cost cost = cost(model, block, torch);
        long tokens = prompts.stream().mapToLong(p -> p.length).sum();
        double blocks = route.blocks();
        double seconds = blocks * tokens * cost.secondsPerToken();
        if (plan.weights().mode() != WeightMode.TRAINED) {
            double passes = memory.residentLayers() >= route.width() ? 1 : route.passes();
            // half of the drawing, or shuffling, hides behind the blocks
            seconds += (1 + 0.5 * passes) * drawnValues(model, plan, prompts) * cost.secondsPerDrawnValue();
        }
        long depths = route.blocks() + 1L;
        Measure.Sizes sizes = new Measure.Sizes(model.sizes().heads(), longest);
        long perDepth = 1
                + Measures.named(plan.measures(), plan.similarity()).stream()
                        .mapToLong(measure -> measure.size(sizes))
                        .sum();
        long columns = 8L * prompts.size() * depths * perDepth;
        Estimate estimate = new Estimate(
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
                memory.streamedBytes(),
                flop(model, plan, route, prompts));
        estimated.put(estimate, block);
        return estimate;
    }

    private KeptRates.Cost cost(Transformer model, Block block, Torch torch) {
        if (rates == null) {
            rates = new KeptRates(torch);
        }
        return rates.find(block).orElseGet(() -> {
            says.accept(String.format(
                    "timing a block of this model on this machine (%s, width %d, %s), once if the user's cache can be written to",
                    block.sizes().modelType(),
                    block.sizes().width(),
                    block.precision().rounding().torchName()));
            KeptRates.Cost measured = time(model, block);
            rates.put(block, measured);
            return measured;
        });
    }

    /**
     * Learns from a run what the next estimates of its kind are off by: half of it, since a machine is not always as busy.
     *
     * @param seconds that the estimated run took
     */
    public void learn(Estimate estimate, double seconds) {
        Block block = estimated.get(estimate);
        if (block != null && seconds >= TELLING_SECONDS && estimate.seconds() > 0) {
            double off = Math.max(1 / MOST_CORRECTION, Math.min(MOST_CORRECTION, seconds / estimate.seconds()));
            rates.find(block).ifPresent(cost -> rates.put(block, cost.times(Math.sqrt(off))));
        }
    }

    /** Of a token: its row times every matrix of the block; of a pair of tokens: a score, and a share of the output. */
    private static double flop(Transformer model, RunPlan plan, Route route, List<int[]> prompts) {
        double matrices = model.layer(0, plan.feedForward()).stream()
                .filter(spec -> spec.kind() == TensorSpec.Kind.MATRIX)
                .mapToDouble(TensorSpec::elements)
                .sum();
        double tokens = prompts.stream().mapToDouble(p -> p.length).sum();
        double pairs =
                prompts.stream().mapToDouble(p -> (double) p.length * p.length).sum();
        return route.blocks()
                * (2 * matrices * tokens + 4 * pairs * model.sizes().width());
    }

    /** Those of the embedding and of the route's layers; of experts as many as the tokens can choose. */
    static double drawnValues(Transformer model, RunPlan plan, List<int[]> prompts) {
        double share = MemoryPlan.chosenShare(
                model, prompts.stream().mapToLong(p -> p.length).sum());
        Route route = plan.route(model.layers());
        return drawnValues(model.embeddings(), false)
                + IntStream.rangeClosed(1, route.blocks())
                        .map(depth -> route.at(depth).layer())
                        .distinct()
                        .mapToObj(layer -> model.layer(layer, plan.feedForward()))
                        .mapToDouble(specs -> drawnValues(specs, false) + share * drawnValues(specs, true))
                        .sum();
    }

    private static double drawnValues(List<TensorSpec> specs, boolean onDemand) {
        return specs.stream()
                .filter(TensorSpec::isDrawn)
                .filter(spec -> spec.onDemand() == onDemand)
                .mapToDouble(TensorSpec::elements)
                .sum();
    }

    /** How many prompts a chunk has, on average: few of unequal length cost more a token than many of one. */
    private static int promptsAtOnce(RunPlan plan, List<int[]> prompts, int longest) {
        int chunks =
                ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0)).size();
        return Math.max(1, Math.min(prompts.size() / chunks, TOKENS / longest));
    }

    private static KeptRates.Cost time(Transformer model, Block block) {
        int prompts = block.prompts();
        Precision precision = block.precision();
        try (Scope scope = Scope.open();
                WeightSource source = WeightSource.random(model, block.feedForward(), 0, false, precision)) {
            Kernels kernels = Kernels.forDevice(scope, precision.device());
            try (Scope first =
                    Scope.open()) { // slower than what follows, and gone before that: a layer may have gigabytes
                source.layer(kernels.in(first), 0, 0);
            }
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
                once(model, kernels, weights, layer, x, block); // the first call is slower
                long second = System.nanoTime();
                int times = 0;
                while (times == 0 || times < MOST_TIMES && seconds(second) < TIMED_SECONDS) {
                    once(model, kernels, weights, layer, x, block);
                    times++;
                }
                double values = drawnValues(model.layer(layer, block.feedForward()), false);
                return new KeptRates.Cost(
                        seconds(second) / ((double) times * prompts * block.tokens()), drawing / values);
            }
        }
    }

    private static void once(Transformer model, Kernels kernels, Weights weights, int layer, Tensor x, Block block) {
        try (Scope scope = Scope.open()) {
            Forward forward = new Forward(kernels.in(scope), Ingredients.withFeedForward(block.feedForward()));
            model.block(forward, weights, layer, x);
        }
        int[] members = IntStream.range(0, (int) x.size(0)).toArray();
        DepthStates states = new DepthStates(members.length, List.of(new DepthStates.Chunk(members, x)));
        Measures.error(Similarity.COSINE).of(kernels, states);
        for (Measure measure : Measures.named(block.measures(), Similarity.COSINE)) {
            if (measure instanceof StateMeasure state) {
                state.of(kernels, states);
            }
        }
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
