package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.SphereChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.AttentionField.Weighting;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Hemisphere;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.UnitTokens;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;

/**
 * Theorem 4.1 of "The asymptotic behavior of attention in transformers" (figures 1 to 3): with full attention, U = I and any
 * bounded P_h(t), tokens that start in one open hemisphere reach consensus.
 *
 * @param tokens T; 10 in the paper
 * @param heads H; 2 in the paper
 * @param frequency w of diag(sin(w t + phi)), drawn uniformly from [0, w] for each component
 * @param ellipsoid the diagonal of W for the second run
 */
public record HemisphereFlow(int tokens, int heads, double frequency, double[] ellipsoid) implements Simulation {
    private static final int DIM = 3;
    private static final double END = 10;
    private static final int MOST_DRAWS = 100_000;
    private static final double FLOOR = 1e-26;

    @Override
    public String name() {
        return "asymptotic-4.1";
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int dim = setting.dim(DIM);
        if (ellipsoid.length != dim) {
            throw Problem.input(
                    "--metric has %d numbers: expected %d, one for each dimension of a token.", ellipsoid.length, dim);
        }
        Start start = start(setting, n, dim);
        List<Head> all = heads(setting, dim);
        TimeGrid grid = setting.grid(END);
        Run sphere = run(setting, "sphere", start, all, Metric.euclidean(dim), grid);
        Run oval = run(setting, "ellipsoid", start, all, new Metric(ellipsoid), grid);
        ResultBuilder result = new ResultBuilder();
        choose(result, setting, n, dim, all.size(), start);
        setting.describe(result, grid);
        draw(result, grid.times(), all, sphere, oval);
        result.array("time", grid.times());
        for (Run run : List.of(sphere, oval)) {
            find(result, grid.times(), run, all.size());
            result.array(run.where + "-tokens", run.trajectory.array());
            result.array(run.where + "-v", run.toPole());
        }
        return result.build(
                name(),
                "Full attention, U = I: tokens of one hemisphere reach consensus (theorem 4.1)",
                "Theorem 4.1: with full attention, U = I and bounded P(t), tokens that start in an open hemisphere converge to"
                        + " consensus; V = 1 - min_i <x_i, y> never grows for y in the middle of them.",
                dim == DIM ? 3 : 2);
    }

    private record Start(double[] tokens, double[] pole, int draws) {}

    private static Start start(Setting setting, int n, int dim) {
        if (setting.initial().isPresent()) {
            double[] x = setting.start(n, dim, "", 0);
            double[] pole = Hemisphere.pole(x, dim)
                    .orElseThrow(() -> Problem.input(
                            "--initial: the tokens share no open hemisphere, which theorem 4.1 asks for."));
            return new Start(x, pole, 1);
        }
        double probability = Hemisphere.probability(n, dim);
        for (int draw = 0; draw < MOST_DRAWS && probability * MOST_DRAWS > 10; draw++) {
            double[] x = setting.start(n, dim, "hemisphere start", draw);
            Optional<double[]> pole = Hemisphere.pole(x, dim);
            if (pole.isPresent()) {
                return new Start(x, pole.get(), draw + 1);
            }
        }
        throw Problem.input(
                "%d tokens in %d dimensions share a hemisphere with probability %.1e: too rarely to wait for.%n"
                        + "Use fewer --tokens, or give a start with --initial.",
                n, dim, probability);
    }

    private List<Head> heads(Setting setting, int dim) {
        List<Head> all = setting.heads(heads, draws -> {
            Head head = Head.scoring(draws.uniformMatrix(dim, dim), draws.uniformMatrix(dim, dim));
            double[] w = Curves.table(dim, i -> draws.uniform(0, frequency));
            double[] phase = Curves.table(dim, i -> draws.uniform(0, 2 * Math.PI));
            return head.withGain(t -> Curves.table(dim, i -> Math.sin(w[i] * t + phase[i])));
        });
        return all.stream()
                .map(h -> new Head(h.queries(), h.keys(), h.gain(), Optional.empty()))
                .toList();
    }

    private static Run run(Setting setting, String where, Start start, List<Head> heads, Metric metric, TimeGrid grid) {
        int dim = metric.dim();
        // u on the sphere becomes W^-1/2 u, so both runs start in corresponding hemispheres
        double[] x = stretched(start.tokens, metric);
        AttentionField field =
                new AttentionField(x.length / dim, heads, false, 1, Weighting.SOFTMAX, Optional.of(metric));
        Trajectory trajectory = Trajectory.of(setting, field, metric.unitTokens(), x, dim, grid);
        return new Run(where, metric, trajectory, stretched(start.pole, metric));
    }

