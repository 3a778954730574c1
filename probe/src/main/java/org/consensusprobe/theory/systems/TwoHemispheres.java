package org.consensusprobe.theory.systems;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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
 * Remark 5.2 of "The asymptotic behavior of attention in transformers": theorem 5.2 asks for starts in one hemisphere of v;
 * this is what happens from starts in both.
 *
 * @param tokens T
 * @param eigenvalues of U, largest first
 * @param starts random starts
 */
public record TwoHemispheres(int tokens, double[] eigenvalues, int starts) implements Simulation {
    private static final double END = 40;
    private static final int MOST_DRAWN = 16;
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
        List<Outcome> outcomes = setting.parts(count, i -> outcome(setting, values, n, i, grid));
        int split = IntStream.range(0, count)
                .filter(i -> outcomes.get(i).split())
                .findFirst()
                .orElse(0);
        Trajectory shown = trajectory(setting, values, n, split, grid);
        double[] stays = Curves.table(
                n, i -> outcomes.stream().filter(o -> o.withFirst()[i]).count() / (double) count);
        ResultBuilder result = new ResultBuilder();
        result.chosen("tokens", n + " on the unit sphere of R^" + d);
        result.chosen("heads", values.heads().size() + ", causal", "theorem 5.2");
        result.chosen("starts", count + ", in both hemispheres");
        values.describe(result);
        setting.describe(result, grid);
        find(result, outcomes);
        draw(result, values, shown, stays, count);
        result.array("time", grid.times());
        result.array("share-with-token-1", stays);
        if (d <= 16) {
            result.array("tokens", shown.array());
        }
        return result.build(
                name(),
                "Causal attention, symmetric U, starts in both hemispheres (remark 5.2)",
                "Remark 5.2: outside the hypothesis of theorem 5.2, tokens that start in both hemispheres of v may end at v and at"
                        + " -v; the first token, which sees only itself, stays on its side.",
                result.charts());
    }

    private record Outcome(boolean consensus, boolean split, boolean followsFirst, boolean[] withFirst) {}

    private static Outcome outcome(Setting setting, ValueMatrix values, int n, int index, TimeGrid grid) {
        TimeGrid coarse = new TimeGrid(grid.end(), Math.min(grid.intervals(), 20));
        Trajectory run = trajectory(setting, values, n, index, coarse);
        UnitTokens units = UnitTokens.of(run.last(), run.dim());
        int plus = 0;
        int minus = 0;
        boolean[] withFirst = new boolean[n];
        for (int i = 0; i < n; i++) {
            double apart = units.apart(i, values.leading());
            plus += apart < THERE ? 1 : 0;
            minus += 2 - apart < THERE ? 1 : 0;
            withFirst[i] = values.side(run.last(), i) * values.side(run.last(), 0) > 0;
        }
        return new Outcome(
                plus == n || minus == n,
                plus > 0 && minus > 0 && plus + minus == n,
                plus == n == values.side(run.states()[0], 0) > 0,
                withFirst);
    }

    private static Trajectory trajectory(Setting setting, ValueMatrix values, int n, int index, TimeGrid grid) {
        int d = values.leading().length;
        return Trajectory.onSphere(setting, values.heads(), true, setting.start(n, d, "start", index), d, grid);
    }

    private static void find(ResultBuilder result, List<Outcome> outcomes) {
        int count = outcomes.size();
        long consensus = outcomes.stream().filter(Outcome::consensus).count();
        long split = outcomes.stream().filter(Outcome::split).count();
        long followers =
                outcomes.stream().filter(o -> o.consensus() && o.followsFirst()).count();
        result.finding("starts that reach consensus at +v or -v", "no claim", consensus + " of " + count, "");
        result.finding("starts that end at both +v and -v (within 5 degrees)", "no claim", split + " of " + count, "");
        result.finding("others at the end", "no claim", (count - consensus - split) + " of " + count, "");
        result.finding(
                "of those at consensus: on the side where token 1 started",
                "all (token 1 alone sees only itself)",
                followers + " of " + consensus,
                followers == consensus ? "agrees" : "differs");
    }

    private static void draw(ResultBuilder result, ValueMatrix values, Trajectory shown, double[] stays, int count) {
        values.inSpace()
                .ifPresent(v -> result.chart(shown.chart(
                        "One start in both hemispheres",
                        new double[] {v[1] + 0.3, -v[0] + 0.2, 0.4},
                        new SphereChart.Arrow("v", v),
                        new SphereChart.Arrow("−v", Curves.map(v, c -> -c)))));
        List<Line> sides = new ArrayList<>();
        for (int i = 0; i < Math.min(stays.length, MOST_DRAWN); i++) {
            int token = i;
            double[] side = shown.series((time, x) -> values.side(x, token));
            sides.add(Line.solid(
                    i == 0 ? "token 1" : "", i == 0 ? 4 : i % 4, shown.grid().times(), side));
        }
        result.chart(LineChart.linear("Its tokens against v", "time", "⟨x, v⟩", sides));
        double[] index = Curves.table(stays.length, i -> i + 1);
        result.chart(LineChart.linear(
                "Who ends where token 1 ends",
                "token",
                "share of " + count + " starts",
                List.of(Line.dots("", 0, index, stays), Line.solid("", 0, index, stays))));
    }
}
