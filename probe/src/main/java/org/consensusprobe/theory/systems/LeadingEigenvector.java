package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.SphereChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.UnitTokens;
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

    @Override
    public String name() {
        return "asymptotic-5.2";
    }

    @Override
    public SimulationResult run(Setting setting) {
        ValueMatrix values = ValueMatrix.of(setting, eigenvalues);
        int n = setting.tokens(tokens);
        int d = values.leading().length;
        TimeGrid grid = setting.grid(END / Math.max(0.1, Math.abs(values.eigenvalues()[0])));
        double[] start = ValueMatrix.flipped(setting.start(n, d, "start", 0), values.leading());
        Run run = new Run(values, Trajectory.onSphere(setting, values.heads(), true, start, d, grid));
        ResultBuilder result = new ResultBuilder();
        result.chosen("tokens", n + " on the unit sphere of R^" + d + ", in v's hemisphere", "section 6.1");
        result.chosen("heads", values.heads().size() + ", causal", "section 6.1");
        values.describe(result);
        setting.describe(result, grid);
        run.find(result);
        run.draw(result);
        result.array("time", grid.times());
        result.array("error", run.error());
        result.array("farthest-from-v", run.farthest());
        if (d <= 16) {
            result.array("tokens", run.path.array());
        }
        return result.build(
                name(),
                "Causal attention, symmetric U: tokens converge to the leading eigenvector (theorem 5.2)",
                "Theorem 5.2: with causal attention and U symmetric with a simple leading eigenvalue l1 > 0, tokens that start"
                        + " in the open hemisphere of its eigenvector v converge to v.",
                result.charts());
    }

    private record Run(ValueMatrix values, Trajectory path) {
        double[] error() {
            return path.series(UnitTokens::error);
        }

        double[] farthest() {
            return path.series(u -> u.farthestFrom(values.leading()));
        }

        boolean hypothesisHolds() {
            return values.asymmetry() == 0 && values.eigenvalues()[0] > 0;
        }

        boolean secondIsPositive() {
            return values.eigenvalues()[1] > 0;
        }

        /** The linearised decay of 1 - <x_T, v>. */
        double tokenRate() {
            double l2 = values.eigenvalues()[1];
            return 2 * (values.eigenvalues()[0] - (secondIsPositive() ? l2 : l2 / path.tokens()));
        }

        /** The linearised decay of E, for l2 > 0. */
        double errorRate() {
            return 2 * (values.eigenvalues()[0] - values.eigenvalues()[1] / 2);
        }

        void find(ResultBuilder result) {
            double[] t = path.grid().times();
            double[] farthest = farthest();
            double last = farthest[farthest.length - 1];
            if (hypothesisHolds()) {
                result.limit("max_i 1 - <x_i, v> at the end", "towards 0", last, last < 1e-2 * farthest[0]);
                double[] lastToken = path.series(u -> u.apart(path.tokens() - 1, values.leading()));
                result.rate(
                        "decay of 1 - <x_T, v>, late (linearised: 2(l1 - l2" + (secondIsPositive() ? "" : "/T") + "))",
                        tokenRate(),
                        Curves.lateDecay(t, lastToken, FLOOR));
            } else {
                result.finding("max_i 1 - <x_i, v> at the end", "no claim", number(last), "hypothesis does not hold");
            }
            if (hypothesisHolds() && secondIsPositive()) {
                result.rate(
                        "decay of E, late (linearised: 2(l1 - l2/2))",
                        errorRate(),
                        Curves.lateDecay(t, error(), FLOOR));
            }
            result.violation(path.violation(), "");
        }

        void draw(ResultBuilder result) {
            double[] t = path.grid().times();
            values.inSpace().ifPresent(v -> {
                double[] view = {v[0] + 0.6 * v[1], v[1] - 0.6 * v[0], v[2]};
                result.chart(path.chart("Tokens on the sphere", view, new SphereChart.Arrow("v", v)));
            });
            List<Line> errors = new ArrayList<>(List.of(Line.solid("E", 0, t, error())));
            if (hypothesisHolds() && secondIsPositive()) {
                errors.add(Curves.predicted("rate 2(λ₁ − λ₂/2)", 1, t, error(), errorRate(), FLOOR));
            }
            result.chart(LineChart.log("Error, eq. 25", "time", "E", errors));
            List<Line> toV = new ArrayList<>(List.of(Line.solid("max over tokens of 1 − ⟨x, v⟩", 0, t, farthest())));
            if (hypothesisHolds()) {
                String label = secondIsPositive() ? "rate 2(λ₁ − λ₂)" : "rate 2(λ₁ − λ₂/T)";
                toV.add(Curves.predicted(label, 1, t, farthest(), tokenRate(), FLOOR));
            }
            result.chart(LineChart.log("Distance to the leading eigenvector", "time", "1 − ⟨x, v⟩", toV));
        }
    }
}
