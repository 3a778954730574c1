package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.SphereChart;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Cloud;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Theorem 3.2 of "The asymptotic behavior of attention in transformers": one head with full attention and U = P symmetric
 * is a gradient flow of F = 1/2 sum_ij exp(x_i' P x_j) in the metric that weighs token i by Z_i = sum_j exp(x_i' P x_j).
 * So dF/dt = sum_i Z_i |x_i'|^2.
 *
 * @param tokens T
 * @param dim D
 */
public record GradientFlow(int tokens, int dim) implements Simulation {
    private static final double END = 12;

    @Override
    public String name() {
        return "asymptotic-3.2";
    }

    private record Case(String name, DMatrixRMaj p, Head head) {
        static Case of(String name, DMatrixRMaj p) {
            return new Case(
                    name, p, Head.scoring(CommonOps_DDRM.identity(p.numRows), p).withValue(p));
        }

        double score(double[] x, int i, int j) {
            int dim = p.numRows;
            double sum = 0;
            for (int r = 0; r < dim; r++) {
                double row = 0;
                for (int c = 0; c < dim; c++) {
                    row += p.data[r * dim + c] * x[j * dim + c];
                }
                sum += x[i * dim + r] * row;
            }
            return sum;
        }

        double z(double[] x, int i) {
            return IntStream.range(0, x.length / p.numRows)
                    .mapToDouble(j -> Math.exp(score(x, i, j)))
                    .sum();
        }

        double potential(double[] x) {
            return IntStream.range(0, x.length / p.numRows)
                            .mapToDouble(i -> z(x, i))
                            .sum()
                    / 2;
        }
    }

    private record Run(Case of, Trajectory trajectory, double[] potential, double[] speed) {
        /** The potential's rise as the integral of sum Z |x'|^2, by Simpson's rule over pairs of stretches. */
        double[] integral(double[] t) {
            double[] sum = new double[t.length];
            for (int i = 2; i < t.length; i += 2) {
                sum[i] = sum[i - 2] + (t[i] - t[i - 2]) / 6 * (speed[i - 2] + 4 * speed[i - 1] + speed[i]);
                sum[i - 1] = Double.NaN;
            }
            if (t.length % 2 == 0) {
                sum[t.length - 1] = Double.NaN;
            }
            return sum;
        }

        double mismatch(double[] t) {
            double[] integral = integral(t);
            double worst = 0;
            double rise = potential[potential.length - 1] - potential[0];
            for (int i = 0; i < t.length; i += 2) {
                worst = Math.max(worst, Math.abs(potential[i] - potential[0] - integral[i]) / Math.abs(rise));
            }
            return worst;
        }

