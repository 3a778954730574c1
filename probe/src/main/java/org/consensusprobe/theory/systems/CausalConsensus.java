package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Slope;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.Span;
import org.consensusprobe.theory.attention.UnitTokens;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Theorem 5.1 of "The asymptotic behavior of attention in transformers" (figure 4): with causal attention and U = I, tokens
 * reach consensus from almost every start. Linearised at consensus, E decays as exp(-H t).
 *
 * @param tokens T; 200 in the paper
 * @param dim D; 768 in the paper
 * @param heads H; 2 in the paper
 * @param starts random starts
 */
public record CausalConsensus(int tokens, int dim, int heads, int starts) implements Simulation {
    private static final int HEAD_SIZE = 64;
    private static final int MOST_DRAWN = 100;
    private static final double END = 20;
    /** Nearer 0 the differences of unit vectors are rounding. */
    private static final double FLOOR = 1e-26;

    @Override
    public String name() {
        return "asymptotic-5.1";
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(dim);
        int count = setting.initial().isPresent() ? 1 : starts;
        TimeGrid grid = setting.grid(END);
        List<Head> all = heads(setting, d);
        List<Run> runs = setting.parts(count, i -> run(setting, all, n, d, i, grid));
        double[] t = grid.times();
        double[] mean = Curves.table(
                t.length,
                s -> runs.stream().mapToDouble(r -> r.error[s]).average().orElseThrow());
        ResultBuilder result = new ResultBuilder();
        choose(result, setting, n, d, all.size(), count);
        setting.describe(result, grid);
        find(result, t, runs, mean, all.size());
        draw(result, t, runs, mean, all.size());
        result.array("time", t);
        result.array("error", runs.stream().map(Run::error).toList());
        return result.build(
                name(),
                "Causal attention, U = I: consensus (theorem 5.1; T = " + n + ", D = " + d + ", H = " + all.size()
                        + ")",
                "Theorem 5.1: with causal attention and U = I, tokens converge to consensus from almost every start."
                        + " Linearised, the error decays as exp(-H t).",
                2);
    }

    private record Run(double[] error, double violation) {}

    private static Run run(Setting setting, List<Head> heads, int n, int d, int index, TimeGrid grid) {
        Span span = Span.of(setting.start(n, d, "start", index), d);
        List<Head> reduced = heads.stream()
                .map(h -> new Head(
                        h.queries().map(span::restrict), h.keys().map(span::restrict), h.gain(), Optional.empty()))
                .toList();
        Metric metric = Metric.euclidean(span.dim());
        AttentionField field = AttentionField.onSphere(n, span.dim(), reduced, true);
        double[] error = new double[grid.samples()];
        double[] violation = new double[1];
        double[] x = span.coordinates();
        metric.unitTokens().restore(x);
        // all states of 200 tokens in 200 dimensions would fill the memory
        setting.integrate(field, metric.unitTokens(), x, grid, (sample, t, state) -> {
            error[sample] = UnitTokens.of(state, span.dim()).error();
            violation[0] = Math.max(violation[0], metric.violation(state));
        });
        return new Run(error, violation[0]);
    }

    private List<Head> heads(Setting setting, int d) {
        int size = Math.min(HEAD_SIZE, d);
        return setting.heads(heads, draws -> {
            DMatrixRMaj q = draws.uniformMatrix(size, d);
            CommonOps_DDRM.scale(1 / Math.sqrt(size), q);
            return Head.scoring(q, draws.uniformMatrix(size, d));
        });
    }

    private static void choose(ResultBuilder result, Setting setting, int n, int d, int h, int count) {
        result.chosen("tokens", n + " on the unit sphere of R^" + d, "section 6.1");
        result.chosen("heads", h + ", causal", "section 6.1");
        result.chosen("U", "I", "theorem 5.1");
        result.chosen(
                "Q_h, K_h",
                setting.learned().isPresent()
                        ? "the checkpoint's; its values are left out, for U = I"
                        : Math.min(HEAD_SIZE, d) + " x " + d
                                + ", entries uniform on [-1, 1], scores over sqrt(d_h) as in GPT-2");
        result.chosen("starts", count + (setting.initial().isPresent() ? ", given" : ", uniform"));
        result.chosen(
                "coordinates",
                Math.min(n, d) + " in the span of the start, which tokens never leave where U = I (exact)");
    }

    private static void find(ResultBuilder result, double[] t, List<Run> runs, double[] mean, int h) {
        double end = t[t.length - 1];
        for (double[] window : new double[][] {{0.4, 0.6}, {0.6, 0.8}, {0.75, 1}}) {
            double from = window[0] * end;
            double to = window[1] * end;
            result.rate(
                    "log-slope of mean E, t in [" + number(from) + ", " + number(to) + "] (linearised: -H)",
                    -h,
                    Slope.ofLog(t, Curves.above(mean, FLOOR), from, to));
        }
        double worst = Curves.largest(runs, r -> r.error[t.length - 1] / r.error[0]);
        result.limit("largest E(end) / E(0) of " + runs.size() + " starts", "towards 0", worst, worst < 1e-2);
        result.violation(Curves.largest(runs, Run::violation), "");
    }

    private static void draw(ResultBuilder result, double[] t, List<Run> runs, double[] mean, int h) {
        List<Line> lines = new ArrayList<>();
        runs.stream().limit(MOST_DRAWN).forEach(r -> lines.add(Line.faint(6, t, r.error)));
        lines.add(Line.solid("mean of " + runs.size() + " starts", 0, t, mean));
        result.chart(LineChart.linear("Error, eq. 25", "time", "E = 1 − mean cosine to token 1", lines));
        lines.add(Curves.predicted("slope −H = −" + h, 1, t, mean, h, FLOOR));
        result.chart(LineChart.log("Error, eq. 25, logarithmic", "time", "E", lines));
    }
}
