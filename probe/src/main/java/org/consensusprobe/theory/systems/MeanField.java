package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;
import static org.consensusprobe.theory.FindingText.numbers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.attention.CircleDensity;
import org.consensusprobe.theory.attention.UnitTokens;
import org.consensusprobe.theory.ode.TimeGrid;

/**
 * Mean-field attention on the circle, phi = exp(beta (<x, y> - 1)) ("Quantitative clustering in mean-field transformer
 * models"): the density by finite volumes beside particles, its exponential rate, and examples that do not synchronise.
 *
 * <p>The rate of the mass on the far half of the circle is exp(-2 beta): at the antipode of the cluster the field is
 * a' = phi(-1) a.
 *
 * @param cells of the density
 * @param particles of the comparison
 * @param betas for the rates, ascending
 */
public record MeanField(int cells, int particles, double[] betas) implements Simulation {
    private static final double END = 20;
    private static final double SMALL_BETA = 0.1;
    private static final double LARGE_BETA = 40;
    private static final double FLOOR = 1e-13;
    private static final int MOST_DRAWN = 6;
    private static final DoubleUnaryOperator SMOOTH = a -> 1 + 0.5 * Math.cos(a) + 0.2 * Math.sin(2 * a);
    private static final DoubleUnaryOperator BUMPS = a -> Math.exp(6 * (Math.cos(5 * a) - 1)) * (1 + 0.3 * Math.cos(a));
    /** A first mode so weak that the second and third turn the mean direction round. */
    private static final DoubleUnaryOperator TURNING =
            a -> 1 + 0.004 * Math.cos(a) + 0.5 * Math.cos(2 * a) + 0.4 * Math.cos(3 * a);

    @Override
    public String name() {
        return "mean-field";
    }

    @Override
    public SimulationResult run(Setting setting) {
        if (setting.learned().isPresent() || setting.initial().isPresent()) {
            throw Problem.input(
                    "mean-field is about densities on the circle and takes no --matrices and no --initial.");
        }
        TimeGrid grid = setting.grid(END);
        ResultBuilder result = new ResultBuilder();
        choose(result);
        setting.describe(result, grid);
        result.array("time", grid.times());
        List<CircleRun> rates =
                setting.parts(betas.length, i -> CircleRun.density(setting, SMOOTH, betas[i], cells, grid));
        snapshots(result, rates.get(Math.min(1, rates.size() - 1)), grid);
        rates(result, rates, grid.times());
        convergence(result, setting, grid);
        result.vanishes("largest change of the density's mass", Curves.largest(rates, CircleRun::massError), 1e-12);
        stuck(result, setting);
        turning(result, setting);
        energies(result, setting, rates, grid);
        result.array("beta", betas);
        result.array("order", rates.stream().map(CircleRun::order).toList());
        result.array("far-mass", rates.stream().map(CircleRun::far).toList());
        return result.build(
                name(),
                "Mean-field attention on the circle: densities, rates, and what does not synchronise",
                "Quantitative clustering in mean-field transformer models: for small beta a density on the circle"
                        + " synchronises exponentially fast; finite particles and large beta need not; the order parameter R_t"
                        + " need not be monotone (phi = exp(0.1 <x, y>)).",
                3);
    }

    private void choose(ResultBuilder result) {
        result.chosen("phi", "exp(beta (<x, y> - 1)): time in units of exp(-beta)");
        result.chosen(
                "cells", cells + ", finite volumes (van Leer), Runge-Kutta 4, step " + number(CircleRun.step(cells)));
        result.chosen("beta", numbers(betas));
        result.chosen("start", "1 + 0.5 cos a + 0.2 sin 2a");
        result.chosen("particles", particles + ", at quantiles of the start");
        result.chosen("five bumps", "exp(6 (cos 5a - 1)) (1 + 0.3 cos a), beta " + number(LARGE_BETA));
        result.chosen("turning start", "1 + 0.004 cos a + 0.5 cos 2a + 0.4 cos 3a, beta " + SMALL_BETA);
    }

    private void snapshots(ResultBuilder result, CircleRun density, TimeGrid grid) {
        CircleDensity field = new CircleDensity(cells, 0);
        double[] angle = Curves.table(cells, field::centre);
        int[] times = {0, 1, 2, 3, 5};
        List<Line> lines = new ArrayList<>();
        for (int k = 0; k < times.length; k++) {
            int sample = (int) Math.min(grid.intervals(), Math.round(times[k] / grid.end() * grid.intervals()));
            double[] values = Curves.map(density.masses()[sample], m -> Math.max(m / field.width(), 1e-6));
            lines.add(Line.solid("t = " + number(grid.time(sample)), k, angle, values));
        }
        result.chart(LineChart.log("Density, β = " + number(density.beta()), "angle", "density per radian", lines));
    }

