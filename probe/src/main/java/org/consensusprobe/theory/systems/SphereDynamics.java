package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.SphereChart;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.AttentionField.Weighting;
import org.consensusprobe.theory.attention.Cloud;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.EulerHeun;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;

/**
 * The dynamics (SA) and (USA) of "A mathematical perspective on transformers" (Geshkovski, Letrouit, Polyanskiy, Rigollet;
 * arXiv 2312.10794) over a range of beta: order parameter, plateaus, merges, and the phase diagram of 1 - R^2.
 *
 * @param tokens n
 * @param dim d
 * @param heads with Q = K = V = I for one; random ones of N(0, 1/d) entries for more
 * @param betas ascending
 * @param starts random starts for each beta
 * @param weighting softmax for (SA), unnormalised for (USA)
 * @param noise sigma of Brownian motion on the sphere; 0 for none
 * @param normed whether tokens stay on the sphere
 */
public record SphereDynamics(
        int tokens, int dim, int heads, double[] betas, int starts, Weighting weighting, double noise, boolean normed)
        implements Simulation {
    private static final double END = 60;
    private static final double NOISE_STEP = 0.01;
    private static final double DEGREES = 15;

    @Override
    public String name() {
        return "sphere";
    }

    /** What one start at one beta gave, over time. */
    record Run(double[] disorder, double[] deficit, int[] clusters, double violation, Plateau plateau) {
        double[] clusterCounts() {
            return IntStream.of(clusters).asDoubleStream().toArray();
        }
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(dim);
        int count = setting.initial().isPresent() && noise == 0 ? 1 : starts;
        if (weighting == Weighting.UNNORMALISED && setting.learned().isPresent()) {
            throw Problem.input("--usa weighs by exp(beta (<x, y> - 1)) and takes no --matrices.");
        }
        TimeGrid grid = setting.grid(END);
        double[] t = grid.times();
        List<Head> all = heads(setting, d);
        List<Run> runs = setting.parts(
                betas.length * count, i -> measure(setting, all, n, d, betas[i / count], i % count, grid));
        double[][] disorder = IntStream.range(0, betas.length)
                .mapToObj(b -> IntStream.range(0, t.length)
                        .mapToDouble(s -> IntStream.range(0, count)
                                .mapToDouble(k -> runs.get(b * count + k).disorder()[s])
                                .average()
                                .orElseThrow())
                        .toArray())
                .toArray(double[][]::new);

        List<Chart> charts = new ArrayList<>(new SphereCharts(betas, t, count, disorder, runs).all());
        if (d == 3 && normed) {
            int[] both = betas.length == 1 ? new int[] {0} : new int[] {0, betas.length - 1};
            for (int b : both) {
                Trajectory path = trajectory(setting, all, n, d, betas[b], 0, grid);
                charts.add(new SphereChart(
                        "Tokens, β = " + number(betas[b]),
                        new double[] {1, 1, 1},
                        new double[] {1, 0.6, 0.7},
                        path.paths(),
                        List.of()));
            }
        }
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        arrays.put("beta", Trajectory.array(betas));
        arrays.put("disorder", Trajectory.array(disorder));
        arrays.put(
                "clusters",
                Trajectory.array(runs.stream().map(Run::clusterCounts).toArray(double[][]::new)));
        return new SimulationResult(
                name(),
                (weighting == Weighting.SOFTMAX ? "Self-attention (SA)" : "Unnormalised self-attention (USA)")
                        + (normed ? " on the sphere" : " without normalisation") + ": n = " + n + ", d = " + d
                        + (noise > 0 ? ", noise " + number(noise) : ""),
                "A mathematical perspective on transformers: with Q = K = V = I tokens of the sphere end in one cluster"
                        + " (almost surely for d >= 3, and from one hemisphere for d >= n); large beta delays it through"
                        + " long plateaus of several clusters.",
                chosen(setting, grid, n, d, count, all.size()),
                findings(runs, disorder, count, t, n, d),
                charts,
                charts.size() > 6 ? 4 : charts.size() > 4 ? 3 : 2,
                arrays);
    }

    private List<Finding> findings(List<Run> runs, double[][] disorder, int count, double[] t, int n, int d) {
        List<Finding> findings = new ArrayList<>();
        int last = t.length - 1;
        int ten = (int) Math.round(10 / t[last] * last);
        for (int b = 0; b < betas.length; b++) {
            int beta = b;
            String plateau = IntStream.range(0, count)
                    .mapToObj(k -> runs.get(beta * count + k).plateau)
                    .filter(p -> p.length() > 0)
                    .map(p -> p.clusters() + " from " + number(p.onset()) + " for " + number(p.length()))
                    .limit(2)
                    .collect(Collectors.joining("; "));
            long merges = Math.round(IntStream.range(0, count)
                    .mapToDouble(k -> runs.get(beta * count + k).plateau.merges().length)
                    .average()
                    .orElse(0));
            findings.add(new Finding(
                    "1 - R^2 at t = " + number(t[Math.min(ten, last)]) + " and " + number(t[last]) + ", beta "
                            + number(betas[b]),
                    noise > 0 || !normed ? "no claim" : "towards 0",
                    number(disorder[b][Math.min(ten, last)]) + ", " + number(disorder[b][last]),
                    (plateau.isEmpty() ? "no plateau" : "plateau of clusters: " + plateau) + "; merges " + merges));
        }
        if (normed) {
            double violation = runs.stream().mapToDouble(Run::violation).max().orElseThrow();
            findings.add(new Finding(
                    "largest | |x|^2 - 1 |", "0", number(violation), violation < 1e-12 ? "agrees" : "differs"));
        }
        return findings;
    }

    private List<Chosen> chosen(Setting setting, TimeGrid grid, int n, int d, int count, int headCount) {
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("tokens", n + " on the unit sphere of R^" + d + ", full attention", ""),
                new Chosen("beta", Arrays.stream(betas).mapToObj(b -> number(b)).collect(Collectors.joining(", ")), ""),
                new Chosen("starts", count + (setting.initial().isPresent() ? ", given" : ", uniform"), ""),
                new Chosen(
                        "weights",
                        weighting == Weighting.SOFTMAX
                                ? "softmax (SA)"
                                : "exp(beta (<x, y> - 1)) / n (USA, time in units of exp(-beta))",
                        ""),
                new Chosen(
                        "heads",
                        headCount
                                + (setting.learned().isPresent()
                                        ? ", the checkpoint's"
                                        : heads == 1
                                                ? ", Q = K = V = I"
                                                : ", Q, K of N(0, 1/d) entries, V = I + N(0, 1/d)"),
                        ""),
                new Chosen(
                        "plateau",
                        "the longest stretch with a constant number of clusters above 1 at 15 degrees, 10 % of"
                                + " the record or more",
                        "")));
        if (noise > 0) {
            chosen.add(new Chosen("noise", number(noise) + ", Euler-Heun, step " + NOISE_STEP, ""));
        }
        if (!normed) {
            chosen.add(new Chosen("sphere", "none: x' = sum_j a_ij x_j; measures are of directions", ""));
        }
        chosen.addAll(setting.chosen(grid));
        return chosen;
    }

    private List<Head> heads(Setting setting, int d) {
        if (setting.learned().isPresent()) {
            return setting.learned().get().heads();
        }
        if (heads == 1) {
            return List.of(Head.IDENTITY);
        }
        return IntStream.range(0, heads)
                .mapToObj(h -> {
                    Draws draws = setting.draws("heads", h);
                    double deviation = 1 / Math.sqrt(d);
                    DMatrixRMaj v = draws.normalMatrix(d, d, deviation);
                    for (int i = 0; i < d; i++) {
                        v.add(i, i, 1);
                    }
                    return Head.scoring(draws.normalMatrix(d, d, deviation), draws.normalMatrix(d, d, deviation))
                            .withValue(v);
                })
                .toList();
    }

    private Trajectory trajectory(
            Setting setting, List<Head> all, int n, int d, double beta, int start, TimeGrid grid) {
        Metric metric = Metric.euclidean(d);
        AttentionField field =
                new AttentionField(n, all, false, beta, weighting, normed ? Optional.of(metric) : Optional.empty());
        Constraint constraint = normed ? metric.unitTokens() : Constraint.NONE;
        Setting own = setting;
        if (noise > 0) {
            Draws draws = setting.draws("noise", start);
            own = new Setting(
                    setting.seed(),
                    new EulerHeun(NOISE_STEP, noise, draws::normal, normed ? metric::project : (x, v) -> {}),
                    setting.end(),
                    setting.samples(),
                    setting.initial(),
                    setting.learned(),
                    setting.stop(),
                    setting.progress());
        }
        return Trajectory.of(own, field, constraint, setting.start(n, d, "start", start), d, grid);
    }

    private Run measure(Setting setting, List<Head> all, int n, int d, double beta, int start, TimeGrid grid) {
        Trajectory run = trajectory(setting, all, n, d, beta, start, grid);
        int[] clusters = Arrays.stream(run.states())
                .mapToInt(x -> Cloud.of(x, d).clusters(DEGREES))
                .toArray();
        return new Run(
                run.series((t, x) -> Cloud.of(x, d).disorder()),
                run.series((t, x) -> Cloud.of(x, d).energyDeficit(beta)),
                clusters,
                normed ? run.largest((t, x) -> Metric.euclidean(d).violation(x)) : 0,
                Plateau.of(grid.times(), clusters));
    }
}
