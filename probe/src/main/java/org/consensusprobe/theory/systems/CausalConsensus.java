package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Slope;
import org.consensusprobe.theory.Texts;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Cloud;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.Span;
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
        double[][] errors = runs.stream().map(Run::error).toArray(double[][]::new);
        double[] mean = IntStream.range(0, t.length)
                .mapToDouble(s ->
                        Arrays.stream(errors).mapToDouble(e -> e[s]).average().orElseThrow())
                .toArray();
        int h = all.size();
        double end = grid.end();
        List<Finding> findings = new ArrayList<>();
        for (double[] window : new double[][] {{0.4, 0.6}, {0.6, 0.8}, {0.75, 1}}) {
            double slope = Slope.ofLog(t, HemisphereFlow.above(mean, FLOOR), window[0] * end, window[1] * end);
            findings.add(new Finding(
                    "log-slope of mean E, t in [" + number(window[0] * end) + ", " + number(window[1] * end)
                            + "] (linearised: -H)",
                    number(-h),
                    number(slope),
                    Texts.verdict(-h, slope, 0.02)));
        }
        double worst = Arrays.stream(errors)
                .mapToDouble(e -> e[e.length - 1] / e[0])
                .max()
                .orElseThrow();
        findings.add(new Finding(
                "largest E(end) / E(0) of " + count + " starts",
                "towards 0",
                number(worst),
                worst < 1e-2 ? "agrees" : "not yet"));
        double violation = runs.stream().mapToDouble(Run::violation).max().orElseThrow();
        findings.add(
                new Finding("largest | |x|^2 - 1 |", "0", number(violation), violation < 1e-12 ? "agrees" : "differs"));
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        arrays.put("error", Trajectory.array(errors));
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("tokens", n + " on the unit sphere of R^" + d, "section 6.1"),
                new Chosen("heads", h + ", causal", "section 6.1"),
                new Chosen("U", "I", "theorem 5.1"),
                new Chosen(
                        "Q_h, K_h",
                        setting.learned().isPresent()
                                ? "the checkpoint's; its values are left out, for U = I"
                                : Math.min(HEAD_SIZE, d) + " x " + d
                                        + ", entries uniform on [-1, 1], scores over sqrt(d_h) as in GPT-2",
                        ""),
                new Chosen("starts", count + (setting.initial().isPresent() ? ", given" : ", uniform"), ""),
                new Chosen(
                        "coordinates",
                        Math.min(n, d) + " in the span of the start, which tokens never leave where U = I (exact)",
                        "")));
        chosen.addAll(setting.chosen(grid));
        return new SimulationResult(
                name(),
                "Causal attention, U = I: consensus (theorem 5.1; T = " + n + ", D = " + d + ", H = " + h + ")",
                "Theorem 5.1: with causal attention and U = I, tokens converge to consensus from almost every start."
                        + " Linearised, the error decays as exp(-H t).",
                chosen,
                findings,
                List.of(
                        LineChart.linear(
                                "Error, eq. 25", "time", "E = 1 − mean cosine to token 1", lines(t, errors, mean, 0)),
                        LineChart.log("Error, eq. 25, logarithmic", "time", "E", lines(t, errors, mean, h))),
                2,
                arrays);
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
        setting.integrator().integrate(field, metric.unitTokens(), x, grid, setting.watched((sample, t, state) -> {
            error[sample] = Cloud.of(state, span.dim()).error();
            violation[0] = Math.max(violation[0], metric.violation(state));
        }));
        return new Run(error, violation[0]);
    }

    private List<Head> heads(Setting setting, int d) {
        if (setting.learned().isPresent()) {
            return setting.learned().get().heads();
        }
        return IntStream.range(0, heads)
                .mapToObj(h -> {
                    Draws draws = setting.draws("heads", h);
                    DMatrixRMaj q = draws.uniformMatrix(Math.min(HEAD_SIZE, d), d);
                    CommonOps_DDRM.scale(1 / Math.sqrt(q.numRows), q);
                    return Head.scoring(q, draws.uniformMatrix(Math.min(HEAD_SIZE, d), d));
                })
                .toList();
    }

    private static List<Line> lines(double[] t, double[][] errors, double[] mean, int slope) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < Math.min(errors.length, 100); i++) {
            lines.add(Line.faint(6, t, errors[i]));
        }
        lines.add(Line.solid("mean of " + errors.length + " starts", 0, t, mean));
        if (slope > 0) {
            int from = t.length / 2;
            lines.add(Line.dashed(
                    "slope −H = −" + slope,
                    1,
                    t,
                    IntStream.range(0, t.length)
                            .mapToDouble(i -> i < from / 2
                                    ? Double.NaN
                                    : 3 * mean[t.length - 1] * Math.exp(-slope * (t[i] - t[t.length - 1])))
                            .map(v -> v > 1 ? Double.NaN : v)
                            .toArray()));
        }
        return lines;
    }
}
