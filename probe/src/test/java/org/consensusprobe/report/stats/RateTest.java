package org.consensusprobe.report.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.consensusprobe.plan.Route;
import org.junit.jupiter.api.Test;

class RateTest {
    private static final int LAYERS = 2;

    @Test
    void isTheSlopeOfTheMeanLogAfterPassZero() {
        double[][] error = exponential(6, -0.5, -1.5);
        error[0][LAYERS] = 1e5; // the native depth of pass 0 does not count
        error[0][2 * LAYERS - 1] = 1e5; // nor do depths within a pass
        Rate rate = rate(error, 6, 1e-13);
        assertThat(rate.slope().orElseThrow().value()).isCloseTo(-1, within(1e-12));
        assertThat(rate.factorPerPass().orElseThrow()).isCloseTo(Math.exp(-1), within(1e-12));
        assertThat(rate.passesToHalve().orElseThrow()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(rate.straightness()).isCloseTo(1, within(1e-12));
        assertThat(rate.values()).isEqualTo(2 * 5);
        assertThat(rate.valuesAtFloor()).isZero();
        assertThat(rate.remark()).isEmpty();
    }

    @Test
    void countsWhatTheFloorHides() {
        // exp(-2 p) * 0.5 is under 1e-3 from pass 4 on, and under 1e-4 from pass 5 on
        Rate rate = rate(exponential(8, -2, -0.1), 8, 1e-4);
        assertThat(rate.values()).isEqualTo(3 + 7);
        assertThat(rate.valuesAtFloor()).isEqualTo(4);
        assertThat(rate.slope().orElseThrow().value()).isCloseTo(-1.05, within(1e-12));
        assertThat(rate.remark()).isEqualTo("4 of 14 values left out: under 10 times the floor 1.0e-04");
    }

    @Test
    void valuesThatReturnFromTheFloorStayLeftOut() {
        double[][] error = exponential(8, -0.1, -0.1);
        error[1][6 * LAYERS] = 1e-9;
        Rate rate = rate(error, 8, 1e-9);
        assertThat(rate.valuesAtFloor()).isEqualTo(3);
    }

    @Test
    void saysWhyThereIsNone() {
        assertThat(rate(exponential(3, -1, -1), 3, 1e-13))
                .matches(r -> r.slope().isEmpty())
                .extracting(Rate::remark)
                .isEqualTo("3 passes give no rate; 4 or more do: the first is left out, and a slope needs 3");
        assertThat(rate(exponential(8, -9, -9, -9, -0.1), 8, 1e-6).remark())
                .isEqualTo("3 of 4 prompts fall to the floor before pass 4");
        double[][] broken = exponential(8, -1, -1);
        broken[0][4 * LAYERS] = Double.NaN;
        broken[1][3 * LAYERS] = Double.NaN;
        assertThat(rate(broken, 8, 1e-13).remark()).isEqualTo("2 of 2 prompts are not finite before pass 4");
    }

    @Test
    void namesPromptsThatAreTooFast() {
        Rate rate = rate(exponential(8, -9, -0.1, -0.1), 8, 1e-6);
        assertThat(rate.slope().orElseThrow().value()).isCloseTo(-0.1, within(1e-12));
        assertThat(rate.prompts()).isEqualTo(2);
        assertThat(rate.remark()).contains("1 of 3 prompts left out").contains("the fastest are missing");
    }

    @Test
    void onePromptHasNoInterval() {
        Rate rate = rate(exponential(8, -1), 8, 1e-13);
        assertThat(rate.slope().orElseThrow().interval()).isEmpty();
    }

    @Test
    void intervalsAreTheSameEachTimeAndOfStudentsWidth() {
        double[] values = {-1.0, -1.2, -0.7, -1.6, -0.9};
        Interval first = Bootstrap.estimate(new double[][] {values}).interval().orElseThrow();
        assertThat(Bootstrap.estimate(new double[][] {values}).interval()).contains(first);
        // scipy.stats.t.interval(0.95, 4, mean, sem): -1.5047 .. -0.6553
        assertThat(first.low()).isCloseTo(-1.503, within(0.02));
        assertThat(first.high()).isCloseTo(-0.657, within(0.02));
    }

    @Test
    void depthsAreTheFirstAtOrBelow() {
        double[] mean = {0.5, 0.1, 0.2, 0.05, 1e-3};
        assertThat(DepthTo.of(mean, -1, 1e-5).depth()).isEqualTo(OptionalInt.of(1));
        assertThat(DepthTo.of(mean, -2, 1e-5).depth()).isEqualTo(OptionalInt.of(4));
        assertThat(DepthTo.of(mean, -4, 1e-5)).isEqualTo(new DepthTo(-4, OptionalInt.empty(), false));
        assertThat(DepthTo.of(mean, -3, 2e-3)).isEqualTo(new DepthTo(-3, OptionalInt.empty(), true));
    }

    private static Rate rate(double[][] error, int passes, double floor) {
        return Rate.of(List.of(PromptSlopes.of(error, Route.whole(LAYERS, passes), floor)), passes, floor);
    }

    /** 0.5 exp(slope p) at the end of pass p; one row for each slope. */
    private static double[][] exponential(int passes, double... slopes) {
        return Arrays.stream(slopes)
                .mapToObj(slope -> {
                    double[] row = new double[passes * LAYERS + 1];
                    Arrays.setAll(row, d -> 0.5 * Math.exp(slope * ((double) d / LAYERS - 1)));
                    return row;
                })
                .toArray(double[][]::new);
    }
}
