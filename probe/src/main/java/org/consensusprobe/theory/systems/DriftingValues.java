package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Texts;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Cloud;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;

/**
 * Theorem 5.3 of "The asymptotic behavior of attention in transformers": where U(t) is symmetric and its leading eigenvector
 * v(t) drifts slowly, tokens end in a ball around v(t) whose radius grows with the drift.
 *
 * <p>Here U(t) turns at the rate w in the plane of its first two eigenvectors. The first token then obeys one equation,
 * a' = w - (l1 - l2)/2 sin 2a for its angle a behind v, so it follows at sin 2a = 2 w / (l1 - l2), and loses v beyond
 * w = (l1 - l2)/2.
 *
 * @param tokens T
 * @param eigenvalues of U, largest first
 * @param drifts the rates w, in radians per unit of time
 */
public record DriftingValues(int tokens, double[] eigenvalues, double[] drifts) implements Simulation {
    private static final double END = 60;
    private static final double LATE = 0.5;

    @Override
    public String name() {
        return "asymptotic-5.3";
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(eigenvalues.length);
        if (d != eigenvalues.length) {
            throw Problem.input(
                    "Tokens have %d dimensions here, --eigenvalues has %d numbers: expected one a dimension.",
                    d, eigenvalues.length);
        }
        TimeGrid grid = setting.grid(END);
        DMatrixRMaj basis = setting.draws("eigenvectors", 0).rotation(d);
        List<Run> runs = setting.parts(drifts.length, i -> run(setting, basis, n, d, drifts[i], grid));
        double[] t = grid.times();
        double gap = eigenvalues[0] - eigenvalues[1];

        List<Finding> findings = new ArrayList<>();
        for (Run run : runs) {
            if (2 * run.drift < 0.98 * gap) {
                double predicted = Math.asin(2 * run.drift / gap) / 2;
                findings.add(new Finding(
                        "angle of token 1 behind v, drift " + number(run.drift),
                        number(predicted),
                        number(run.lateAngle(0)),
                        Texts.verdict(predicted, run.lateAngle(0), 0.02)));
            }
        }
        double[] radius = runs.stream().mapToDouble(Run::radius).toArray();
        boolean grows = IntStream.range(1, radius.length)
                .allMatch(i -> drifts[i] < drifts[i - 1] || radius[i] >= radius[i - 1] - 1e-9);
        findings.add(new Finding(
                "ball radius grows with the drift", "yes", grows ? "yes" : "no", grows ? "agrees" : "differs"));
        double violation = runs.stream().mapToDouble(Run::violation).max().orElseThrow();
        findings.add(
                new Finding("largest | |x|^2 - 1 |", "0", number(violation), violation < 1e-12 ? "agrees" : "differs"));

        List<Line> over = new ArrayList<>();
        List<Run> shown = shown(runs);
        for (int i = 0; i < shown.size(); i++) {
            over.add(Line.solid("drift " + number(shown.get(i).drift), i, t, shown.get(i).farthest));
        }
        double[] fine = IntStream.rangeClosed(1, 200)
                .mapToDouble(i -> i / 200.0 * gap / 2)
                .toArray();
        double[] locked = Arrays.stream(fine)
                .map(w -> 2 * Math.sin(Math.asin(Math.min(1, 2 * w / gap)) / 4))
                .toArray();
        List<Line> ball = List.of(
                Line.dots("all tokens, late", 0, drifts, radius),
                Line.dots(
                        "token 1, late",
                        1,
                        drifts,
                        runs.stream().mapToDouble(r -> r.lateRadius(0)).toArray()),
                Line.dashed("token 1, exact: lost beyond (λ₁ − λ₂)/2", 1, fine, locked));
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        arrays.put("drift", Trajectory.array(drifts));
        arrays.put("radius", Trajectory.array(radius));
        arrays.put("farthest", Trajectory.array(runs.stream().map(Run::farthest).toArray(double[][]::new)));
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("tokens", n + " on the unit sphere of R^" + d + ", in v's hemisphere", ""),
                new Chosen("heads", "1, causal", "theorem 5.3"),
                new Chosen("eigenvalues of U", Arrays.toString(eigenvalues), ""),
                new Chosen("U(t)", "turns in the plane of its first two eigenvectors", ""),
                new Chosen("drift", Arrays.toString(drifts) + " radians per unit of time", ""),
                new Chosen("late", "t from " + number(LATE * grid.end()), "")));
        chosen.addAll(setting.chosen(grid));
        return new SimulationResult(
                name(),
                "Causal attention, drifting U: a ball around v(t) (theorem 5.3)",
                "Theorem 5.3: where U(t) is symmetric and changes slowly, tokens end in a ball around its leading eigenvector"
                        + " v(t); the radius shrinks with the drift.",
                chosen,
                findings,
                List.of(
                        LineChart.log("Farthest token from v(t)", "time", "max over tokens of |x − v(t)|", over),
                        new LineChart(
                                "Ball radius against drift",
                                "drift (radians per unit of time)",
                                "largest |x − v(t)|, late",
                                LineChart.Scale.LOG,
                                LineChart.Scale.LOG,
                                ball)),
                2,
                arrays);
    }

    private record Run(double drift, double[] farthest, double[][] radii, double violation) {
        double radius() {
            return IntStream.range((int) (LATE * farthest.length), farthest.length)
                    .mapToDouble(i -> farthest[i])
                    .max()
                    .orElseThrow();
        }

        double lateRadius(int token) {
            return IntStream.range((int) (LATE * farthest.length), farthest.length)
                    .mapToDouble(i -> radii[i][token])
                    .max()
                    .orElseThrow();
        }

        double lateAngle(int token) {
            return 2 * Math.asin(radii[radii.length - 1][token] / 2);
        }
    }

    private Run run(Setting setting, DMatrixRMaj basis, int n, int d, double drift, TimeGrid grid) {
        Draws draws = setting.draws("heads", 0);
        Head scores = setting.learned()
                .map(m -> m.heads().get(0))
                .orElseGet(() -> Head.scoring(draws.uniformMatrix(d, d), draws.uniformMatrix(d, d)));
        Head head = scores.withValue(t -> ValueMatrix.symmetric(turned(basis, drift * t), eigenvalues));
        double[] start = setting.start(n, d, "start", 0);
        double[] v0 = ValueMatrix.column(basis, 0);
        start = new ValueMatrix(List.of(), eigenvalues, v0, 0).flipped(start);
        Metric metric = Metric.euclidean(d);
        double[] farthest = new double[grid.samples()];
        double[][] radii = new double[grid.samples()][n];
        double[] violation = new double[1];
        setting.integrator()
                .integrate(
                        AttentionField.onSphere(n, d, List.of(head), true),
                        metric.unitTokens(),
                        start,
                        grid,
                        setting.watched((sample, t, x) -> {
                            double[] v = ValueMatrix.column(turned(basis, drift * t), 0);
                            Cloud cloud = Cloud.of(x, d);
                            for (int i = 0; i < n; i++) {
                                radii[sample][i] = Math.sqrt(2 * cloud.apart(i, v));
                            }
                            farthest[sample] =
                                    Arrays.stream(radii[sample]).max().orElseThrow();
                            violation[0] = Math.max(violation[0], metric.violation(x));
                        }));
        return new Run(drift, farthest, radii, violation[0]);
    }

    /** The basis with its first two columns turned by an angle in their plane. */
    private static DMatrixRMaj turned(DMatrixRMaj basis, double angle) {
        DMatrixRMaj turned = basis.copy();
        for (int r = 0; r < basis.numRows; r++) {
            double a = basis.get(r, 0);
            double b = basis.get(r, 1);
            turned.set(r, 0, Math.cos(angle) * a + Math.sin(angle) * b);
            turned.set(r, 1, -Math.sin(angle) * a + Math.cos(angle) * b);
        }
        return turned;
    }

    private static List<Run> shown(List<Run> runs) {
        int every = Math.max(1, (runs.size() + 5) / 6);
        return IntStream.range(0, runs.size())
                .filter(i -> i % every == 0 || i == runs.size() - 1)
                .mapToObj(runs::get)
                .toList();
    }
}
