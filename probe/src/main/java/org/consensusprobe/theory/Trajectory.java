package org.consensusprobe.theory;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.charts.SphereChart;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.Field;
import org.consensusprobe.theory.ode.TimeGrid;

/**
 * All states of one simulation.
 *
 * @param grid their times
 * @param dim the dimension of a token
 * @param states [samples][T * dim]
 */
public record Trajectory(TimeGrid grid, int dim, double[][] states) {
    /** A function of a state at a time. */
    @FunctionalInterface
    public interface Measure {
        double of(double t, double[] state);
    }

    /** Integrates and keeps every sample. */
    public static Trajectory of(
            Setting setting, Field field, Constraint constraint, double[] start, int dim, TimeGrid grid) {
        double[][] states = new double[grid.samples()][];
        double[] x = start.clone();
        setting.integrator()
                .integrate(
                        field,
                        constraint,
                        x,
                        grid,
                        setting.watched((sample, t, state) -> states[sample] = state.clone()));
        return new Trajectory(grid, dim, states);
    }

    /** The number of tokens. */
    public int tokens() {
        return states[0].length / dim;
    }

    /** The last state. */
    public double[] last() {
        return states[states.length - 1];
    }

    /** A measure at all times. */
    public double[] series(Measure measure) {
        return IntStream.range(0, states.length)
                .mapToDouble(i -> measure.of(grid.time(i), states[i]))
                .toArray();
    }

    /** A measure's largest value. */
    public double largest(Measure measure) {
        return Arrays.stream(series(measure)).max().orElseThrow();
    }

    /** The states as an array [samples, T, dim]. */
    public NpyArray array() {
        double[] values = new double[states.length * states[0].length];
        for (int i = 0; i < states.length; i++) {
            System.arraycopy(states[i], 0, values, i * states[0].length, states[0].length);
        }
        return new NpyArray(NpyHeader.Type.FLOAT64, List.of(states.length, tokens(), dim), values);
    }

    /** The tokens' paths in space, for tokens of three numbers. */
    public List<SphereChart.Path> paths() {
        return IntStream.range(0, tokens())
                .mapToObj(token -> new SphereChart.Path(
                        token,
                        Arrays.stream(states)
                                .map(x -> Arrays.copyOfRange(x, token * dim, token * dim + 3))
                                .toArray(double[][]::new)))
                .toList();
    }

    /** A list of numbers as an array [n]. */
    public static NpyArray array(double[] values) {
        return new NpyArray(NpyHeader.Type.FLOAT64, List.of(values.length), values);
    }

    /** Rows of equal length as an array. */
    public static NpyArray array(double[][] rows) {
        return new NpyArray(
                NpyHeader.Type.FLOAT64,
                List.of(rows.length, rows[0].length),
                Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray());
    }
}
