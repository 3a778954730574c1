package org.consensusprobe.report.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.consensusprobe.common.Problem;
import org.consensusprobe.report.stats.Difference.Quantity;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
    private static final int PASSES = 8;
    private static final int LAYERS = 2;
    private static final int PROMPTS = 6;

    @TempDir
    Path folder;

    @Test
    void pairsByPromptWherePromptsAreTheSame() {
        // prompts differ much, but each falls by 0.2 a pass faster in the second run
        RunReader first = run("a", 42, "ids", -0.1, -0.4, -0.7, -1.0, -1.3, -1.6);
        RunReader second = run("b", 42, "ids", -0.3, -0.6, -0.9, -1.2, -1.5, -1.8);
        Difference rate = difference(compare(first, second), Quantity.RATE);
        assertThat(rate.paired()).isTrue();
        assertThat(rate.estimate().orElseThrow().value()).isCloseTo(-0.2, within(1e-9));
        Interval narrow = rate.estimate().orElseThrow().interval().orElseThrow();
        assertThat(narrow.high() - narrow.low()).isLessThan(1e-6);

        Comparison unpaired = compare(first, run("c", 42, "other ids", -0.3, -0.6, -0.9, -1.2, -1.5, -1.8));
        Difference wide = difference(unpaired, Quantity.RATE);
        assertThat(wide.paired()).isFalse();
        assertThat(wide.estimate().orElseThrow().value()).isCloseTo(-0.2, within(1e-9));
        assertThat(wide.estimate().orElseThrow().interval().orElseThrow().contains(0.5))
                .isTrue();
        assertThat(unpaired.warnings().get(0)).startsWith("different prompts, so differences are not paired:");
    }

    /** Equal tokens may stay equal to the last bit; the errors of others are rounding below the measure's resolution all the same. */
    @Test
    void aFloorOfZeroIsTheResolutionOfTheDtype() {
        RunReader run =
                run("a", 42, "ids", m -> m.floor(new Floor(0, "float32", "from equal tokens")), -8, -8, -8, -8, -8, -8);
        CurveNumbers numbers = CurveNumbers.of(Sample.of(List.of(run)));
        assertThat(numbers.floor()).isEqualTo(1e-14);
        assertThat(numbers.rate().valuesAtFloor()).isPositive();
        assertThat(new Floor(0, "float64", "").ofRates()).isEqualTo(1e-31);
        assertThat(new Floor(3e-13, "float32", "").ofRates()).isEqualTo(3e-13);
    }

    @Test
    void comparesErrorsAtNativeDepthAndAtTheEnd() {
        RunReader first = run("a", 42, "ids", -1, -1, -1, -1, -1, -1);
        RunReader second = run("b", 42, "ids", -2, -2, -2, -2, -2, -2);
        Comparison comparison = compare(first, second);
        assertThat(difference(comparison, Quantity.ERROR_AT_NATIVE_DEPTH)
                        .estimate()
                        .orElseThrow()
                        .value())
                .isCloseTo(0, within(1e-12));
        assertThat(difference(comparison, Quantity.DECADES_AT_END)
                        .estimate()
                        .orElseThrow()
                        .value())
                .isCloseTo(-(PASSES - 1) / Math.log(10), within(1e-9));
    }

    @Test
    void takesRunsThatDifferInTheirSeedTogether() {
        Random random = new Random(1);
        List<RunReader> draws = random.longs(4)
                .mapToObj(seed -> {
                    double rate = -0.5 + 0.1 * random.nextGaussian();
                    return run("draw" + seed, seed >>> 1, "ids", rate, rate, rate, rate, rate, rate);
                })
                .toList();
        Comparison comparison = compare(draws.toArray(RunReader[]::new));
        assertThat(comparison.rows()).hasSize(5);
        Comparison.Row pooled = comparison.rows().get(4);
        assertThat(pooled.label()).isEqualTo("run 0 (4 draws)");
        assertThat(pooled.numbers().draws()).isEqualTo(4);
        assertThat(pooled.numbers().rate().slope().orElseThrow().value())
                .isCloseTo(
                        draws.stream()
                                .mapToDouble(d -> CurveNumbers.of(d)
                                        .rate()
                                        .slope()
                                        .orElseThrow()
                                        .value())
                                .average()
                                .orElseThrow(),
                        within(1e-9));
        // prompts agree within a draw, so only draws make the interval wide
        Interval one = comparison
                .rows()
                .get(0)
                .numbers()
                .rate()
                .slope()
                .orElseThrow()
                .interval()
                .orElseThrow();
        Interval all = pooled.numbers().rate().slope().orElseThrow().interval().orElseThrow();
        assertThat(all.high() - all.low()).isGreaterThan(100 * (one.high() - one.low()));
        assertThat(comparison.contrasts()).hasSize(3);
    }

    @Test
    void drawsOfDifferentExperimentsStayApart() {
        double[] slopes = {-0.5, -0.5, -0.5, -0.5, -0.5, -0.5};
        Comparison comparison = compare(
                run("plain", 1, "ids", slopes),
                run("hotter", 2, "ids", m -> m.section("plan").put("beta", 2.0), slopes),
                run("blind", 3, "ids", m -> m.section("plan").put("mask", "full"), slopes),
                run("elsewhere", 4, "ids", m -> m.section("plan").put("initial", "uniform"), slopes),
                run("hotter2", 5, "ids", m -> m.section("plan").put("beta", 2.0), slopes));
        assertThat(comparison.rows()).hasSize(6);
        assertThat(comparison.rows().get(5).runs())
                .extracting(r -> r.path().getFileName().toString())
                .containsExactly("hotter", "hotter2");
    }

    @Test
    void setsOfDrawsAreComparedWithEachOther() {
        Comparison comparison = compare(
                run("a1", 1, "ids", -0.5, -0.5, -0.5, -0.5, -0.5, -0.5),
                run("a2", 2, "ids", -0.6, -0.6, -0.6, -0.6, -0.6, -0.6),
                stripped("b1", 1, -0.1),
                stripped("b2", 2, -0.2));
        Comparison.Contrast last =
                comparison.contrasts().get(comparison.contrasts().size() - 1);
        assertThat(List.of(last.first(), last.second())).containsExactly("run 0 (2 draws)", "run 2 (2 draws)");
        Difference rate = last.differences().get(Quantity.RATE.ordinal());
        assertThat(rate.paired()).isFalse();
        assertThat(rate.estimate().orElseThrow().value()).isCloseTo(0.4, within(1e-9));
    }

    @Test
    void warnsOfWhatIsNotAlike() {
        RunReader first = run("a", 42, "ids", -1, -1, -1, -1, -1, -1);
        RunReader second = run(
                "b",
                42,
                "ids",
                m -> m.section("plan").put("recycle", "raw").put("dtype", "bfloat16"),
                -1,
                -1,
                -1,
                -1,
                -1,
                -1);
        assertThat(compare(first, second).warnings())
                .contains(
                        "different states are fed back: final norm between passes (run 0), no norm between passes (run 1)")
                .contains("different dtypes, so different floors: float32 (run 0), bfloat16 (run 1)");
    }

    @Test
    void refusesWhatCannotBeCompared() {
        RunReader first = run("a", 42, "ids", -1, -1);
        assertThatThrownBy(() -> compare(first))
                .isInstanceOf(Problem.class)
                .hasMessage("A comparison needs two runs or more, found 1.");
        assertThatThrownBy(() -> compare(first, first))
                .isInstanceOf(Problem.class)
                .hasMessageEndingWith("given twice.");
        RunReader unfinished = run("b", 42, "ids", m -> m.status(Manifest.Status.INTERRUPTED, "after pass 2"), -1, -1);
        assertThatThrownBy(() -> compare(first, unfinished))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(folder.resolve("b") + ": the run did not finish (interrupted: after pass 2)")
                .hasMessageContaining("--resume");
        RunReader absolute = run("c", 42, "ids", m -> m.section("plan").put("similarity", "absolute"), -1, -1);
        assertThatThrownBy(() -> compare(first, absolute))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("from the cosine similarity")
                .hasMessageContaining("from the absolute: the two are different quantities");
    }

    private static Comparison compare(RunReader... runs) {
        List<String> labels = java.util.stream.IntStream.range(0, runs.length)
                .mapToObj(i -> "run " + i)
                .toList();
        return Comparison.of(List.of(runs), labels);
    }

    private static Difference difference(Comparison comparison, Quantity quantity) {
        return comparison.contrasts().get(0).differences().get(quantity.ordinal());
    }

    private RunReader run(String name, long seed, String prompts, double... slopes) {
        return run(name, seed, prompts, m -> {}, slopes);
    }

    private RunReader stripped(String name, long seed, double slope) {
        double[] slopes = new double[PROMPTS];
        Arrays.fill(slopes, slope);
        return run(
                name,
                seed,
                "ids",
                m -> m.plan(FakeRuns.plan("gpt2", "random", false, PASSES, seed), PROMPTS, 12),
                slopes);
    }

    /** A run whose errors are 0.5 at native depth and fall at a steady rate, one for each prompt. */
    private RunReader run(String name, long seed, String prompts, Consumer<Manifest> change, double... slopes) {
        Manifest manifest = FakeRuns.manifest("gpt2", LAYERS, "random", true, PASSES, slopes.length, 1e-14);
        manifest.plan(FakeRuns.plan("gpt2", "random", true, PASSES, seed), slopes.length, 12);
        manifest.section("plan").put("prompts_sha256", prompts);
        change.accept(manifest);
        double[][] error = Arrays.stream(slopes)
                .mapToObj(slope -> {
                    double[] row = new double[PASSES * LAYERS + 1];
                    Arrays.setAll(row, d -> 0.5 * Math.exp(slope * ((double) d / LAYERS - 1)));
                    return row;
                })
                .toArray(double[][]::new);
        FakeRuns.write(folder.resolve(name), manifest, error);
        return RunReader.open(folder.resolve(name));
    }

    @Test
    void ofMorePairsThanAnyoneReadsItIsSaidHowManyAreHeld() {
        List<RunReader> runs = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < Pairing.MOST_PAIRS + 2; i++) {
            Path run = folder.resolve("of-many-" + i);
            FakeRuns.write(
                    run,
                    FakeRuns.manifest("m" + i, 2, "trained", true, 2, 2, 1e-9),
                    FakeRuns.error(2, 2, 2, 1, 1e-9, i));
            runs.add(RunReader.open(run));
            labels.add("m" + i);
        }
        Comparison many = Comparison.of(runs, labels);
        assertThat(many.contrasts()).hasSize(Pairing.MOST_PAIRS);
        assertThat(many.warnings())
                .contains("60 of 61 pairs are held against each other; --baseline RUN or FIELD=VALUE chooses which");
        assertThat(Comparison.of(runs.subList(0, 3), labels.subList(0, 3)).warnings())
                .noneMatch(warning -> warning.contains("pairs are held"));
    }
}
