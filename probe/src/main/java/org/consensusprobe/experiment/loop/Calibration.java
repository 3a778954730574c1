package org.consensusprobe.experiment.loop;

import java.lang.management.ManagementFactory;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.OutputMeasure;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;

/**
 * Estimates what runs will cost, from one block of each model timed on a chunk of tokens with drawn weights, as the run goes
 * through it, and one layer of its weights made as the run makes them.
 *
 * <p>A checkpoint that is not here is not fetched: making its weights is then not in the estimate, so that a plan can be judged
 * before anything is there. Nor is reading from a disk slower than the computation.
 */
public final class Calibration {
    /** A chunk that is timed has at least so many tokens, if the run's has ... */
    private static final int TOKENS = 512;
    /** ... and as many as the run's where a block takes so many operations at most for them. */
    private static final double TIMED_FLOP = 3e10;

    /**
     * What is before and after a run, in times of what a process has used of the processor when it first estimates: the rest of the
     * start, then figures, report and the words on the screen.
     */
    private static final double AROUND = 2.0;
    /** More is not a start: the process has done other work before. */
    private static final double LONGEST_START = 5;

    private static final long CURVE_BYTES_PER_DEPTH = 160;
    private static final long FIXED_BYTES = 500_000;

    /** Shorter runs say more of how a run starts than of its blocks. */
    private static final double TELLING_SECONDS = 5;

    private static final double MOST_CORRECTION = 4;

    private final Map<Estimate, Block> estimated = new HashMap<>();
    private final Consumer<String> says;
    private final Set<String> said = new HashSet<>();
    private KeptRates rates;
    private double started;
    private double warmUp;

    /** @param says what takes time, before it does */
    public Calibration(Consumer<String> says) {
        this.says = says;
    }

    /**
     * What a run costs.
     *
     * @param seconds of the run itself; what its process takes besides is {@link #aroundSeconds()}
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
            Ingredients ingredients,
            Precision precision,
            int threads,
            int prompts,
            int tokens,
            List<String> measures,
            String weights) {}

    /**
     * Estimates a run.
     *
     * @param model its architecture and sizes
     * @param stored the model with the files that the run's weights are made of; empty where it needs none, or they are not here
     * @throws org.consensusprobe.common.Problem if the run cannot be made on this machine
     */
    public Estimate estimate(
            Transformer model, Optional<Subject> stored, RunPlan asked, Machine machine, List<int[]> prompts) {
        RunPlan plan = model.fit(asked);
        Torch torch = Torch.start(machine.threads());
        if (started == 0) {
            started = startSeconds();
        }
        Precision precision =
                Numerics.choose(plan.dtype(), machine.device(), torch).precision();
        MemoryPlan memory = MemoryPlan.of(model, plan, machine, precision, prompts);
        Route route = plan.route(model.layers());
        int longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
        Block block = new Block(
                model.sizes(),
                model.layer(0, plan.feedForward()),
                plan.ingredients(),
                precision,
                torch.threads(),
                promptsAtOnce(model, plan, prompts, longest),
                longest,
                plan.measures(),
                weights(plan, stored));
        KeptRates.Cost cost = cost(model, plan, stored, block);
        warmUp = Math.max(warmUp, cost.warmUpSeconds());
        long tokens = prompts.stream().mapToLong(p -> p.length).sum();
        boolean resident = memory.residentLayers() >= route.width();
        double seconds =
                work(model, plan, stored.isPresent(), resident, prompts).seconds(cost);
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

    /**
     * What the process takes besides the runs, as far as can be told: to start, to be quick at its first blocks, to draw and write
     * what it found. Known from the first estimate on.
     */
    public double aroundSeconds() {
        return AROUND * started + warmUp;
    }

    /** Of the clock or of the processor, whichever is less: waiting for others is in neither both times. */
    private static double startSeconds() {
        double clock = ManagementFactory.getRuntimeMXBean().getUptime() * 1e-3;
        double used = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                * 1e-9;
        return Math.min(LONGEST_START, used > 0 ? Math.min(clock, used) : clock);
    }

    /** Where weights come from, as far as the time of making them depends on it. */
    private static String weights(RunPlan plan, Optional<Subject> stored) {
        return plan.weights().mode() + " " + plan.weights().shuffle()
                + stored.map(subject -> subject.weightFiles().stream()
                                .map(file -> " " + file.getFileName() + " "
                                        + file.toFile().length())
                                .collect(Collectors.joining()))
                        .orElse("");
    }

    /**
     * What a run does.
     *
     * @param stored whether its weights are made of files that are here
     * @param resident whether layers stay in memory from pass to pass
     */
    static RunTime work(Transformer model, RunPlan plan, boolean stored, boolean resident, List<int[]> prompts) {
        Route route = plan.route(model.layers());
        double tokens = prompts.stream().mapToDouble(p -> p.length).sum();
        int longest = prompts.stream().mapToInt(p -> p.length).max().orElseThrow();
        double passes = resident ? 1 : route.passes();
        WeightMode mode = plan.weights().mode();
        double embedding = drawnValues(model.embeddings(), false);
        double values = drawnValues(model, plan, prompts);
        boolean isMade = stored || mode != WeightMode.TRAINED;
        // a draw goes through the whole initialisation before the first block
        double before = mode == WeightMode.RANDOM || mode == WeightMode.RANDOM_EACH_PASS ? values : embedding;
        boolean scores = Measures.named(plan.measures(), plan.similarity(), model.images()).stream()
                .anyMatch(OutputMeasure.class::isInstance);
        Transformer.Sizes sizes = model.sizes();
        return new RunTime(
                route.blocks() * tokens + (double) route.nativeDepth() * longest,
                isMade ? before : 0,
                isMade ? passes * (values - embedding) : 0,
                scores ? 2.0 * sizes.vocabulary() * sizes.width() * tokens * route.passes() : 0,
                flop(model, plan, route, prompts) / (route.blocks() * tokens));
    }

    private KeptRates.Cost cost(Transformer model, RunPlan plan, Optional<Subject> stored, Block block) {
        if (rates == null) {
            rates = new KeptRates(Torch.start(block.threads()));
        }
        return rates.find(block).orElseGet(() -> {
            String what = String.format(
                    "timing a block of this model on this machine (%s, width %d, %s), once if the user's cache can be written to",
                    block.sizes().modelType(),
                    block.sizes().width(),
                    block.precision().rounding().torchName());
            if (said.add(what)) {
                says.accept(what);
            }
            KeptRates.Cost measured =
                    new BlockTrial(model, plan, block.precision(), block.prompts(), block.tokens()).time(stored);
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
    private static int promptsAtOnce(Transformer model, RunPlan plan, List<int[]> prompts, int longest) {
        int chunks =
                ChunkRule.split(prompts, plan.arithmetic().chunk().orElse(0)).size();
        double perToken = 2
                * model.layer(0, plan.feedForward()).stream()
                        .mapToDouble(TensorSpec::elements)
                        .sum();
        int most = (int) Math.max(TOKENS, Math.min(ChunkRule.TARGET_TOKENS, TIMED_FLOP / perToken));
        return Math.max(1, Math.min(Math.round((float) prompts.size() / chunks), most / longest));
    }
}
