package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.RescaledField;
import org.consensusprobe.theory.attention.SymmetricEigen;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;

/**
 * Rescaled tokens z = exp(-tV) x of "The emergence of clusters in self-attention dynamics" (Geshkovski, Letrouit, Polyanskiy,
 * Rigollet; arXiv 2305.05465) with Q = K = I: V = I sends them to the vertices of a polytope (theorem 3.1), a simple
 * positive leading eigenvalue to at most three hyperplanes (theorem 4.1), a multiple one to a polytope times a space (theorem
 * 5.1), and in one dimension attention becomes a Boolean matrix of low rank (theorem 2.1).
 *
 * @param tokens n
 */
public record ClusterEmergence(int tokens) implements Simulation {
    private static final double END = 8;
    private static final double TURN = 0.6;
    private static final double SAME = PlanePoints.SAME;

    @Override
    public String name() {
        return "clusters";
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        TimeGrid grid = setting.grid(END);
        if (setting.learned().isPresent()) {
            throw Problem.input("clusters is about given spectra of V with Q = K = I and takes no --matrices.");
        }
        if (setting.initial().isPresent() && setting.initial().get()[0].length != 2) {
            throw Problem.input(
                    "--initial has tokens of %d numbers: expected 2, the plane in which clusters are drawn.",
                    setting.initial().get()[0].length);
        }
        ResultBuilder result = new ResultBuilder();
        result.chosen("tokens", n + ", normal (standard deviation 1)");
        result.chosen("Q, K", "I", "theorem 3.1");
        result.chosen(
                "V", "I_2; eigenvalues 1, -0.5 with eigenvectors turned by 0.6; diag(1, 1, -0.5); 1 in one dimension");
        result.chosen("one limit", "values nearer than " + SAME);
        setting.describe(result, grid);
        result.array("time", grid.times());
        Trajectory line = run(setting, "line", CommonOps_DDRM.identity(1), n, grid);
        polytope(result, run(setting, "identity", CommonOps_DDRM.identity(2), n, grid));
        hyperplanes(result, setting, n, grid);
        mixed(result, run(setting, "multiple", CommonOps_DDRM.diag(1, 1, -0.5), n, grid));
        lowRank(result, line);
        result.array("line-z", line.array());
        return result.build(
                name(),
                "Clusters of rescaled tokens z = exp(−tV) x",
                "The emergence of clusters: rescaled tokens converge to the vertices of a polytope for V = I (theorem 3.1), to at"
                        + " most three hyperplanes for a simple positive leading eigenvalue (theorem 4.1), to both mixed for a multiple"
                        + " one (theorem 5.1); in one dimension the attention matrix tends to a Boolean one of low rank (theorem 2.1).",
                3);
    }

    private static Trajectory run(Setting setting, String purpose, DMatrixRMaj v, int n, TimeGrid grid) {
        int d = v.numRows;
        double[] start = setting.initial().isPresent() && d == 2
                ? setting.start(n, d, "", 0)
                : setting.draws(purpose, 0).normalMatrix(n, d, 1).data;
        return Trajectory.of(setting, new RescaledField(n, v), Constraint.NONE, start, d, grid);
    }

    /** Theorem 3.1. */
    private static void polytope(ResultBuilder result, Trajectory run) {
        result.chart(plane("V = I: vertices of a polytope", run));
        vertices(result, PlanePoints.of(run.last(), 2), "V = I: tokens at a vertex of their hull");
        double growth = IntStream.range(0, 64)
                .mapToDouble(k -> Curves.largestRise(
                        run.series((t, z) -> PlanePoints.of(z, 2).support(2 * Math.PI * k / 64))))
                .max()
                .orElseThrow();
        result.vanishes("V = I: growth of the hull (support in 64 directions)", growth, 1e-6);
        result.array("identity-z", run.array());
    }

