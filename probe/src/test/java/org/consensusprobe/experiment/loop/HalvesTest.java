package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The halves of a block, in the tiny checkpoints of all families: what they add, and what is left without one of them. */
@Tag("slow")
class HalvesTest {
    private static final int PASSES = 2;
    /** Checkpoints both of whose halves are fed from the block's input. */
    private static final Set<String> PARALLEL = new TreeSet<>(Set.of(
            "codegen-heads",
            "codegen-plain",
            "cohere-norms",
            "cohere-plain",
            "cohere2-types",
            "cohere2-windows",
            "falcon-groups",
            "falcon-one-key",
            "falcon-one-norm",
            "gptj-plain",
            "gptj-whole",
            "gpt-neox-whole-rotary-no-bias",
            "phi-head-norms",
            "phi-plain",
            "stablelm-parallel",
            "tiny-gpt-neox"));

    private static final Set<String> FOUND_PARALLEL = new ConcurrentSkipListSet<>();
    private static boolean all;

    @TestFactory
    Stream<DynamicTest> ofEveryFamily() throws IOException {
        List<Path> checkpoints = Stream.concat(folders("families"), folders("reference"))
                .filter(folder -> Files.exists(folder.resolve("config.json")))
                .toList();
        all = true;
        Set<String> families = new TreeSet<>();
        return checkpoints.stream()
                .filter(folder -> {
                    String name = folder.getFileName().toString();
                    boolean first = families.add(name.replaceFirst("^(tiny-)?([^-]+).*", "$2"));
                    return first || PARALLEL.contains(name) || name.startsWith("tiny-");
                })
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> check(folder)));
    }

    private static Stream<Path> folders(String name) throws IOException {
        try (Stream<Path> entries = Files.list(Reference.table(name))) {
            return entries.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    @AfterAll
    static void parallelOnesAreThose() {
        if (all) {
            assertThat(FOUND_PARALLEL).containsExactlyElementsOf(PARALLEL);
        }
    }

    private static void check(Path folder) {
        String name = folder.getFileName().toString();
        Subject subject = Subject.fromDirectory(name, folder, WeightMode.TRAINED);
        Inputs prompts = inputs(subject);
        Runs plain = Runs.of(WeightMode.TRAINED, DType.FLOAT64, PASSES).with(RouteFields.PASSES, PASSES);
        Map<String, double[][]> values = new HashMap<>();
        Runs.Result whole = plain.with(
                        Fields.MEASURES,
                        List.of(
                                "pairwise-mean",
                                "error-attention",
                                "error-feed-forward",
                                "pairwise-mean-attention",
                                "pairwise-mean-feed-forward"))
                .run(subject, prompts, recorded(values));
        Route route = subject.transformer()
                .fit(plain.plan())
                .route(subject.transformer().layers());
        double[][] pairs = transposed(values, "pairwise-mean", whole.error());
        sumsToTheChange(subject.transformer().isInjected(), route, values, "error-", whole.error());
        sumsToTheChange(subject.transformer().isInjected(), route, values, "pairwise-mean-", pairs);

        Runs.Result attention = plain.feedForward(false).run(subject, prompts);
        Runs.Result feedForward =
                plain.with(IngredientFields.SKIP_ATTENTION, List.of(0)).run(subject, prompts);
        boolean given =
                subject.transformer().isInjected() && route.first() == 0; // then the embedding is not what enters
        if (!given && !name.equals("albert-groups")) { // whose layers are several pairs of halves
            halvesAreThoseOfTheBlocksWithoutThem(name, values, whole.error(), attention.error(), feedForward.error());
        }
        headsAreThoseOfRunsWithoutThem(plain.feedForward(false), subject, prompts, name.equals("albert-groups"));
        leavingOut(plain, subject, prompts, attention);
    }

    private static Inputs inputs(Subject subject) {
        if (subject.transformer().images().isPresent()) {
            return VisionPropertiesTest.inputs(subject, VisionPropertiesTest.pixels(subject, 5, 3));
        }
        int longest = Math.min(9, subject.transformer().sizes().context());
        return Inputs.of(Runs.prompts(subject.transformer().sizes().vocabulary(), 5, longest, longest, 6));
    }

    private static RunListener recorded(Map<String, double[][]> values) {
        return new RunListener() {
            @Override
            public void onMeasure(int depth, String measure, double[] of) {
                double[][] rows = values.computeIfAbsent(measure, m -> new double[64][]);
                rows[depth] = of;
            }
        };
    }

    private static double[][] transposed(Map<String, double[][]> values, String measure, double[][] like) {
        return IntStream.range(0, like.length)
                .mapToObj(p -> IntStream.range(0, like[p].length)
                        .mapToDouble(d -> values.get(measure)[d][p])
                        .toArray())
                .toArray(double[][]::new);
    }

    /** Within a pass, where what a block was given is what the one before returned. */
    private static void sumsToTheChange(
            boolean injected, Route route, Map<String, double[][]> values, String of, double[][] quantity) {
        for (int p = 0; p < quantity.length; p++) {
            for (int depth = 1; depth < quantity[p].length; depth++) {
                boolean given =
                        (depth == 1 || !route.endsPass(depth - 1)) && !(injected && route.slot(depth) == route.first());
                if (!given) {
                    continue;
                }
                double sum = values.get(of + "attention")[depth][p] + values.get(of + "feed-forward")[depth][p];
                assertThat(sum).isCloseTo(quantity[p][depth] - quantity[p][depth - 1], within(1e-14));
            }
        }
    }

    /** The first block: its halves one behind the other, or the mean of both orders. */
    private static void halvesAreThoseOfTheBlocksWithoutThem(
            String name, Map<String, double[][]> values, double[][] whole, double[][] attention, double[][] other) {
        boolean serial = true;
        for (int p = 0; p < whole.length; p++) {
            double first = attention[p][1] - whole[p][0];
            double second = whole[p][1] - other[p][1];
            double measured = values.get("error-attention")[1][p];
            serial &= Math.abs(measured - first) < 1e-12;
            double either = serial ? first : (first + second) / 2;
            assertThat(measured).as("attention's half").isCloseTo(either, within(1e-12));
        }
        if (!serial) {
            FOUND_PARALLEL.add(name);
        }
    }

    /** Both halves left out are the block left out; all feed-forward halves are the run without feed-forward. */
    private static void leavingOut(Runs plain, Subject subject, Inputs prompts, Runs.Result noFeedForward) {
        List<Integer> some = List.of(Math.min(1, subject.transformer().layers() - 1));
        Runs.Result halves = plain.with(IngredientFields.SKIP_ATTENTION, some)
                .with(IngredientFields.SKIP_FEED_FORWARD, some)
                .run(subject, prompts);
        if (subject.transformer().layers() > 1 && !subject.transformer().isInjected()) {
            Runs.Result blocks = plain.with(RouteFields.SKIP_BLOCKS, some).run(subject, prompts);
            assertThat(Arrays.deepEquals(halves.hidden(), blocks.hidden()))
                    .as("a block left out")
                    .isTrue();
        }
        List<Integer> every =
                IntStream.range(0, subject.transformer().layers()).boxed().toList();
        Runs.Result none = plain.with(IngredientFields.SKIP_FEED_FORWARD, every).run(subject, prompts);
        assertThat(none.sameBits(noFeedForward))
                .as("all feed-forward halves left out")
                .isTrue();
    }

    /** Where attention's half is all there is, a head left out is a run of all other heads. */
    private static void headsAreThoseOfRunsWithoutThem(
            Runs attention, Subject subject, Inputs prompts, boolean several) {
        Map<String, double[][]> values = new HashMap<>();
        Runs one = attention.with(RouteFields.PASSES, 1);
        double[][] all = one.with(Fields.MEASURES, List.of("error-head"))
                .run(subject, prompts, recorded(values))
                .error();
        double[] measured = values.get("error-head")[1];
        int heads = subject.transformer().sizes().heads();
        if (several || heads == 1) {
            return;
        }
        for (int head = 0; head < heads; head++) {
            int left = head;
            List<Integer> others =
                    IntStream.range(0, heads).filter(h -> h != left).boxed().toList();
            double[][] without = one.with(IngredientFields.HEADS, others)
                    .run(subject, prompts)
                    .error();
            for (int p = 0; p < without.length; p++) {
                assertThat(measured[p * heads + head])
                        .as("head " + head)
                        .isCloseTo(without[p][1] - all[p][1], within(1e-12));
            }
        }
    }

    @Test
    void theLayerThatMixesWhatIsInjectedStays() {
        Subject subject = Subject.fromDirectory("tiny-huginn", Reference.folder("tiny-huginn"), WeightMode.TRAINED);
        Runs skipping = Runs.of(WeightMode.TRAINED, DType.FLOAT32, 1).with(RouteFields.SKIP_BLOCKS, List.of(1));
        assertThatThrownBy(() -> skipping.run(subject, Runs.prompts(61, 5, 9)))
                .hasMessageStartingWith("--skip-blocks 1: the block of layer 1 is where")
                .hasMessageContaining("--skip-attention");
    }

    @Test
    void aHalfThatIsLeftOutAddsNothing() {
        Subject subject = Subject.fromDirectory("tiny-gpt2", Reference.folder("tiny-gpt2"), WeightMode.TRAINED);
        Map<String, double[][]> values = new HashMap<>();
        Runs.of(WeightMode.TRAINED, DType.FLOAT32, 1)
                .with(Fields.MEASURES, List.of("error-attention", "error-feed-forward", "attention-entropy"))
                .with(IngredientFields.SKIP_ATTENTION, List.of(0))
                .with(IngredientFields.SKIP_FEED_FORWARD, List.of(1))
                .run(subject, Runs.prompts(61, 5, 9, 9), recorded(values));
        assertThat(values.get("error-attention")[1]).containsOnly(0);
        assertThat(values.get("error-feed-forward")[1]).doesNotContain(0, 0);
        assertThat(values.get("attention-entropy")[1]).containsOnly(Double.NaN);
        assertThat(values.get("error-feed-forward")[2]).containsOnly(0);
        assertThat(values.get("error-attention")[0]).containsOnly(Double.NaN);
    }

    @Test
    void blocksRunInTheOrderThatIsAskedFor() {
        Subject subject = Subject.fromDirectory("tiny-gpt2", Reference.folder("tiny-gpt2"), WeightMode.TRAINED);
        List<int[]> prompts = Runs.prompts(61, 5, 9, 9);
        int layers = subject.transformer().layers();
        Runs plain = Runs.of(WeightMode.TRAINED, DType.FLOAT64, PASSES);
        List<Integer> natural = IntStream.range(0, layers).boxed().toList();
        assertThat(plain.with(RouteFields.ORDER, Optional.of(natural))
                        .run(subject, prompts)
                        .sameBits(plain.run(subject, prompts)))
                .isTrue();
        // layers without the last are those before it, in order
        Runs.Result left =
                plain.with(RouteFields.SKIP_BLOCKS, List.of(layers - 1)).run(subject, prompts);
        Runs.Result ordered = plain.with(RouteFields.ORDER, Optional.of(natural.subList(0, layers - 1)))
                .run(subject, prompts);
        assertThat(left.sameBits(ordered)).isTrue();
        // in memory or streamed, twice the last layer
        Runs twice = plain.with(RouteFields.ORDER, Optional.of(List.of(1, 0, 1, 1)));
        assertThat(twice.memory(1L << 31).run(subject, prompts).sameBits(twice.run(subject, prompts)))
                .isTrue();
        assertThat(twice.run(subject, prompts).error()[0]).hasSize(1 + 4 * PASSES);
    }
}
