package org.consensusprobe.report.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.consensusprobe.plan.Route;

/** The stated 95 % are counted: on made-up experiments with a known rate, noise and a floor. */
class RateCoverageTest {
    private static final int LAYERS = 3;
    private static final int EXPERIMENTS = 250;
    /** Four standard deviations of a count of 250 at 95 %. */
    private static final double CHANCE = 4 * Math.sqrt(0.95 * 0.05 / EXPERIMENTS);

    /** Prompts decay at rates of their own, wobble from pass to pass, and end on a floor that wobbles too. */
    private record Experiment(int prompts, int passes, double rate, double spread, double noise, double floor) {
        double[][] error(Random random, double drawnRate) {
            double[][] error = new double[prompts][passes * LAYERS + 1];
            for (double[] row : error) {
                double slope = drawnRate * (1 + spread * random.nextGaussian());
                double start = 0.7 * Math.exp(0.5 * random.nextGaussian());
                for (int depth = 0; depth < row.length; depth++) {
                    double wobble = noise * random.nextGaussian();
                    row[depth] = start * Math.exp(slope * depth / LAYERS + wobble)
                            + floor * Math.exp(0.4 * random.nextGaussian());
                }
            }
            return error;
        }

        Rate rate(List<double[][]> draws) {
            return Rate.of(
                    draws.stream()
                            .map(e -> PromptSlopes.of(e, Route.whole(LAYERS, passes), floor))
                            .toList(),
                    passes,
                    floor);
        }
    }

    @Property(tries = 12)
    void intervalsOverPromptsHoldTheTrueRate(
            @ForAll @IntRange(min = 3, max = 24) int prompts,
            @ForAll @IntRange(min = 5, max = 20) int passes,
            @ForAll @DoubleRange(min = -2.5, max = -0.05) double rate,
            @ForAll @DoubleRange(min = 0.05, max = 0.15) double spread,
            @ForAll @DoubleRange(min = 0.02, max = 0.3) double noise,
            @ForAll long seed) {
        Experiment experiment = new Experiment(prompts, passes, rate, spread, noise, 2e-13);
        Random random = new Random(seed);
        long held = IntStream.range(0, EXPERIMENTS)
                .filter(i -> contains(experiment.rate(List.<double[][]>of(experiment.error(random, rate))), rate))
                .count();
        assertThat(held / (double) EXPERIMENTS).isBetween(Bootstrap.COVERAGE - CHANCE, 1.0);
    }

    @Property(tries = 8)
    void intervalsOverDrawsThenPromptsHoldTheTrueRate(
            @ForAll @IntRange(min = 3, max = 8) int draws,
            @ForAll @IntRange(min = 4, max = 16) int prompts,
            @ForAll @DoubleRange(min = -2, max = -0.2) double rate,
            @ForAll @DoubleRange(min = 0.05, max = 0.3) double betweenDraws,
            @ForAll long seed) {
        Experiment experiment = new Experiment(prompts, 8, rate, 0.1, 0.1, 2e-13);
        Random random = new Random(seed);
        long held = IntStream.range(0, EXPERIMENTS)
                .filter(i -> {
                    List<double[][]> errors = IntStream.range(0, draws)
                            .mapToObj(k -> experiment.error(random, rate * (1 + betweenDraws * random.nextGaussian())))
                            .toList();
                    return contains(experiment.rate(errors), rate);
                })
                .count();
        assertThat(held / (double) EXPERIMENTS).isBetween(Bootstrap.COVERAGE - CHANCE, 1.0);
    }

    /** What leaving values out is for; and that the counts above could come out wrong. */
    @Example
    void withoutLeavingTheFloorOutTheyWouldNot() {
        Experiment experiment = new Experiment(8, 20, -2.2, 0.1, 0.1, 2e-13);
        Random random = new Random(1);
        long held = IntStream.range(0, EXPERIMENTS)
                .filter(i -> {
                    PromptSlopes all = PromptSlopes.of(experiment.error(random, -2.2), Route.whole(LAYERS, 20), 0);
                    return contains(Rate.of(List.of(all), 20, 0), -2.2);
                })
                .count();
        assertThat(held).isZero();
    }

    private static boolean contains(Rate rate, double value) {
        return rate.slope().orElseThrow().interval().orElseThrow().contains(value);
    }
}