    /** Theorem 4.1. */
    private static void hyperplanes(ResultBuilder result, Setting setting, int n, TimeGrid grid) {
        DMatrixRMaj turn =
                DMatrixRMaj.wrap(2, 2, new double[] {Math.cos(TURN), -Math.sin(TURN), Math.sin(TURN), Math.cos(TURN)});
        SymmetricEigen v = new SymmetricEigen(new double[] {1, -0.5}, turn);
        Trajectory run = run(setting, "leading", v.matrix(), n, grid);
        result.chart(plane("V with eigenvalues 1, −0.5: hyperplanes", run));
        Metric metric = Metric.euclidean(2);
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            int at = 2 * i;
            lines.add(Line.faint(i % 8, grid.times(), run.series((t, z) -> metric.inner(z, at, v.leading(), 0))));
        }
        result.chart(LineChart.linear("Its leading coordinate", "time", "⟨φ₁, z⟩", lines));
        double[] limits = Curves.table(n, i -> metric.inner(run.last(), 2 * i, v.leading(), 0));
        Arrays.sort(limits);
        long levels = 1
                + IntStream.range(1, n)
                        .filter(i -> limits[i] - limits[i - 1] > SAME)
                        .count();
        result.limit(
                "simple leading eigenvalue: distinct limits of <phi_1, z> (within " + SAME + ")",
                "<= 3",
                levels,
                levels <= 3);
        result.array("leading-z", run.array());
    }

    /** Theorem 5.1. */
    private static void mixed(ResultBuilder result, Trajectory run) {
        result.chart(plane("V with eigenvalues 1, 1, −0.5: a plane", run));
        vertices(result, PlanePoints.of(run.last(), 3), "multiplicity 2: projections at a vertex");
        result.array("multiple-z", run.array());
    }

    private static void vertices(ResultBuilder result, PlanePoints points, String what) {
        PlanePoints hull = points.distinct().hull();
        int n = points.all().size();
        long inside = points.all().stream().filter(p -> hull.distance(p) > SAME).count();
        result.finding(
                what + " (" + hull.all().size() + " vertices)",
                "all but few (0 possible)",
                (n - inside) + " of " + n,
                inside == 0 ? "agrees" : "not yet: " + inside + " on the way");
    }

    /** Theorem 2.1: rank, distance to 0/1 and leaders of the attention matrix. */
    private static void lowRank(ResultBuilder result, Trajectory line) {
        int n = line.tokens();
        RescaledField field = new RescaledField(n, CommonOps_DDRM.identity(1));
        double[] fuzzy = line.series((t, state) -> Arrays.stream(field.attention(t, state).data)
                        .map(a -> Math.min(a, 1 - a))
                        .sum()
                / n);
        double end = line.grid().end();
        DMatrixRMaj p = field.attention(end, line.last()).copy();
        result.chart(sorted(p, line.states()[0], end));
        result.chart(LineChart.log(
                "Distance to a Boolean matrix",
                "time",
                "mean over rows of Σ min(a, 1 − a)",
                List.of(Line.solid("", 0, line.grid().times(), fuzzy))));
        int rank = rank(p);
        long leaders = IntStream.range(0, n)
                .filter(j -> IntStream.range(0, n).anyMatch(i -> p.get(i, j) > 0.5))
                .count();
        List<double[]> rows = IntStream.range(0, n)
                .mapToObj(i -> Arrays.copyOfRange(p.data, i * n, (i + 1) * n))
                .toList();
        long undecided = rows.stream()
                .filter(row -> Arrays.stream(row).allMatch(a -> a < 0.99))
                .count();
        result.finding("one dimension: numerical rank of attention (sigma > 1e-3 sigma_1)", "<= 3", rank, rank <= 3);
        result.finding("one dimension: leaders (columns with a weight above 1/2)", "<= 3", leaders, leaders <= 3);
        result.limit("one dimension: rows that are not yet 0/1 (within .01)", "<= 1", undecided, undecided <= 1);
        result.array("line-attention", rows);
    }

    private static Chart sorted(DMatrixRMaj p, double[] start, double end) {
        int n = p.numRows;
        int[] order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> start[i]))
                .mapToInt(i -> i)
                .toArray();
        double[][] sorted = new double[n][];
        for (int i = 0; i < n; i++) {
            int row = order[n - 1 - i]; // the first row is drawn lowest
            sorted[i] = Curves.table(n, j -> p.get(row, order[j]));
        }
        double[] index = Curves.table(n, i -> i + 1);
        return new HeatChart(
                "One dimension: attention at t = " + number(end) + ", sorted",
                "token listened to",
                "token (from the largest up)",
                "weight",
                index,
                index,
                sorted,
                0,
                1,
                false);
    }

    private static int rank(DMatrixRMaj p) {
        double[] sigma = SingularOps_DDRM.singularValues(p);
        double top = Arrays.stream(sigma).max().orElse(0);
        return (int) Arrays.stream(sigma).filter(s -> s > 1e-3 * top).count();
    }

    /** The paths of the first two coordinates. */
    private static Chart plane(String title, Trajectory run) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < run.tokens(); i++) {
            int at = i * run.dim();
            lines.add(Line.faint(i % 8, run.series((t, z) -> z[at]), run.series((t, z) -> z[at + 1])));
        }
        List<double[]> last = PlanePoints.of(run.last(), run.dim()).all();
        lines.add(Line.dots(
                "at the end",
                4,
                last.stream().mapToDouble(p -> p[0]).toArray(),
                last.stream().mapToDouble(p -> p[1]).toArray()));
        return LineChart.linear(title, "z, first coordinate", "z, second coordinate", lines);
    }
}
