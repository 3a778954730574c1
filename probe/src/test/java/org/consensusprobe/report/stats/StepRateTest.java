package org.consensusprobe.report.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.consensusprobe.plan.Route;
import org.junit.jupiter.api.Test;

class StepRateTest {
    private static final int PASSES = 6;
    private static final int LAYERS = 2;

    // steps that differ from pass to pass, of two draws of one and two prompts, whose mean is 0.1 (pass + 1)
    private static final List<double[][]> STEPS =
            List.of(new double[][] {steps(0.05)}, new double[][] {steps(0.1), steps(0.15)});

    @Test
    void isTheSlopeAgainstTheSumOfSteps() {
        assertThat(StepRate.of(error(-3), STEPS, Route.whole(LAYERS, PASSES), 0).orElseThrow())
                .isCloseTo(-3, within(1e-12));
        double[][] twice = {steps(0.2)};
        assertThat(StepRate.of(error(-3), of(twice), Route.whole(LAYERS, PASSES), 0)
                        .orElseThrow())
                .isCloseTo(-1.5, within(1e-12));
    }

    @Test
    void leavesOutPassZeroAndWhatIsFloor() {
        double[] error = error(-3);
        Arrays.fill(error, 0, LAYERS + 1, 1.9);
        error[PASSES * LAYERS] = 1e-9; // rounding
        assertThat(StepRate.of(error, STEPS, Route.whole(LAYERS, PASSES), 1e-9).orElseThrow())
                .isCloseTo(-3, within(1e-12));
        assertThat(StepRate.of(error, STEPS, Route.whole(LAYERS, PASSES), 0).orElseThrow())
                .isLessThan(-4);
    }

    @Test
    void threeValuesOrNone() {
        assertThat(StepRate.of(error(-3), STEPS, Route.whole(LAYERS, 4), 0)).isPresent();
        assertThat(StepRate.of(error(-3), STEPS, Route.whole(LAYERS, 3), 0)).isEmpty();
        assertThat(StepRate.of(error(-3), STEPS, Route.whole(LAYERS, 1), 0)).isEmpty();
        double[][] still = {new double[PASSES * LAYERS + 1]};
        assertThat(StepRate.of(error(-3), of(still), Route.whole(LAYERS, PASSES), 0))
                .isEmpty();
    }

    private static List<double[][]> of(double[][] draw) {
        return Collections.singletonList(draw);
    }

    private static double[] steps(double scale) {
        double[] row = new double[PASSES * LAYERS + 1];
        Arrays.setAll(row, depth -> depth == 0 ? Double.NaN : scale * ((depth - 1) / LAYERS + 1));
        return row;
    }

    private static double[] error(double rate) {
        double[] row = new double[PASSES * LAYERS + 1];
        double sum = 0;
        row[0] = 1;
        for (int depth = 1; depth < row.length; depth++) {
            sum += 0.1 * ((depth - 1) / LAYERS + 1);
            row[depth] = Math.exp(rate * sum);
        }
        return row;
    }
}
