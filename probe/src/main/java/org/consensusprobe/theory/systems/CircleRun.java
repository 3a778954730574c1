package org.consensusprobe.theory.systems;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.AttentionField.Weighting;
import org.consensusprobe.theory.attention.CircleDensity;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.RungeKutta4;
import org.consensusprobe.theory.ode.TimeGrid;

/**
 * A density on the circle, moved by mean-field attention, and its particles.
 *
 * @param order the order parameter R at every sampled time
 * @param far the mass on the half of the circle away from the mean direction
 * @param masses [times][cells]
 * @param massError the largest change of the whole mass
 */
record CircleRun(double beta, double[] order, double[] far, double[][] masses, double massError) {
    static double step(int cells) {
        return new CircleDensity(cells, 0).stableStep();
    }

    private static double[] masses(DoubleUnaryOperator shape, int cells) {
        CircleDensity density = new CircleDensity(cells, 0);
        double[] mass = Curves.table(cells, i -> shape.applyAsDouble(density.centre(i)));
        double sum = Arrays.stream(mass).sum();
        return Curves.map(mass, m -> m / sum);
    }

    static CircleRun density(Setting setting, DoubleUnaryOperator shape, double beta, int cells, TimeGrid grid) {
        CircleDensity field = new CircleDensity(cells, beta);
        Trajectory run = Trajectory.of(
                setting.with(new RungeKutta4(field.stableStep())),
                field,
                Constraint.NONE,
                masses(shape, cells),
                1,
                grid);
        return new CircleRun(
                beta,
                run.series((t, mass) -> field.order(mass)),
                run.series((t, mass) -> field.farMass(mass)),
                run.states(),
                Arrays.stream(run.states())
                        .mapToDouble(mass -> Math.abs(Arrays.stream(mass).sum() - 1))
                        .max()
                        .orElseThrow());
    }

    static Trajectory particles(Setting setting, double[] angles, double beta, TimeGrid grid) {
        double[] x =
                Curves.table(2 * angles.length, i -> i % 2 == 0 ? Math.cos(angles[i / 2]) : Math.sin(angles[i / 2]));
        Metric circle = Metric.euclidean(2);
        AttentionField field = new AttentionField(
                angles.length, List.of(Head.IDENTITY), false, beta, Weighting.UNNORMALISED, Optional.of(circle));
        return Trajectory.of(setting, field, circle.unitTokens(), x, 2, grid);
    }

    /** The angles that cut a density into equal masses, at the middle of each. */
    static double[] quantiles(DoubleUnaryOperator shape, int count) {
        int fine = 200_000;
        double[] mass = masses(shape, fine);
        CircleDensity cellsOf = new CircleDensity(fine, 0);
        double[] angles = new double[count];
        double sum = 0;
        int next = 0;
        for (int i = 0; i < fine && next < count; i++) {
            while (next < count && (next + 0.5) / count <= sum + mass[i]) {
                double part = ((next + 0.5) / count - sum) / mass[i];
                angles[next++] = cellsOf.centre(i) + (part - 0.5) * cellsOf.width();
            }
            sum += mass[i];
        }
        return angles;
    }
}
