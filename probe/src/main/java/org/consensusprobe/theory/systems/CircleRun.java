package org.consensusprobe.theory.systems;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
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
        double[] mass = IntStream.range(0, cells)
                .mapToDouble(i -> shape.applyAsDouble(density.centre(i)))
                .toArray();
        double sum = Arrays.stream(mass).sum();
        return Arrays.stream(mass).map(m -> m / sum).toArray();
    }

    static CircleRun density(Setting setting, DoubleUnaryOperator shape, double beta, int cells, TimeGrid grid) {
        CircleDensity field = new CircleDensity(cells, beta);
        double[] mass = masses(shape, cells);
        double[][] masses = new double[grid.samples()][];
        double[] error = new double[1];
        new RungeKutta4(field.stableStep())
                .integrate(field, Constraint.NONE, mass, grid, setting.watched((sample, t, m) -> {
                    masses[sample] = m.clone();
                    error[0] = Math.max(error[0], Math.abs(Arrays.stream(m).sum() - 1));
                }));
        return new CircleRun(
                beta,
                Arrays.stream(masses).mapToDouble(field::order).toArray(),
                Arrays.stream(masses).mapToDouble(m -> farMass(field, m)).toArray(),
                masses,
                error[0]);
    }

    /** The mass of cells whose centre points away from the mean direction. */
    private static double farMass(CircleDensity field, double[] mass) {
        double x = 0;
        double y = 0;
        for (int i = 0; i < mass.length; i++) {
            x += mass[i] * Math.cos(field.centre(i));
            y += mass[i] * Math.sin(field.centre(i));
        }
        double sum = 0;
        for (int i = 0; i < mass.length; i++) {
            if (x * Math.cos(field.centre(i)) + y * Math.sin(field.centre(i)) < 0) {
                sum += mass[i];
            }
        }
        return sum;
    }

    static Trajectory particles(Setting setting, double[] angles, double beta, TimeGrid grid) {
        double[] x = new double[2 * angles.length];
        for (int i = 0; i < angles.length; i++) {
            x[2 * i] = Math.cos(angles[i]);
            x[2 * i + 1] = Math.sin(angles[i]);
        }
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
