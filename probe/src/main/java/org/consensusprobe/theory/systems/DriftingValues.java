package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.SymmetricEigen;
import org.consensusprobe.theory.attention.UnitTokens;
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
        List<Run> runs = setting.parts(drifts.length, i -> run(setting, basis, n, drifts[i], grid));
        ResultBuilder result = new ResultBuilder();
        result.chosen("tokens", n + " on the unit sphere of R^" + d + ", in v's hemisphere");
        result.chosen("heads", "1, causal", "theorem 5.3");
        result.chosen("eigenvalues of U", Arrays.toString(eigenvalues));
        result.chosen("U(t)", "turns in the plane of its first two eigenvectors");
        result.chosen("drift", Arrays.toString(drifts) + " radians per unit of time");
        result.chosen("late", "t from " + number(LATE * grid.end()));
        setting.describe(result, grid);
        find(result, runs);
        draw(result, grid.times(), runs);
        result.array("time", grid.times());
        result.array("drift", drifts);
        result.array("radius", radii(runs));
        result.array("farthest", runs.stream().map(Run::farthest).toList());
        return result.build(
                name(),
                "Causal attention, drifting U: a ball around v(t) (theorem 5.3)",
                "Theorem 5.3: where U(t) is symmetric and changes slowly, tokens end in a ball around its leading eigenvector"
                        + " v(t); the radius shrinks with the drift.",
                2);
    }

    /** Distances from v(t): of all tokens the largest, and of the first. */
    private record Run(double drift, double[] farthest, double[] first, double violation) {
        static double late(double[] distances) {
            return Arrays.stream(distances, (int) (LATE * distances.length), distances.length)
                    .max()
                    .orElseThrow();
        }

        double lastAngle() {
            return 2 * Math.asin(first[first.length - 1] / 2);
        }
    }

    private Run run(Setting setting, DMatrixRMaj basis, int n, double drift, TimeGrid grid) {
        int d = basis.numRows;
        Head head =
                setting.firstHead(d).withValue(t -> new SymmetricEigen(eigenvalues, turned(basis, drift * t)).matrix());
        double[] start = setting.start(n, d, "start", 0);
        double[] v0 = new SymmetricEigen(eigenvalues, basis).leading();
        Trajectory path = Trajectory.onSphere(setting, List.of(head), true, ValueMatrix.flipped(start, v0), d, grid);
        DoubleFunction<double[]> v = t -> new SymmetricEigen(eigenvalues, turned(basis, drift * t)).leading();
        return new Run(
                drift,
                path.series((t, x) -> Math.sqrt(2 * UnitTokens.of(x, d).farthestFrom(v.apply(t)))),
                path.series((t, x) -> Math.sqrt(2 * UnitTokens.of(x, d).apart(0, v.apply(t)))),
                path.violation());
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

    private static double[] radii(List<Run> runs) {
        return runs.stream().mapToDouble(r -> Run.late(r.farthest)).toArray();
    }

    private void find(ResultBuilder result, List<Run> runs) {
        double gap = eigenvalues[0] - eigenvalues[1];
        for (Run run : runs) {
            if (2 * run.drift < 0.98 * gap) {
                double predicted = Math.asin(2 * run.drift / gap) / 2;
                result.rate("angle of token 1 behind v, drift " + number(run.drift), predicted, run.lastAngle());
            }
        }
        double[] radius = radii(runs);
        boolean grows = IntStream.range(1, radius.length)
                .allMatch(i -> drifts[i] < drifts[i - 1] || radius[i] >= radius[i - 1] - 1e-9);
        result.finding("ball radius grows with the drift", "yes", grows ? "yes" : "no", grows ? "agrees" : "differs");
        result.violation(Curves.largest(runs, Run::violation), "");
    }

    private void draw(ResultBuilder result, double[] t, List<Run> runs) {
        List<Line> over = new ArrayList<>();
        int every = Math.max(1, (runs.size() + 5) / 6);
        for (int i = 0; i < runs.size(); i++) {
            if (i % every == 0 || i == runs.size() - 1) {
                over.add(Line.solid("drift " + number(drifts[i]), over.size(), t, runs.get(i).farthest));
            }
        }
        result.chart(LineChart.log("Farthest token from v(t)", "time", "max over tokens of |x − v(t)|", over));
        double gap = eigenvalues[0] - eigenvalues[1];
        double[] fine = Curves.table(200, i -> (i + 1) / 200.0 * gap / 2);
        double[] locked = Curves.map(fine, w -> 2 * Math.sin(Math.asin(Math.min(1, 2 * w / gap)) / 4));
        double[] first = runs.stream().mapToDouble(r -> Run.late(r.first)).toArray();
        result.chart(new LineChart(
                "Ball radius against drift",
                "drift (radians per unit of time)",
                "largest |x − v(t)|, late",
                LineChart.Scale.LOG,
                LineChart.Scale.LOG,
                List.of(
                        Line.dots("all tokens, late", 0, drifts, radii(runs)),
                        Line.dots("token 1, late", 1, drifts, first),
                        Line.dashed("token 1, exact: lost beyond (λ₁ − λ₂)/2", 1, fine, locked))));
    }
}