        double largestFall() {
            return IntStream.range(1, potential.length)
                    .mapToDouble(i -> (potential[i - 1] - potential[i]) / potential[0])
                    .max()
                    .orElse(0);
        }
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(dim);
        TimeGrid grid = setting.grid(END);
        double[] start = setting.start(n, d, "start", 0);
        List<Run> runs = cases(setting, d).stream()
                .map(c -> run(setting, c, start, d, grid))
                .toList();
        double[] t = grid.times();
        List<Chart> charts = new ArrayList<>();
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        List<Finding> findings = new ArrayList<>();
        List<Line> potential = new ArrayList<>();
        List<Line> spread = new ArrayList<>();
        for (int r = 0; r < runs.size(); r++) {
            Run run = runs.get(r);
            double low = run.potential[0];
            double high = run.potential[run.potential.length - 1];
            double[] integral = run.integral(t);
            potential.add(Line.solid(
                    "F, " + run.of.name,
                    r,
                    t,
                    IntStream.range(0, t.length)
                            .mapToDouble(i -> (run.potential[i] - low) / (high - low))
                            .toArray()));
            int[] shown = IntStream.range(0, 21)
                    .map(i -> i * (t.length / 2) / 20 * 2)
                    .filter(i -> i < t.length)
                    .toArray();
            potential.add(Line.dots(
                    "∫ Σ Z |x′|² dt, " + run.of.name,
                    r,
                    IntStream.of(shown).mapToDouble(i -> t[i]).toArray(),
                    IntStream.of(shown)
                            .mapToDouble(i -> integral[i] / (high - low))
                            .toArray()));
            spread.add(Line.solid(run.of.name, r, t, run.trajectory.series((time, x) -> Cloud.of(x, d)
                    .disorder())));
            String array = run.of.name.replaceAll("[^A-Za-z0-9]+", "-");
            arrays.put(array + "-tokens", run.trajectory.array());
            arrays.put(array + "-potential", Trajectory.array(run.potential));
            findings.add(new Finding(
                    "largest fall of F between samples, " + run.of.name,
                    "0",
                    number(Math.max(0, run.largestFall())),
                    run.largestFall() < 1e-9 ? "agrees" : "differs"));
            double mismatch = run.mismatch(t);
            findings.add(new Finding(
                    "F's rise against its integral, " + run.of.name,
                    "0",
                    number(mismatch),
                    mismatch < 1e-4 ? "agrees" : "differs"));
            double violation =
                    run.trajectory.largest((time, x) -> Metric.euclidean(d).violation(x));
            findings.add(new Finding(
                    "largest | |x|^2 - 1 |, " + run.of.name,
                    "0",
                    number(violation),
                    violation < 1e-12 ? "agrees" : "differs"));
        }
        charts.add(LineChart.linear("Potential along the flow", "time", "(F − F(0)) / (F(end) − F(0))", potential));
        charts.add(LineChart.log("Distance from consensus", "time", "1 − R²", spread));
        if (d == 3) {
            for (Run run : runs) {
                charts.add(new SphereChart(
                        "Tokens, " + run.of.name,
                        new double[] {1, 1, 1},
                        aside(run.trajectory.last()),
                        run.trajectory.paths(),
                        List.of()));
            }
        }
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("tokens", n + " on the unit sphere of R^" + d, ""),
                new Chosen("heads", "1, full attention, beta 1", "theorem 3.2"),
                new Chosen(
                        "U = P",
                        String.join(" and ", runs.stream().map(r -> r.of.name).toList()),
                        "")));
        chosen.addAll(setting.chosen(grid));
        return new SimulationResult(
                name(),
                "Full attention with U = P symmetric is a gradient flow (theorem 3.2)",
                "Theorem 3.2: one head with full attention and U = P symmetric follows the gradient of"
                        + " F = 1/2 sum_ij exp(x_i' P x_j), so F never falls and dF/dt = sum_i Z_i |x_i'|^2.",
                chosen,
                findings,
                charts,
                2,
                arrays);
    }

    /** A view past the place where the first token ends, so that it lies on the near side. */
    private static double[] aside(double[] x) {
        return new double[] {x[0] + 0.7 * x[1], x[1] - 0.7 * x[0], x[2] + 0.3};
    }

    private static List<Case> cases(Setting setting, int d) {
        if (setting.learned().isPresent()) {
            Head head = setting.learned().get().heads().get(0);
            DMatrixRMaj p = new DMatrixRMaj(d, d);
            CommonOps_DDRM.multTransA(head.queries().orElseThrow(), head.keys().orElseThrow(), p);
            DMatrixRMaj even = new DMatrixRMaj(d, d);
            CommonOps_DDRM.add(0.5, p, 0.5, CommonOps_DDRM.transpose(p, null), even);
            return List.of(
                    Case.of("symmetric part of the checkpoint's P", even),
                    new Case("the checkpoint's own Q K and U", p, head));
        }
        DMatrixRMaj q = setting.draws("P", 0).uniformMatrix(d, d);
        DMatrixRMaj even = new DMatrixRMaj(d, d);
        CommonOps_DDRM.add(0.5, q, 0.5, CommonOps_DDRM.transpose(q, null), even);
        return List.of(Case.of("P = I", CommonOps_DDRM.identity(d)), Case.of("P random symmetric", even));
    }

    private static Run run(Setting setting, Case of, double[] start, int d, TimeGrid grid) {
        int n = start.length / d;
        AttentionField field = AttentionField.onSphere(n, d, List.of(of.head), false);
        Trajectory trajectory =
                Trajectory.of(setting, field, Metric.euclidean(d).unitTokens(), start, d, grid);
        double[] velocity = new double[start.length];
        double[] speed = trajectory.series((t, x) -> {
            field.at(t, x, velocity);
            return IntStream.range(0, n)
                    .mapToDouble(i -> {
                        double squared = 0;
                        for (int c = i * d; c < (i + 1) * d; c++) {
                            squared += velocity[c] * velocity[c];
                        }
                        return squared * of.z(x, i);
                    })
                    .sum();
        });
        return new Run(of, trajectory, trajectory.series((t, x) -> of.potential(x)), speed);
    }
}
