package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import org.consensusprobe.theory.Slope;
import org.consensusprobe.theory.Texts;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Cloud;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.ode.TimeGrid;

/**
 * Theorem 5.2 of "The asymptotic behavior of attention in transformers" (figures 5 and 6): with causal attention and U
 * symmetric with a simple leading eigenvalue l1 > 0, tokens that start in the hemisphere of its eigenvector v converge to v.
 *
 * <p>Linearised: 1 - (x_T, v) decays at 2 (l1 - l2) for l2 > 0 and at 2 (l1 - l2/T) for l2 < 0; E at 2 (l1 - l2/2) for
 * l2 > 0.
 *
 * @param tokens T
 * @param eigenvalues of U, largest first; as many as tokens have dimensions
 */
public record LeadingEigenvector(int tokens, double[] eigenvalues) implements Simulation {
    private static final double END = 45;
    private static final double FLOOR = 1e-26;
    private static final double LATE = 0.6;

    @Override
    public String name() {
        return "asymptotic-5.2";
    }

    @Override
    public SimulationResult run(Setting setting) {
        ValueMatrix values = ValueMatrix.of(setting, eigenvalues);
        int n = setting.tokens(tokens);
        int d = values.leading().length;
        double l1 = values.eigenvalues()[0];
        double l2 = values.eigenvalues()[1];
        TimeGrid grid = setting.grid(END / Math.max(0.1, Math.abs(l1)));
        double[] start = values.flipped(setting.start(n, d, "start", 0));
        Metric metric = Metric.euclidean(d);
        Trajectory run = Trajectory.of(
                setting, AttentionField.onSphere(n, d, values.heads(), true), metric.unitTokens(), start, d, grid);
        double[] t = grid.times();
        double[] error = run.series((time, x) -> Cloud.of(x, d).error());
        double[] farthest = run.series((time, x) -> Cloud.of(x, d).farthestFrom(values.leading()));
        double[] lastToken = run.series((time, x) -> Cloud.of(x, d).apart(n - 1, values.leading()));

        double lateFrom = LATE * grid.end();
        double errorRate = -Slope.ofLog(t, HemisphereFlow.above(error, FLOOR), lateFrom, grid.end());
        double tokenRate = -Slope.ofLog(t, HemisphereFlow.above(lastToken, FLOOR), lateFrom, grid.end());
        double tokenPredicted = 2 * (l1 - (l2 > 0 ? l2 : l2 / n));
        boolean holds = values.asymmetry() == 0 && l1 > 0;
        List<Finding> findings = new ArrayList<>();
        findings.add(new Finding(
                "max_i 1 - <x_i, v> at the end",
                holds ? "towards 0" : "no claim",
                number(farthest[farthest.length - 1]),
                !holds
                        ? "hypothesis does not hold"
                        : farthest[farthest.length - 1] < 1e-2 * farthest[0] ? "agrees" : "not yet"));
        if (holds) {
            findings.add(new Finding(
                    "decay of 1 - <x_T, v>, late (linearised: 2(l1 - l2" + (l2 > 0 ? "" : "/T") + "))",
                    number(tokenPredicted),
                    number(tokenRate),
                    Texts.verdict(tokenPredicted, tokenRate, 0.02)));
            if (l2 > 0) {
                findings.add(new Finding(
                        "decay of E, late (linearised: 2(l1 - l2/2))",
                        number(2 * (l1 - l2 / 2)),
                        number(errorRate),
                        Texts.verdict(2 * (l1 - l2 / 2), errorRate, 0.02)));
            }
        }
        double violation = run.largest((time, x) -> metric.violation(x));
        findings.add(
                new Finding("largest | |x|^2 - 1 |", "0", number(violation), violation < 1e-12 ? "agrees" : "differs"));

        List<Chart> charts = new ArrayList<>();
        values.inSpace()
                .ifPresent(v -> charts.add(new SphereChart(
                        "Tokens on the sphere",
                        new double[] {1, 1, 1},
                        new double[] {v[0] + 0.6 * v[1], v[1] - 0.6 * v[0], v[2]},
                        run.paths(),
                        List.of(new SphereChart.Arrow("v", v)))));
        charts.add(LineChart.log(
                "Error, eq. 25",
                "time",
                "E",
                withGuide(t, error, holds && l2 > 0 ? 2 * (l1 - l2 / 2) : Double.NaN, "E", "rate 2(λ₁ − λ₂/2)")));
        List<Line> toV = withGuide(
                t,
                farthest,
                holds ? tokenPredicted : Double.NaN,
                "max over tokens of 1 − ⟨x, v⟩",
                l2 > 0 ? "rate 2(λ₁ − λ₂)" : "rate 2(λ₁ − λ₂/T)");
        charts.add(LineChart.log("Distance to the leading eigenvector", "time", "1 − ⟨x, v⟩", toV));
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        arrays.put("error", Trajectory.array(error));
        arrays.put("farthest-from-v", Trajectory.array(farthest));
        if (d <= 16) {
            arrays.put("tokens", run.array());
        }
        List<Chosen> chosen = new ArrayList<>();
        chosen.add(new Chosen("tokens", n + " on the unit sphere of R^" + d + ", in v's hemisphere", "section 6.1"));
        chosen.add(new Chosen("heads", values.heads().size() + ", causal", "section 6.1"));
        chosen.addAll(values.chosen());
        chosen.addAll(setting.chosen(grid));
        return new SimulationResult(
                name(),
                "Causal attention, symmetric U: tokens converge to the leading eigenvector (theorem 5.2)",
                "Theorem 5.2: with causal attention and U symmetric with a simple leading eigenvalue l1 > 0, tokens that start"
                        + " in the open hemisphere of its eigenvector v converge to v.",
                chosen,
                findings,
                charts,
                charts.size(),
                arrays);
    }

    /** A measured decay and, through its last value, the predicted one. */
    static List<Line> withGuide(double[] t, double[] y, double rate, String label, String guide) {
        List<Line> lines = new ArrayList<>(List.of(Line.solid(label, 0, t, y)));
        int last = t.length - 1;
        while (last > 0 && !(y[last] > FLOOR)) {
            last--;
        }
        if (!Double.isNaN(rate) && last > 0) {
            double[] line = new double[t.length];
            for (int i = 0; i < t.length; i++) {
                double value = 2 * y[last] * Math.exp(-rate * (t[i] - t[last]));
                line[i] = i < t.length / 4 || i > last || value > 1 ? Double.NaN : value;
            }
            lines.add(Line.dashed(guide, 1, t, line));
        }
        return lines;
    }
}
