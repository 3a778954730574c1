package org.consensusprobe.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.DormandPrince;
import org.consensusprobe.theory.ode.EulerHeun;
import org.consensusprobe.theory.ode.Field;
import org.consensusprobe.theory.ode.Integrator;
import org.consensusprobe.theory.ode.RungeKutta4;
import org.consensusprobe.theory.ode.TimeGrid;
import org.junit.jupiter.api.Test;

/** Each integrator against solutions in closed form: its order, its tolerance, its dense output. */
class IntegratorsTest {
    /** x' = x cos t, y' = -y^2: x = exp(sin t), y = 1/(1 + t). */
    private static final Field FIELD = (t, x, d) -> {
        d[0] = x[0] * Math.cos(t);
        d[1] = -x[1] * x[1];
    };

    private static double[] exact(double t) {
        return new double[] {Math.exp(Math.sin(t)), 1 / (1 + t)};
    }

    private static double worstError(Integrator integrator, TimeGrid grid) {
        double[] worst = new double[1];
        integrator.integrate(FIELD, Constraint.NONE, new double[] {1, 1}, grid, (sample, t, x) -> {
            for (int i = 0; i < 2; i++) {
                worst[0] = Math.max(worst[0], Math.abs(x[i] - exact(t)[i]));
            }
        });
        return worst[0];
    }

    private static double order(Integrator coarse, Integrator fine, TimeGrid grid) {
        return Math.log(worstError(coarse, grid) / worstError(fine, grid)) / Math.log(2);
    }

    @Test
    void rungeKutta4HasOrderFour() {
        TimeGrid grid = new TimeGrid(4, 4);

        assertThat(order(new RungeKutta4(1.0 / 64), new RungeKutta4(1.0 / 128), grid))
                .isCloseTo(4, within(0.1));
    }

    /** On the oscillator, whose error is of the leading order already at steps that rounding does not touch. */
    @Test
    void dormandPrinceHasOrderFive() {
        double order = Math.log(oscillatorError(1.0 / 16) / oscillatorError(1.0 / 32)) / Math.log(2);

        assertThat(order).isCloseTo(5, within(0.1));
    }

    private static double oscillatorError(double step) {
        Field oscillator = (t, x, d) -> {
            d[0] = x[1];
            d[1] = -x[0];
        };
        double[] x = {1, 0};
        new DormandPrince(Double.POSITIVE_INFINITY, step)
                .integrate(oscillator, Constraint.NONE, x, new TimeGrid(4, 4), (sample, t, state) -> {});
        return Math.hypot(x[0] - Math.cos(4), x[1] + Math.sin(4));
    }

    @Test
    void denseOutputOfDormandPrinceIsOfOrderFour() {
        TimeGrid grid = new TimeGrid(4, 1000); // most samples fall between steps

        double order = order(
                new DormandPrince(Double.POSITIVE_INFINITY, 1.0 / 8),
                new DormandPrince(Double.POSITIVE_INFINITY, 1.0 / 16),
                grid);

        // the interpolant's local error is of order 5, and the steps' own of order 5 adds up beside it
        assertThat(order).isBetween(4.4, 5.4);
    }

    @Test
    void theToleranceRulesTheError() {
        TimeGrid grid = new TimeGrid(10, 37);

        assertThat(worstError(new DormandPrince(1e-6, 1), grid)).isBetween(1e-10, 1e-4);
        assertThat(worstError(new DormandPrince(1e-11, 1), grid)).isLessThan(1e-9);
    }

    /** A field that leaves the circle, put back at every step: the angle still moves at rate 1. */
    @Test
    void theConstraintHoldsAtEveryStepAndSample() {
        Field outwards = (t, x, d) -> {
            d[0] = -x[1] + x[0];
            d[1] = x[0] + x[1];
        };
        Constraint circle = x -> {
            double length = Math.hypot(x[0], x[1]);
            x[0] /= length;
            x[1] /= length;
        };
        TimeGrid grid = new TimeGrid(20, 37);
        for (Integrator integrator : List.of(new DormandPrince(1e-10, 0.2), new RungeKutta4(0.01))) {
            double[] x = {1, 0};
            List<Integer> samples = new ArrayList<>();
            integrator.integrate(outwards, circle, x, grid, (sample, t, state) -> {
                samples.add(sample);
                assertThat(Math.hypot(state[0], state[1])).isCloseTo(1, within(1e-15));
                assertThat(state[0]).isCloseTo(Math.cos(t), within(1e-7));
            });
            assertThat(samples)
                    .isEqualTo(IntStream.range(0, grid.samples()).boxed().toList());
            assertThat(x).containsExactly(new double[] {Math.cos(20), Math.sin(20)}, within(1e-7));
        }
    }

    @Test
    void whatCannotBeIntegratedIsSaid() {
        Field explosion = (t, x, d) -> d[0] = x[0] * x[0];
        Field nothing = (t, x, d) -> d[0] = t < 1 ? 0 : Double.NaN;
        Integrator dormandPrince = new DormandPrince(1e-9, 0.2);
        for (Integrator integrator : List.of(dormandPrince, new RungeKutta4(0.1))) {
            assertThatThrownBy(() -> endOf(integrator, nothing))
                    .isInstanceOf(Problem.class)
                    .hasMessageContaining("became NaN or infinite at time");
        }
        assertThatThrownBy(() -> endOf(dormandPrince, explosion))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("time 1")
                .hasMessageContaining("too stiff");
    }

    private static void endOf(Integrator integrator, Field field) {
        integrator.integrate(field, Constraint.NONE, new double[] {1}, new TimeGrid(3, 3), (sample, t, x) -> {});
    }

    @Test
    void eulerHeunWithoutNoiseHasOrderTwo() {
        TimeGrid grid = new TimeGrid(4, 4);

        assertThat(order(heun(1.0 / 256), heun(1.0 / 512), grid)).isCloseTo(2, within(0.1));
    }

    private static Integrator heun(double step) {
        return new EulerHeun(step, 0, () -> 0, (x, v) -> {});
    }
}
