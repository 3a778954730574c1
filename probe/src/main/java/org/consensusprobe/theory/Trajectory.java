package org.consensusprobe.theory;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.charts.SphereChart;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.UnitTokens;
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
        setting.integrate(field, constraint, start.clone(), grid, (sample, t, state) -> states[sample] = state.clone());
        return new Trajectory(grid, dim, states);
    }

    /** Softmax attention with beta = 1 on the Euclidean sphere. */
    public static Trajectory onSphere(
            Setting setting, List<Head> heads, boolean causal, double[] start, int dim, TimeGrid grid) {
        AttentionField field = AttentionField.onSphere(start.length / dim, dim, heads, causal);
        return of(setting, field, Metric.euclidean(dim).unitTokens(), start, dim, grid);
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

    /** A measure of the tokens' directions at all times. */
    public double[] series(ToDoubleFunction<UnitTokens> measure) {
        return series((t, x) -> measure.applyAsDouble(UnitTokens.of(x, dim)));
    }

    /** How far tokens ever leave the Euclidean unit sphere. */
    public double violation() {
        return violation(Metric.euclidean(dim));
    }

    /** How far tokens ever leave a metric's unit surface. */
    public double violation(Metric metric) {
        return Arrays.stream(states).mapToDouble(metric::violation).max().orElseThrow();
    }

    /** The states as an array [samples, T, dim]. */
    public NpyArray array() {
        double[] values = Arrays.stream(states).flatMapToDouble(Arrays::stream).toArray();
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

    /** The paths on the unit sphere, seen from a direction. */
    public SphereChart chart(String title, double[] view, SphereChart.Arrow... arrows) {
        return new SphereChart(title, new double[] {1, 1, 1}, view, paths(), List.of(arrows));
    }
}
