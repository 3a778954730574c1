package org.consensusprobe.theory.systems;

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
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.ode.TimeGrid;

/**
 * Remark 5.2 of "The asymptotic behavior of attention in transformers": theorem 5.2 asks for starts in one hemisphere of v;
 * this is what happens from starts in both.
 *
 * @param tokens T
 * @param eigenvalues of U, largest first
 * @param starts random starts
 */
public record TwoHemispheres(int tokens, double[] eigenvalues, int starts) implements Simulation {
    private static final double END = 40;
    /** Within 5 degrees of +v or -v a token counts as there. */
    private static final double THERE = 1 - Math.cos(Math.toRadians(5));

    @Override
    public String name() {
        return "asymptotic-remark-5.2";
    }

    @Override
    public SimulationResult run(Setting setting) {
        ValueMatrix values = ValueMatrix.of(setting, eigenvalues);
        int n = setting.tokens(tokens);
        int d = values.leading().length;
        int count = setting.initial().isPresent() ? 1 : starts;
        TimeGrid grid = setting.grid(END);
        List<Outcome> outcomes = setting.parts(count, i -> outcome(setting, values, n, d, i, grid));
        int splitStart = IntStream.range(0, count)
                .filter(i -> outcomes.get(i).split())
                .findFirst()
                .orElse(0);
        Trajectory shown = trajectory(setting, values, n, d, splitStart, grid);
        double[] t = grid.times();

        long consensus = outcomes.stream().filter(Outcome::consensus).count();
        long split = outcomes.stream().filter(Outcome::split).count();
        long followers = outcomes.stream()
                .filter(o -> o.consensus() && o.firstSide() == o.side())
                .count();
        List<Finding> findings = new ArrayList<>(List.of(
                new Finding("starts that reach consensus at +v or -v", "no claim", consensus + " of " + count, ""),
                new Finding(
                        "starts that end at both +v and -v (within 5 degrees)", "no claim", split + " of " + count, ""),
                new Finding("others at the end", "no claim", (count - consensus - split) + " of " + count, ""),
                new Finding(
                        "of those at consensus: on the side where token 1 started",
                        "all (token 1 alone sees only itself)",
                        followers + " of " + consensus,
                        followers == consensus ? "agrees" : "differs")));
        double[] stays = new double[n];
        outcomes.forEach(o -> IntStream.range(0, n).forEach(i -> stays[i] += o.withFirst()[i] ? 1.0 / count : 0));

        List<Line> sides = new ArrayList<>();
        for (int i = 0; i < Math.min(n, 16); i++) {
            int token = i;
            sides.add(Line.solid(
                    i == 0 ? "token 1" : "",
                    i == 0 ? 4 : i % 4,
                    t,
                    shown.series((time, x) -> values.side(x, token * d))));
        }
        List<Chart> charts = new ArrayList<>();
        values.inSpace()
                .ifPresent(v -> charts.add(new SphereChart(
                        "One start in both hemispheres",
                        new double[] {1, 1, 1},
                        new double[] {v[1] + 0.3, -v[0] + 0.2, 0.4},
                        shown.paths(),
                        List.of(
                                new SphereChart.Arrow("v", v),
                                new SphereChart.Arrow("−v", new double[] {-v[0], -v[1], -v[2]})))));
        charts.add(LineChart.linear("Its tokens against v", "time", "⟨x, v⟩", sides));
        double[] index = IntStream.rangeClosed(1, n).mapToDouble(i -> i).toArray();
        charts.add(LineChart.linear(
                "Who ends where token 1 ends",
                "token",
                "share of " + count + " starts",
                List.of(Line.dots("", 0, index, stays), Line.solid("", 0, index, stays))));
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        arrays.put("share-with-token-1", Trajectory.array(stays));
        if (d <= 16) {
            arrays.put("tokens", shown.array());
        }
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("tokens", n + " on the unit sphere of R^" + d, ""),
                new Chosen("heads", values.heads().size() + ", causal", "theorem 5.2"),
                new Chosen("starts", count + ", in both hemispheres", "")));
        chosen.addAll(values.chosen());
        chosen.addAll(setting.chosen(grid));
        return new SimulationResult(
                name(),
                "Causal attention, symmetric U, starts in both hemispheres (remark 5.2)",
                "Remark 5.2: outside the hypothesis of theorem 5.2, tokens that start in both hemispheres of v may end at v and at"
                        + " -v; the first token, which sees only itself, stays on its side.",
                chosen,
                findings,
                charts,
                charts.size(),
                arrays);
    }

    private record Outcome(boolean consensus, boolean split, int side, int firstSide, boolean[] withFirst) {}

    private static Outcome outcome(Setting setting, ValueMatrix values, int n, int d, int index, TimeGrid grid) {
        TimeGrid coarse = new TimeGrid(grid.end(), Math.min(grid.intervals(), 20));
        Trajectory run = trajectory(setting, values, n, d, index, coarse);
        double[] v = values.leading();
        Cloud cloud = Cloud.of(run.last(), d);
        int plus = 0;
        int minus = 0;
        boolean[] withFirst = new boolean[n];
        for (int i = 0; i < n; i++) {
            double apart = cloud.apart(i, v);
            plus += apart < THERE ? 1 : 0;
            minus += 2 - apart < THERE ? 1 : 0;
            withFirst[i] = values.side(run.last(), i * d) * values.side(run.last(), 0) > 0;
        }
        return new Outcome(
                plus == n || minus == n,
                plus > 0 && minus > 0 && plus + minus == n,
                plus == n ? 1 : -1,
                values.side(run.states()[0], 0) > 0 ? 1 : -1,
                withFirst);
    }

    private static Trajectory trajectory(Setting setting, ValueMatrix values, int n, int d, int index, TimeGrid grid) {
        return Trajectory.of(
                setting,
                AttentionField.onSphere(n, d, values.heads(), true),
                Metric.euclidean(d).unitTokens(),
                setting.start(n, d, "start", index),
                d,
                grid);
    }
}
