package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
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
import org.consensusprobe.theory.attention.AttentionField.Weighting;
import org.consensusprobe.theory.attention.Cloud;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Hemisphere;
import org.consensusprobe.theory.attention.Metric;
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
    private static final double LATE = 0.6;

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
        Run sphere = run(setting, start, all, Metric.euclidean(dim), grid);
        Run oval = run(setting, start, all, new Metric(ellipsoid), grid);
        double[] t = grid.times();

        List<Chart> charts = new ArrayList<>();
        charts.add(norms(all, t));
        if (dim == DIM) {
            charts.add(sphere.chart("Tokens on the sphere", new double[] {1, 1, 1}));
            charts.add(oval.chart(
                    "Tokens on the ellipsoid",
                    Arrays.stream(ellipsoid).map(w -> 1 / Math.sqrt(w)).toArray()));
        }
        charts.add(rates(t, sphere, oval, all.size()));
        charts.add(lyapunov("V on the sphere", t, sphere));
        charts.add(lyapunov("V on the ellipsoid", t, oval));
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(t));
        arrays.put("sphere-tokens", sphere.trajectory.array());
        arrays.put("ellipsoid-tokens", oval.trajectory.array());
        arrays.put("sphere-v", Trajectory.array(sphere.toPole()));
        arrays.put("ellipsoid-v", Trajectory.array(oval.toPole()));
        return new SimulationResult(
                name(),
                "Full attention, U = I: tokens of one hemisphere reach consensus (theorem 4.1)",
                "Theorem 4.1: with full attention, U = I and bounded P(t), tokens that start in an open hemisphere converge to"
                        + " consensus; V = 1 - min_i <x_i, y> never grows for y in the middle of them.",
                chosen(setting, grid, n, dim, all, start),
                findings(sphere, oval, all.size(), t),
                charts,
                dim == DIM ? 3 : 2,
                arrays);
    }

    private record Start(double[] tokens, double[] pole, int draws) {}

    private static Start start(Setting setting, int n, int dim) {
        if (setting.initial().isPresent()) {
            double[] x = setting.start(n, dim, "", 0);
            return new Start(
                    x,
                    Hemisphere.pole(x, dim)
                            .orElseThrow(() -> Problem.input(
                                    "--initial: the tokens share no open hemisphere, which theorem 4.1 asks for.")),
                    1);
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
        if (setting.learned().isPresent()) {
            return setting.learned().get().heads().stream()
                    .map(h -> new Head(h.queries(), h.keys(), Optional.empty(), Optional.empty()))
                    .toList();
        }
        return IntStream.range(0, heads)
                .mapToObj(h -> {
                    Draws draws = setting.draws("heads", h);
                    DMatrixRMaj q = draws.uniformMatrix(dim, dim);
                    DMatrixRMaj k = draws.uniformMatrix(dim, dim);
                    double[] w = IntStream.range(0, dim)
                            .mapToDouble(i -> draws.uniform(0, frequency))
                            .toArray();
                    double[] phase = IntStream.range(0, dim)
                            .mapToDouble(i -> draws.uniform(0, 2 * Math.PI))
                            .toArray();
                    return Head.scoring(q, k).withGain(t -> IntStream.range(0, w.length)
                            .mapToDouble(i -> Math.sin(w[i] * t + phase[i]))
                            .toArray());
                })
                .toList();
    }

    private static Run run(Setting setting, Start start, List<Head> heads, Metric metric, TimeGrid grid) {
        int dim = metric.dim();
        // u on the sphere becomes W^-1/2 u, so both runs start in corresponding hemispheres
        double[] x = stretched(start.tokens, metric);
        double[] pole = stretched(start.pole, metric);
        AttentionField field =
                new AttentionField(x.length / dim, heads, false, 1, Weighting.SOFTMAX, Optional.of(metric));
        return new Run(metric, Trajectory.of(setting, field, metric.unitTokens(), x, dim, grid), pole);
    }

    private static double[] stretched(double[] u, Metric metric) {
        double[] x = u.clone();
        for (int i = 0; i < x.length; i++) {
            x[i] /= Math.sqrt(metric.weights()[i % metric.dim()]);
        }
        return x;
    }

    private record Run(Metric metric, Trajectory trajectory, double[] pole) {
        double[] toPole() {
            return v(pole);
        }

        double[] toConsensus() {
            return v(Arrays.copyOf(trajectory.last(), trajectory.dim()));
        }

        /** 1 - min_i <x_i, y>_W = max_i |x_i - y|_W^2 / 2 on the unit surface. */
        private double[] v(double[] y) {
            return trajectory.series((t, x) -> {
                double worst = 0;
                double[] difference = new double[y.length];
                for (int i = 0; i < x.length; i += y.length) {
                    for (int c = 0; c < y.length; c++) {
                        difference[c] = x[i + c] - y[c];
                    }
                    worst = Math.max(worst, metric.inner(difference, 0, difference, 0) / 2);
                }
                return worst;
            });
        }

        double[] error() {
            return trajectory.series((t, x) -> Cloud.of(x, trajectory.dim()).error());
        }

        double violation() {
            return trajectory.largest((t, x) -> metric.violation(x));
        }

        double largestRise() {
            double[] v = toPole();
            return IntStream.range(1, v.length)
                    .mapToDouble(i -> v[i] - v[i - 1])
                    .max()
                    .orElse(0);
        }

        Chart chart(String title, double[] halfAxes) {
            return new SphereChart(title, halfAxes, pole, trajectory.paths(), List.of());
        }
    }

    private static Chart norms(List<Head> heads, double[] t) {
        List<Line> lines = new ArrayList<>();
        for (int h = 0; h < Math.min(heads.size(), 8); h++) {
            Head head = heads.get(h);
            double[] norm = Arrays.stream(t)
                    .map(time -> {
                        DMatrixRMaj k = head.keys().orElseThrow().copy();
                        head.gain().ifPresent(g -> CommonOps_DDRM.multRows(g.apply(time), k));
                        DMatrixRMaj p = new DMatrixRMaj(k.numCols, k.numCols);
                        CommonOps_DDRM.multTransA(head.queries().orElseThrow(), k, p);
                        return NormOps_DDRM.normF(p);
                    })
                    .toArray();
            lines.add(Line.solid("head " + (h + 1), h, t, norm));
        }
        return LineChart.linear("Norm of P(t)", "time", "Frobenius norm of P", lines);
    }

    private static Chart lyapunov(String title, double[] t, Run run) {
        return LineChart.log(
                title,
                "time",
                "V = 1 − min⟨x, y⟩",
                List.of(
                        Line.solid("y: middle of the start's hemisphere", 0, t, run.toPole()),
                        Line.solid("y: where the first token ends", 1, t, run.toConsensus())));
    }

    private static Chart rates(double[] t, Run sphere, Run oval, int heads) {
        double[] e = sphere.error();
        double[] guide = Arrays.stream(t)
                .map(time -> e[e.length / 2] * Math.exp(-2.0 * heads * (time - t[t.length / 2])))
                .map(v -> v > 1 ? Double.NaN : v)
                .toArray();
        return LineChart.log(
                "Error, eq. 25",
                "time",
                "E = 1 − mean cosine to token 1",
                List.of(
                        Line.solid("sphere", 0, t, e),
                        Line.solid("ellipsoid", 1, t, oval.error()),
                        Line.dashed("slope −2H", 4, t, guide)));
    }

    private static List<Finding> findings(Run sphere, Run oval, int heads, double[] t) {
        double end = t[t.length - 1];
        List<Finding> findings = new ArrayList<>();
        for (Run run : List.of(sphere, oval)) {
            String where = run == sphere ? "sphere" : "ellipsoid";
            double[] e = run.error();
            double slope = Slope.ofLog(t, above(e, 1e-26), LATE * end, end);
            findings.add(new Finding(
                    "error at the end, " + where,
                    "towards 0",
                    number(e[e.length - 1]),
                    e[e.length - 1] < 1e-3 * e[0] ? "agrees" : "not yet"));
            findings.add(new Finding(
                    "log-slope of E, late, " + where + " (linearised: -2H)",
                    number(-2.0 * heads),
                    number(slope),
                    Texts.verdict(-2.0 * heads, slope, 0.02)));
            findings.add(new Finding(
                    "largest rise of V between samples, " + where,
                    "0",
                    number(run.largestRise()),
                    run.largestRise() <= 1e-9 ? "agrees" : "differs"));
            findings.add(new Finding(
                    "largest | |x|^2 - 1 |, " + where,
                    "0",
                    number(run.violation()),
                    run.violation() < 1e-12 ? "agrees" : "differs"));
        }
        return findings;
    }

    /** Values nearer zero are rounding. */
    static double[] above(double[] y, double floor) {
        return Arrays.stream(y).map(v -> v > floor ? v : Double.NaN).toArray();
    }

    private List<Chosen> chosen(Setting setting, TimeGrid grid, int n, int dim, List<Head> all, Start start) {
        List<Chosen> chosen = new ArrayList<>();
        chosen.add(new Chosen("tokens", n + " on the unit sphere of R^" + dim, "section 6.1"));
        chosen.add(new Chosen("heads", Integer.toString(all.size()), "section 6.1"));
        chosen.add(new Chosen("U", "I", "theorem 4.1"));
        if (setting.learned().isEmpty()) {
            chosen.add(
                    new Chosen("P_h(t)", "Q_h' diag(sin(w t + phi)) K_h, entries uniform on [-1, 1]", "section 6.1"));
            chosen.add(new Chosen(
                    "w, phi", "uniform on [0, " + number(frequency) + "] and [0, 2 pi], one pair a component", ""));
        }
        chosen.add(new Chosen("W of the ellipsoid", Arrays.toString(ellipsoid), "section 6.1"));
        chosen.add(new Chosen(
                "start",
                "uniform, redrawn until all share a hemisphere: " + start.draws + " draws; the probability is "
                        + number(Hemisphere.probability(n, dim)) + " (Wendel)",
                ""));
        chosen.addAll(setting.chosen(grid));
        return chosen;
    }
}