    private static double[] stretched(double[] u, Metric metric) {
        return Curves.table(u.length, i -> u[i] / Math.sqrt(metric.weights()[i % metric.dim()]));
    }

    private record Run(String where, Metric metric, Trajectory trajectory, double[] pole) {
        double[] toPole() {
            return v(pole);
        }

        double[] toConsensus() {
            return v(Arrays.copyOf(trajectory.last(), trajectory.dim()));
        }

        /** 1 - min_i <x_i, y>_W = max_i |x_i - y|_W^2 / 2 on the unit surface. */
        private double[] v(double[] y) {
            return trajectory.series((t, x) -> {
                double[] apart = Curves.table(x.length, i -> x[i] - y[i % y.length]);
                return IntStream.range(0, x.length / y.length)
                        .mapToDouble(i -> metric.inner(apart, i * y.length, apart, i * y.length) / 2)
                        .max()
                        .orElseThrow();
            });
        }

        double[] error() {
            return trajectory.series(UnitTokens::error);
        }

        Chart chart() {
            double[] halfAxes = Curves.map(metric.weights(), w -> 1 / Math.sqrt(w));
            return new SphereChart("Tokens on the " + where, halfAxes, pole, trajectory.paths(), List.of());
        }

        Chart lyapunov(double[] t) {
            return LineChart.log(
                    "V on the " + where,
                    "time",
                    "V = 1 − min⟨x, y⟩",
                    List.of(
                            Line.solid("y: middle of the start's hemisphere", 0, t, toPole()),
                            Line.solid("y: where the first token ends", 1, t, toConsensus())));
        }
    }

    private void choose(ResultBuilder result, Setting setting, int n, int dim, int headCount, Start start) {
        result.chosen("tokens", n + " on the unit sphere of R^" + dim, "section 6.1");
        result.chosen("heads", Integer.toString(headCount), "section 6.1");
        result.chosen("U", "I", "theorem 4.1");
        if (setting.learned().isEmpty()) {
            result.chosen("P_h(t)", "Q_h' diag(sin(w t + phi)) K_h, entries uniform on [-1, 1]", "section 6.1");
            result.chosen("w, phi", "uniform on [0, " + number(frequency) + "] and [0, 2 pi], one pair a component");
        }
        result.chosen("W of the ellipsoid", Arrays.toString(ellipsoid), "section 6.1");
        result.chosen(
                "start",
                "uniform, redrawn until all share a hemisphere: " + start.draws + " draws; the probability is "
                        + number(Hemisphere.probability(n, dim)) + " (Wendel)");
    }

    private static void find(ResultBuilder result, double[] t, Run run, int heads) {
        double[] e = run.error();
        double last = e[e.length - 1];
        result.limit("error at the end, " + run.where, "towards 0", last, last < 1e-3 * e[0]);
        result.rate(
                "log-slope of E, late, " + run.where + " (linearised: -2H)",
                -2.0 * heads,
                -Curves.lateDecay(t, e, FLOOR));
        result.vanishes("largest rise of V between samples, " + run.where, Curves.largestRise(run.toPole()), 1e-9);
        result.violation(run.trajectory.violation(run.metric), ", " + run.where);
    }

    private static void draw(ResultBuilder result, double[] t, List<Head> heads, Run sphere, Run oval) {
        result.chart(norms(heads, t));
        if (sphere.trajectory.dim() == DIM) {
            result.chart(sphere.chart());
            result.chart(oval.chart());
        }
        double[] e = sphere.error();
        result.chart(LineChart.log(
                "Error, eq. 25",
                "time",
                "E = 1 − mean cosine to token 1",
                List.of(
                        Line.solid("sphere", 0, t, e),
                        Line.solid("ellipsoid", 1, t, oval.error()),
                        Curves.predicted("slope −2H", 4, t, e, 2.0 * heads.size(), FLOOR))));
        result.chart(sphere.lyapunov(t));
        result.chart(oval.lyapunov(t));
    }

    private static Chart norms(List<Head> heads, double[] t) {
        List<Line> lines = new ArrayList<>();
        for (int h = 0; h < Math.min(heads.size(), 8); h++) {
            Head head = heads.get(h);
            lines.add(Line.solid("head " + h, h, t, Curves.map(t, time -> {
                DMatrixRMaj k = head.keys().orElseThrow().copy();
                head.gain().ifPresent(g -> CommonOps_DDRM.multRows(g.apply(time), k));
                DMatrixRMaj p = new DMatrixRMaj(k.numCols, k.numCols);
                CommonOps_DDRM.multTransA(head.queries().orElseThrow(), k, p);
                return NormOps_DDRM.normF(p);
            })));
        }
        return LineChart.linear("Norm of P(t)", "time", "Frobenius norm of P", lines);
    }
}