    /** The far half empties at exp(-2 beta). */
    private static void rates(ResultBuilder result, List<CircleRun> rates, double[] t) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < rates.size(); i++) {
            CircleRun d = rates.get(i);
            double predicted = Math.exp(-2 * d.beta());
            result.rate(
                    "rate of the mass on the far half, beta " + number(d.beta()) + " (linearised: exp(-2 beta))",
                    predicted,
                    Curves.lateDecay(t, d.far(), FLOOR));
            if (i < MOST_DRAWN) {
                lines.add(Line.solid("β = " + number(d.beta()), i, t, Curves.above(d.far(), FLOOR)));
                lines.add(Curves.predicted(i == 0 ? "rates exp(−2β)" : "", i, t, d.far(), predicted, FLOOR));
            }
        }
        result.chart(LineChart.log("Mass on the far half of the circle", "time", "mass", lines));
    }

    /** The order parameter of densities of more and more cells against that of particles. */
    private void convergence(ResultBuilder result, Setting setting, TimeGrid grid) {
        double[] reference = CircleRun.particles(setting, CircleRun.quantiles(SMOOTH, particles), 1, grid)
                .series(UnitTokens::order);
        List<Line> lines = new ArrayList<>();
        double before = Double.NaN;
        for (int size = cells / 8; size <= cells; size *= 2) {
            double[] order = CircleRun.density(setting, SMOOTH, 1, size, grid).order();
            double[] difference = Curves.table(order.length, i -> Math.abs(order[i] - reference[i]));
            double worst = Arrays.stream(difference).max().orElseThrow();
            result.finding(
                    "largest | R of " + size + " cells - R of " + particles + " particles |",
                    lines.isEmpty() ? "falls" : "< " + number(before),
                    worst,
                    !(worst >= before));
            before = worst;
            lines.add(Line.solid(size + " cells", lines.size(), grid.times(), Curves.above(difference, 1e-9)));
        }
        result.array("particles-order", reference);
        result.chart(LineChart.log(
                "Density against " + particles + " particles, β = 1", "time", "|R − R of particles|", lines));
    }

    /** What does not synchronise: two antipodal groups, a polygon, and a density of five bumps at large beta. */
    private void stuck(ResultBuilder result, Setting setting) {
        TimeGrid grid = new TimeGrid(20, 100);
        List<Line> lines = new ArrayList<>();
        String[] names = {"2 + 1 antipodal particles, β = 1", "pentagon of particles, β = 1"};
        double[][] starts = {{0, 0, Math.PI}, Curves.table(5, i -> 2 * Math.PI * i / 5)};
        for (int k = 0; k < 2; k++) {
            double[] order = CircleRun.particles(setting, starts[k], 1, grid).series(UnitTokens::order);
            lines.add(Line.solid(names[k], k, grid.times(), order));
            double change = Math.abs(order[order.length - 1] - order[0]);
            result.finding(
                    "change of R over 20 units of time: " + names[k],
                    "0",
                    number(change),
                    change < 1e-6 ? "agrees: an equilibrium" : "differs");
        }
        double[] bumps =
                CircleRun.density(setting, BUMPS, LARGE_BETA, cells, grid).order();
        lines.add(Line.solid("density of five bumps, β = " + number(LARGE_BETA), 2, grid.times(), bumps));
        double r = bumps[bumps.length - 1];
        result.finding(
                "R of the five bumps after 20 units of time, beta " + number(LARGE_BETA),
                "far below 1",
                number(r),
                r < 0.5 ? "agrees: no synchronisation in sight" : "differs");
        result.chart(LineChart.linear("What does not synchronise", "time", "order parameter R", lines));
    }

    /** R_t that is not monotone, for phi = exp(0.1 <x, y>). */
    private void turning(ResultBuilder result, Setting setting) {
        TimeGrid grid = new TimeGrid(14, 280);
        double[] small =
                CircleRun.density(setting, TURNING, SMALL_BETA, cells, grid).order();
        double[] none = CircleRun.density(setting, TURNING, 0, cells, grid).order();
        double fall = small[0] - Arrays.stream(small).min().orElseThrow();
        double fallWithout = none[0] - Arrays.stream(none).min().orElseThrow();
        result.finding(
                "R_t falls before it rises, beta " + SMALL_BETA + ": R(0) - min R",
                "> 0",
                number(fall),
                fall > 1e-5 ? "agrees: not monotone" : "differs");
        result.finding(
                "the same start, beta 0 (gradient flow of R)",
                "0",
                number(fallWithout),
                fallWithout < 1e-6 ? "agrees: monotone" : "differs");
        result.array("turning-order", small);
        result.chart(LineChart.log(
                "R that falls before it rises",
                "time",
                "order parameter R",
                List.of(
                        Line.solid("φ = exp(0.1⟨x, y⟩)", 0, grid.times(), small),
                        Line.solid("φ = 1", 1, grid.times(), none))));
    }

    /** 1 - R^2 of densities and of as many particles. */
    private static void energies(ResultBuilder result, Setting setting, List<CircleRun> rates, TimeGrid grid) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < Math.min(rates.size(), MOST_DRAWN); i++) {
            CircleRun d = rates.get(i);
            double[] apart = Curves.map(d.order(), r -> 1 - r * r);
            lines.add(Line.solid("density, β = " + number(d.beta()), i, grid.times(), apart));
        }
        double beta = rates.get(0).beta();
        double[] few = CircleRun.particles(setting, CircleRun.quantiles(SMOOTH, 32), beta, grid)
                .series(u -> Math.max(1e-8, u.disorder()));
        lines.add(Line.dashed("32 particles, β = " + number(beta), 4, grid.times(), few));
        result.chart(LineChart.log("Distance from consensus", "time", "1 − R²", lines));
    }
}
