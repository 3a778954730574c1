package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;
import static org.consensusprobe.theory.FindingText.numbers;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.theory.Plateau;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.AttentionField.Weighting;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.UnitTokens;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.EulerHeun;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

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

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(dim);
        int count = setting.initial().isPresent() && noise == 0 ? 1 : starts;
        if (weighting == Weighting.UNNORMALISED && setting.learned().isPresent()) {
            throw Problem.input("--usa weighs by exp(beta (<x, y> - 1)) and takes no --matrices.");
        }
        TimeGrid grid = setting.grid(END);
        List<Head> all = heads(setting, d);
        List<Run> runs = setting.parts(
                betas.length * count,
                i -> measure(trajectory(setting, all, n, d, betas[i / count], i % count, grid), betas[i / count]));
        SphereCharts charts = new SphereCharts(betas, grid.times(), count, runs);
        ResultBuilder result = new ResultBuilder();
        choose(result, setting, n, d, count, all.size());
        setting.describe(result, grid);
        find(result, charts);
        charts.draw(result);
        if (d == 3 && normed) {
            for (int b = 0; b < betas.length; b += Math.max(1, betas.length - 1)) {
                Trajectory path = trajectory(setting, all, n, d, betas[b], 0, grid);
                result.chart(path.chart("Tokens, β = " + number(betas[b]), new double[] {1, 0.6, 0.7}));
            }
        }
        result.array("time", grid.times());
        result.array("beta", betas);
        result.array("disorder", charts.disorder());
        result.array("clusters", runs.stream().map(Run::clusters).toList());
        return result.build(
                name(),
                (weighting == Weighting.SOFTMAX ? "Self-attention (SA)" : "Unnormalised self-attention (USA)")
                        + (normed ? " on the sphere" : " without normalisation") + ": n = " + n + ", d = " + d
                        + (noise > 0 ? ", noise " + number(noise) : ""),
                "A mathematical perspective on transformers: with Q = K = V = I tokens of the sphere end in one cluster"
                        + " (almost surely for d >= 3, and from one hemisphere for d >= n); large beta delays it through"
                        + " long plateaus of several clusters.",
                result.charts() > 6 ? 4 : result.charts() > 4 ? 3 : 2);
    }

    /** What one start at one beta gave, over time. */
    record Run(double[] disorder, double[] deficit, double[] clusters, double violation) {
        Optional<Plateau> plateau() {
            return Plateau.longest(Plateau.of(clusters));
        }

        List<Integer> merges() {
            return Plateau.merges(clusters);
        }
    }

    private List<Head> heads(Setting setting, int d) {
        double deviation = 1 / Math.sqrt(d);
        return setting.heads(heads, draws -> {
            if (heads == 1) {
                return Head.IDENTITY;
            }
            DMatrixRMaj v = draws.normalMatrix(d, d, deviation);
            CommonOps_DDRM.addEquals(v, CommonOps_DDRM.identity(d));
            return Head.scoring(draws.normalMatrix(d, d, deviation), draws.normalMatrix(d, d, deviation))
                    .withValue(v);
        });
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
            own = setting.with(
                    new EulerHeun(NOISE_STEP, noise, draws::normal, normed ? metric::project : (x, v) -> {}));
        }
        return Trajectory.of(own, field, constraint, setting.start(n, d, "start", start), d, grid);
    }

    private Run measure(Trajectory run, double beta) {
        return new Run(
                run.series(UnitTokens::disorder),
                run.series(u -> u.energyDeficit(beta)),
                run.series(u -> u.clusters(DEGREES)),
                normed ? run.violation() : 0);
    }

    private void choose(ResultBuilder result, Setting setting, int n, int d, int count, int headCount) {
        result.chosen("tokens", n + " on the unit sphere of R^" + d + ", full attention");
        result.chosen("beta", numbers(betas));
        result.chosen("starts", count + (setting.initial().isPresent() ? ", given" : ", uniform"));
        result.chosen(
                "weights",
                weighting == Weighting.SOFTMAX
                        ? "softmax (SA)"
                        : "exp(beta (<x, y> - 1)) / n (USA, time in units of exp(-beta))");
        String own = heads == 1 ? ", Q = K = V = I" : ", Q, K of N(0, 1/d) entries, V = I + N(0, 1/d)";
        result.chosen("heads", headCount + (setting.learned().isPresent() ? ", the checkpoint's" : own));
        result.chosen("plateau", "the longest, at 15 degrees: " + Plateau.DEFINITION);
        if (noise > 0) {
            result.chosen("noise", number(noise) + ", Euler-Heun, step " + NOISE_STEP);
        }
        if (!normed) {
            result.chosen("sphere", "none: x' = sum_j a_ij x_j; measures are of directions");
        }
    }

    private void find(ResultBuilder result, SphereCharts charts) {
        double[] t = charts.t();
        int last = t.length - 1;
        int ten = Math.min(last, (int) Math.round(10 / t[last] * last));
        for (int b = 0; b < betas.length; b++) {
            List<Run> runs = charts.runs(b);
            String plateaus = runs.stream()
                    .flatMap(run -> run.plateau().stream())
                    .map(p -> p.clusters() + " from " + number(t[p.onset()]) + " for "
                            + number(t[p.onset() + p.length() - 1] - t[p.onset()]))
                    .limit(2)
                    .collect(Collectors.joining("; "));
            long merges = Math.round(
                    runs.stream().mapToInt(r -> r.merges().size()).average().orElse(0));
            double[] disorder = charts.disorder().get(b);
            result.finding(
                    "1 - R^2 at t = " + number(t[ten]) + " and " + number(t[last]) + ", beta " + number(betas[b]),
                    noise > 0 || !normed ? "no claim" : "towards 0",
                    numbers(disorder[ten], disorder[last]),
                    (plateaus.isEmpty() ? "no plateau" : "plateau of clusters: " + plateaus) + "; merges " + merges);
        }
        if (normed) {
            result.violation(Curves.largest(charts.runs(), Run::violation), "");
        }
    }
}
