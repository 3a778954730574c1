package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Slope;
import org.consensusprobe.theory.Texts;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.CircleDensity;
import org.consensusprobe.theory.attention.Cloud;
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
        double[] t = grid.times();
        List<Finding> findings = new ArrayList<>();
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        List<Chart> charts = new ArrayList<>();

        List<CircleRun> rates =
                setting.parts(betas.length, i -> CircleRun.density(setting, SMOOTH, betas[i], cells, grid));
        charts.add(snapshots(rates.get(Math.min(1, rates.size() - 1)), grid));
        charts.add(rateChart(rates, t));
        for (CircleRun d : rates) {
            double slope = -Slope.ofLog(t, HemisphereFlow.above(d.far(), 1e-13), 0.6 * grid.end(), grid.end());
            double predicted = Math.exp(-2 * d.beta());
            findings.add(new Finding(
                    "rate of the mass on the far half, beta " + number(d.beta()) + " (linearised: exp(-2 beta))",
                    number(predicted),
                    number(slope),
                    Texts.verdict(predicted, slope, 0.02)));
        }
        charts.add(convergence(setting, grid, findings, arrays));
        double worstMass =
                rates.stream().mapToDouble(CircleRun::massError).max().orElseThrow();
        findings.add(new Finding(
                "largest change of the density's mass",
                "0",
                number(worstMass),
                worstMass < 1e-12 ? "agrees" : "differs"));
        charts.add(stuck(setting, findings));
        charts.add(turning(setting, findings, arrays));
        charts.add(energies(setting, rates, t));
        arrays.put("beta", Trajectory.array(betas));
        arrays.put(
                "order", Trajectory.array(rates.stream().map(CircleRun::order).toArray(double[][]::new)));
        arrays.put(
                "far-mass", Trajectory.array(rates.stream().map(CircleRun::far).toArray(double[][]::new)));
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("phi", "exp(beta (<x, y> - 1)): time in units of exp(-beta)", ""),
                new Chosen(
                        "cells",
                        cells + ", finite volumes (van Leer), Runge-Kutta 4, step " + number(CircleRun.step(cells)),
                        ""),
                new Chosen("beta", Arrays.stream(betas).mapToObj(b -> number(b)).collect(Collectors.joining(", ")), ""),
                new Chosen("start", "1 + 0.5 cos a + 0.2 sin 2a", ""),
                new Chosen("particles", particles + ", at quantiles of the start", ""),
                new Chosen("five bumps", "exp(6 (cos 5a - 1)) (1 + 0.3 cos a), beta " + number(LARGE_BETA), ""),
                new Chosen("turning start", "1 + 0.004 cos a + 0.5 cos 2a + 0.4 cos 3a, beta " + SMALL_BETA, "")));
        chosen.addAll(setting.chosen(grid));
        return new SimulationResult(
                name(),
                "Mean-field attention on the circle: densities, rates, and what does not synchronise",
                "Quantitative clustering in mean-field transformer models: for small beta a density on the circle"
                        + " synchronises exponentially fast; finite particles and large beta need not; the order parameter R_t"
                        + " need not be monotone (phi = exp(0.1 <x, y>)).",
                chosen,
                findings,
                charts,
                3,
                arrays);
    }

    private Chart snapshots(CircleRun density, TimeGrid grid) {
        CircleDensity field = new CircleDensity(cells, 0);
        double[] angle = IntStream.range(0, cells).mapToDouble(field::centre).toArray();
        int[] samples = {0, 1, 2, 3, 5};
        List<Line> lines = new ArrayList<>();
        for (int k = 0; k < samples.length; k++) {
            int sample = (int) Math.min(grid.intervals(), Math.round(samples[k] / grid.end() * grid.intervals()));
            double[] values = Arrays.stream(density.masses()[sample])
                    .map(m -> m / field.width())
                    .map(v -> Math.max(v, 1e-6))
                    .toArray();
            lines.add(Line.solid("t = " + number(grid.time(sample)), k, angle, values));
        }
        return LineChart.log("Density, β = " + number(density.beta()), "angle", "density per radian", lines);
    }

    private static Chart rateChart(List<CircleRun> rates, double[] t) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < Math.min(rates.size(), 6); i++) {
            CircleRun d = rates.get(i);
            double[] far = HemisphereFlow.above(d.far(), 1e-13);
            lines.add(Line.solid("β = " + number(d.beta()), i, t, far));
            int last = t.length - 1;
            while (last > 0 && Double.isNaN(far[last])) {
                last--;
            }
            int end = last;
            lines.add(Line.dashed(
                    i == 0 ? "rates exp(−2β)" : "",
                    i,
                    t,
                    IntStream.range(0, t.length)
                            .mapToDouble(s -> s < end / 2 || s > end
                                    ? Double.NaN
                                    : 1.5 * far[end] * Math.exp(-Math.exp(-2 * d.beta()) * (t[s] - t[end])))
                            .toArray()));
        }
        return LineChart.log("Mass on the far half of the circle", "time", "mass", lines);
    }

    /** The order parameter of densities of more and more cells against that of particles. */
    private Chart convergence(Setting setting, TimeGrid grid, List<Finding> findings, Map<String, NpyArray> arrays) {
        double beta = 1;
        double[] t = grid.times();
        Trajectory run = CircleRun.particles(setting, CircleRun.quantiles(SMOOTH, particles), beta, grid);
        double[] reference =
                run.series((time, x) -> Math.sqrt(Math.max(0, 1 - Cloud.of(x, 2).disorder())));
        List<Line> lines = new ArrayList<>();
        double before = Double.NaN;
        List<Integer> sizes = List.of(cells / 8, cells / 4, cells / 2, cells);
        for (int k = 0; k < sizes.size(); k++) {
            double[] order =
                    CircleRun.density(setting, SMOOTH, beta, sizes.get(k), grid).order();
            double[] difference = IntStream.range(0, t.length)
                    .mapToDouble(i -> Math.abs(order[i] - reference[i]))
                    .toArray();
            double worst = Arrays.stream(difference).max().orElseThrow();
            findings.add(new Finding(
                    "largest | R of " + sizes.get(k) + " cells - R of " + particles + " particles |",
                    k == 0 ? "falls" : "< " + number(before),
                    number(worst),
                    k == 0 || worst < before ? "agrees" : "differs"));
            before = worst;
            lines.add(Line.solid(
                    sizes.get(k) + " cells",
                    k,
                    t,
                    Arrays.stream(difference)
                            .map(v -> v < 1e-9 ? Double.NaN : v)
                            .toArray()));
        }
        arrays.put("particles-order", Trajectory.array(reference));
        return LineChart.log(
                "Density against " + particles + " particles, β = 1", "time", "|R − R of particles|", lines);
    }

    /** What does not synchronise: two antipodal groups, a polygon, and a density of five bumps at large beta. */
    private Chart stuck(Setting setting, List<Finding> findings) {
        TimeGrid grid = new TimeGrid(20, 100);
        double[] t = grid.times();
        List<Line> lines = new ArrayList<>();
        double[] two = {0, 0, Math.PI};
        double[] polygon =
                IntStream.range(0, 5).mapToDouble(i -> 2 * Math.PI * i / 5).toArray();
        String[] names = {"2 + 1 antipodal particles, β = 1", "pentagon of particles, β = 1"};
        double[][] starts = {two, polygon};
        for (int k = 0; k < 2; k++) {
            Trajectory run = CircleRun.particles(setting, starts[k], 1, grid);
            double[] order = run.series(
                    (time, x) -> Math.sqrt(Math.max(0, 1 - Cloud.of(x, 2).disorder())));
            lines.add(Line.solid(names[k], k, t, order));
            double change = Math.abs(order[order.length - 1] - order[0]);
            findings.add(new Finding(
                    "change of R over 20 units of time: " + names[k],
                    "0",
                    number(change),
                    change < 1e-6 ? "agrees: an equilibrium" : "differs"));
        }
        CircleRun bumps = CircleRun.density(setting, BUMPS, LARGE_BETA, cells, grid);
        lines.add(Line.solid("density of five bumps, β = " + number(LARGE_BETA), 2, t, bumps.order()));
        double r = bumps.order()[bumps.order().length - 1];
        findings.add(new Finding(
                "R of the five bumps after 20 units of time, beta " + number(LARGE_BETA),
                "far below 1",
                number(r),
                r < 0.5 ? "agrees: no synchronisation in sight" : "differs"));
        return LineChart.linear("What does not synchronise", "time", "order parameter R", lines);
    }

    /** R_t that is not monotone, for phi = exp(0.1 <x, y>). */
    private Chart turning(Setting setting, List<Finding> findings, Map<String, NpyArray> arrays) {
        TimeGrid grid = new TimeGrid(14, 280);
        double[] t = grid.times();
        CircleRun small = CircleRun.density(setting, TURNING, SMALL_BETA, cells, grid);
        CircleRun none = CircleRun.density(setting, TURNING, 0, cells, grid);
        double fall = small.order()[0] - Arrays.stream(small.order()).min().orElseThrow();
        double fallWithout = none.order()[0] - Arrays.stream(none.order()).min().orElseThrow();
        findings.add(new Finding(
                "R_t falls before it rises, beta " + SMALL_BETA + ": R(0) - min R",
                "> 0",
                number(fall),
                fall > 1e-5 ? "agrees: not monotone" : "differs"));
        findings.add(new Finding(
                "the same start, beta 0 (gradient flow of R)",
                "0",
                number(Math.max(0, fallWithout)),
                fallWithout < 1e-6 ? "agrees: monotone" : "differs"));
        arrays.put("turning-order", Trajectory.array(small.order()));
        return LineChart.log(
                "R that falls before it rises",
                "time",
                "order parameter R",
                List.of(
                        Line.solid("φ = exp(0.1⟨x, y⟩)", 0, t, small.order()),
                        Line.solid("φ = 1", 1, t, none.order())));
    }

    /** 1 - R^2 of densities and of as many particles. */
    private Chart energies(Setting setting, List<CircleRun> rates, double[] t) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < Math.min(rates.size(), 6); i++) {
            lines.add(Line.solid(
                    "density, β = " + number(rates.get(i).beta()),
                    i,
                    t,
                    Arrays.stream(rates.get(i).order()).map(r -> 1 - r * r).toArray()));
        }
        TimeGrid grid = new TimeGrid(t[t.length - 1], t.length - 1);
        Trajectory few = CircleRun.particles(
                setting, CircleRun.quantiles(SMOOTH, 32), rates.get(0).beta(), grid);
        lines.add(Line.dashed(
                "32 particles, β = " + number(rates.get(0).beta()),
                4,
                t,
                few.series((time, x) -> Math.max(1e-8, Cloud.of(x, 2).disorder()))));
        return LineChart.log("Distance from consensus", "time", "1 − R²", lines);
    }
}
