package org.consensusprobe.experiment.settle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.consensusprobe.experiment.settle.Motion.Kind;
import org.junit.jupiter.api.Test;

/** Sequences whose answer is known. */
class MotionTest {
    private static final int LAGS = 8;

    private static Motion of(int passes, IntFunction<double[]> state) {
        List<double[]> x = new ArrayList<>();
        IntStream.rangeClosed(0, passes).forEach(k -> x.add(state.apply(k)));
        double[] steps = new double[passes];
        double[] ratios = new double[passes];
        double[] angles = new double[passes];
        double[][] returns = new double[passes][LAGS];
        for (int k = 1; k <= passes; k++) {
            double[] d = less(x.get(k), x.get(k - 1));
            steps[k - 1] = length(d) / length(x.get(k - 1));
            double[] e = k > 1 ? less(x.get(k - 1), x.get(k - 2)) : new double[d.length];
            ratios[k - 1] = k > 1 ? length(d) / length(e) : Double.NaN;
            angles[k - 1] = k > 1 ? inner(d, e) / length(d) / length(e) : Double.NaN;
            Arrays.fill(returns[k - 1], Double.NaN);
            for (int lag = 1; lag <= Math.min(LAGS, k); lag++) {
                returns[k - 1][lag - 1] = length(less(x.get(k), x.get(k - lag))) / length(x.get(k));
            }
        }
        return Motion.of(steps, ratios, angles, returns, Motion.Thresholds.usual(true));
    }

    private static double[] less(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
    }

    private static double inner(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }

    private static double length(double[] a) {
        return Math.sqrt(inner(a, a));
    }

    private static double[] turned(int k, double degrees) {
        return new double[] {Math.cos(Math.toRadians(k * degrees)), Math.sin(Math.toRadians(k * degrees)), 0.5};
    }

    @Test
    void aContractionSettlesByItsFactor() {
        Motion motion = of(40, k -> new double[] {3 + Math.pow(0.5, k), 2 - Math.pow(0.5, k)});
        assertThat(motion.kind()).isEqualTo(Kind.SETTLES);
        assertThat(motion.ratio()).isCloseTo(0.5, within(1e-2));
        Motion slow = of(30, k -> new double[] {3 + Math.pow(0.8, k), 2});
        assertThat(slow.kind()).as("on its way, not there").isEqualTo(Kind.WANDERS);
        assertThat(slow.falling()).isTrue();
    }

    @Test
    void whatNeverMovesHasSettled() {
        assertThat(of(12, k -> new double[] {1, 2}).kind()).isEqualTo(Kind.SETTLES);
    }

    @Test
    void rotationsAndReflectionsCycle() {
        Motion quarter = of(30, k -> turned(k, 90));
        assertThat(quarter.kind()).isEqualTo(Kind.CYCLES);
        assertThat(quarter.period()).isEqualTo(4);
        Motion reflection = of(30, k -> new double[] {5, k % 2});
        assertThat(reflection.kind()).isEqualTo(Kind.CYCLES);
        assertThat(reflection.period()).isEqualTo(2);
        assertThat(reflection.angle()).isCloseTo(-1, within(1e-12));
        assertThat(of(30, k -> turned(k, 75)).kind()).as("closes after 24 only").isEqualTo(Kind.WANDERS);
    }

    @Test
    void growthDivergesAndASlowDriftDrifts() {
        Motion growth = of(30, k -> new double[] {Math.pow(1.25, k), 1});
        assertThat(growth.kind()).isEqualTo(Kind.DIVERGES);
        assertThat(growth.growth()).isCloseTo(Math.pow(1.25, 15), within(1.0));
        assertThat(of(30, k -> new double[] {10 + 0.01 * k, 1}).kind()).isEqualTo(Kind.DRIFTS);
    }

    @Test
    void noiseWanders() {
        Random random = new Random(3);
        assertThat(of(30, k -> random.doubles(20).toArray()).kind()).isEqualTo(Kind.WANDERS);
    }
}
