package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.results.SimulationResult.Finding;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.RescaledField;
import org.consensusprobe.theory.ode.Constraint;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

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
    private static final double SAME = 0.05;

    @Override
    public String name() {
        return "clusters";
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        TimeGrid grid = setting.grid(END);
        List<Finding> findings = new ArrayList<>();
        List<Chart> charts = new ArrayList<>();
        Map<String, NpyArray> arrays = new LinkedHashMap<>();
        arrays.put("time", Trajectory.array(grid.times()));
        if (setting.learned().isPresent()) {
            throw Problem.input("clusters is about given spectra of V with Q = K = I and takes no --matrices.");
        }
        if (setting.initial().isPresent() && setting.initial().get()[0].length != 2) {
            throw Problem.input(
                    "--initial has tokens of %d numbers: expected 2, the plane in which clusters are drawn.",
                    setting.initial().get()[0].length);
        }

        Trajectory polytope = run(setting, "identity", DMatrixRMaj.wrap(2, 2, new double[] {1, 0, 0, 1}), n, 2, grid);
        charts.add(plane("V = I: vertices of a polytope", polytope, 0, 1));
        double[] far = new double[n];
        List<double[]> vertices = distinct(points(polytope.last(), 2));
        List<double[]> hull = hull(vertices);
        for (int i = 0; i < n; i++) {
            far[i] = nearest(token(polytope.last(), 2, i), hull);
        }
        long inside = Arrays.stream(far).filter(f -> f > SAME).count();
        findings.add(new Finding(
                "V = I: tokens at a vertex of their hull (" + hull.size() + " vertices)",
                "all but few (0 possible)",
                (n - inside) + " of " + n,
                inside == 0 ? "agrees" : "not yet: " + inside + " on the way"));
        double growth = largestGrowth(polytope);
        findings.add(new Finding(
                "V = I: growth of the hull (support in 64 directions)",
                "0",
                number(growth),
                growth < 1e-6 ? "agrees" : "differs"));

        double angle = 0.6;
        DMatrixRMaj turn = DMatrixRMaj.wrap(
                2, 2, new double[] {Math.cos(angle), -Math.sin(angle), Math.sin(angle), Math.cos(angle)});
        DMatrixRMaj leading = ValueMatrix.symmetric(turn, new double[] {1, -0.5});
        Trajectory planes = run(setting, "leading", leading, n, 2, grid);
        double[] phi = ValueMatrix.column(turn, 0);
        charts.add(plane("V with eigenvalues 1, −0.5: hyperplanes", planes, 0, 1));
        charts.add(LineChart.linear(
                "Its leading coordinate",
                "time",
                "⟨φ₁, z⟩",
                IntStream.range(0, n)
                        .mapToObj(i -> Line.faint(i % 8, grid.times(), planes.series((t, z) -> along(z, 2, i, phi))))
                        .toList()));
        double[] coordinates = IntStream.range(0, n)
                .mapToDouble(i -> along(planes.last(), 2, i, phi))
                .toArray();
        int values = levels(coordinates);
        findings.add(new Finding(
                "simple leading eigenvalue: distinct limits of <phi_1, z> (within " + SAME + ")",
                "<= 3",
                number(values),
                values <= 3 ? "agrees" : "not yet"));

        DMatrixRMaj multiple = CommonOps_DDRM.diag(1, 1, -0.5);
        Trajectory mixed = run(setting, "multiple", multiple, n, 3, grid);
        charts.add(plane("V with eigenvalues 1, 1, −0.5: a plane", mixed, 0, 1));
        List<double[]> shadows = points(mixed.last(), 3).stream()
                .map(z -> new double[] {z[0], z[1]})
                .toList();
        List<double[]> mixedHull = hull(distinct(shadows));
        long loose = shadows.stream().filter(z -> nearest(z, mixedHull) > SAME).count();
        findings.add(new Finding(
                "multiplicity 2: projections at a vertex (" + mixedHull.size() + " vertices)",
                "all but few (0 possible)",
                (n - loose) + " of " + n,
                loose == 0 ? "agrees" : "not yet: " + loose + " on the way"));

        Trajectory line = run(setting, "line", DMatrixRMaj.wrap(1, 1, new double[] {1}), n, 1, grid);
        lowRank(line, grid, findings, charts, arrays);
        arrays.put("identity-z", polytope.array());
        arrays.put("leading-z", planes.array());
        arrays.put("multiple-z", mixed.array());
        arrays.put("line-z", line.array());
        List<Chosen> chosen = new ArrayList<>(List.of(
                new Chosen("tokens", n + ", normal (standard deviation 1)", ""),
                new Chosen("Q, K", "I", "theorem 3.1"),
                new Chosen(
                        "V",
                        "I_2; eigenvalues 1, -0.5 with eigenvectors turned by 0.6; diag(1, 1, -0.5); 1 in one dimension",
                        ""),
                new Chosen("one limit", "values nearer than " + SAME, "")));
        chosen.addAll(setting.chosen(grid));
        return new SimulationResult(
                name(),
                "Clusters of rescaled tokens z = exp(−tV) x",
                "The emergence of clusters: rescaled tokens converge to the vertices of a polytope for V = I (theorem 3.1), to at"
                        + " most three hyperplanes for a simple positive leading eigenvalue (theorem 4.1), to both mixed for a multiple"
                        + " one (theorem 5.1); in one dimension the attention matrix tends to a Boolean one of low rank (theorem 2.1).",
                chosen,
                findings,
                charts,
                3,
                arrays);
    }

    private static Trajectory run(Setting setting, String purpose, DMatrixRMaj v, int n, int d, TimeGrid grid) {
        double[] start = setting.initial().isPresent() && d == 2
                ? setting.start(n, d, "", 0)
                : setting.draws(purpose, 0).normalMatrix(n, d, 1).data;
        return Trajectory.of(setting, new RescaledField(n, v), Constraint.NONE, start, d, grid);
    }

    /** Theorem 2.1: rank, distance to 0/1 and leaders of the attention matrix. */
    private static void lowRank(
            Trajectory line, TimeGrid grid, List<Finding> findings, List<Chart> charts, Map<String, NpyArray> arrays) {
        int n = line.tokens();
        Integer[] order = IntStream.range(0, n).boxed().toArray(Integer[]::new);
        double[] z = line.states()[0];
        Arrays.sort(order, (i, j) -> Double.compare(z[i], z[j]));
        RescaledField field = new RescaledField(n, DMatrixRMaj.wrap(1, 1, new double[] {1}));
        double[] fuzzy = line.series((t, state) -> {
            double[] p = field.attention(t, state).data;
            return Arrays.stream(p).map(a -> Math.min(a, 1 - a)).sum() / n;
        });
        double end = grid.end();
        DMatrixRMaj p = field.attention(end, line.last()).copy();
        double[][] sorted = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                sorted[n - 1 - i][j] = p.get(order[i], order[j]); // the first row is drawn lowest
            }
        }
        double[] index = IntStream.rangeClosed(1, n).mapToDouble(i -> i).toArray();
        charts.add(new HeatChart(
                "One dimension: attention at t = " + number(end) + ", sorted",
                "token listened to",
                "token (from the largest up)",
                "weight",
                index,
                index,
                sorted,
                0,
                1,
                false));
        charts.add(LineChart.log(
                "Distance to a Boolean matrix",
                "time",
                "mean over rows of Σ min(a, 1 − a)",
                List.of(Line.solid("", 0, grid.times(), fuzzy))));
        int rank = rank(p);
        long leaders = IntStream.range(0, n)
                .filter(j -> IntStream.range(0, n).anyMatch(i -> p.get(i, j) > 0.5))
                .count();
        long undecided = IntStream.range(0, n)
                .filter(i -> IntStream.range(0, n).allMatch(j -> p.get(i, j) < 0.99))
                .count();
        findings.add(new Finding(
                "one dimension: numerical rank of attention (sigma > 1e-3 sigma_1)",
                "<= 3",
                number(rank),
                rank <= 3 ? "agrees" : "differs"));
        findings.add(new Finding(
                "one dimension: leaders (columns with a weight above 1/2)",
                "<= 3",
                number(leaders),
                leaders <= 3 ? "agrees" : "differs"));
        findings.add(new Finding(
                "one dimension: rows that are not yet 0/1 (within .01)",
                "<= 1",
                number(undecided),
                undecided <= 1 ? "agrees" : "not yet"));
        arrays.put(
                "line-attention",
                Trajectory.array(IntStream.range(0, n)
                        .mapToObj(r -> Arrays.copyOfRange(p.data, r * n, (r + 1) * n))
                        .toArray(double[][]::new)));
    }

    private static int rank(DMatrixRMaj p) {
        var svd = org.ejml.dense.row.factory.DecompositionFactory_DDRM.svd(p.numRows, p.numCols, false, false, false);
        svd.decompose(p.copy());
        double[] sigma = Arrays.copyOf(svd.getSingularValues(), svd.numberOfSingularValues());
        double top = Arrays.stream(sigma).max().orElse(0);
        return (int) Arrays.stream(sigma).filter(s -> s > 1e-3 * top).count();
    }

    private static Chart plane(String title, Trajectory run, int a, int b) {
        int d = run.dim();
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < run.tokens(); i++) {
            int token = i;
            lines.add(
                    Line.faint(i % 8, run.series((t, z) -> z[token * d + a]), run.series((t, z) -> z[token * d + b])));
        }
        double[] last = run.last();
        lines.add(Line.dots(
                "at the end",
                4,
                IntStream.range(0, run.tokens())
                        .mapToDouble(i -> last[i * d + a])
                        .toArray(),
                IntStream.range(0, run.tokens())
                        .mapToDouble(i -> last[i * d + b])
                        .toArray()));
        return LineChart.linear(title, "z, first coordinate", "z, second coordinate", lines);
    }

    private static double[] token(double[] z, int d, int i) {
        return Arrays.copyOfRange(z, i * d, (i + 1) * d);
    }

    private static List<double[]> points(double[] z, int d) {
        return IntStream.range(0, z.length / d).mapToObj(i -> token(z, d, i)).toList();
    }

    private static double along(double[] z, int d, int i, double[] phi) {
        return IntStream.range(0, d).mapToDouble(c -> z[i * d + c] * phi[c]).sum();
    }

    private static List<double[]> distinct(List<double[]> points) {
        List<double[]> kept = new ArrayList<>();
        points.stream().filter(p -> nearest(p, kept) > SAME).forEach(kept::add);
        return kept;
    }

    private static double nearest(double[] p, List<double[]> points) {
        return points.stream()
                .mapToDouble(q -> Math.hypot(p[0] - q[0], p[1] - q[1]))
                .min()
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** The points that no two others have between them: extreme in one of 720 directions. */
    private static List<double[]> hull(List<double[]> points) {
        List<double[]> extreme = new ArrayList<>();
        for (int k = 0; k < 720; k++) {
            double angle = 2 * Math.PI * k / 720;
            points.stream()
                    .max((p, q) -> Double.compare(support(p, angle), support(q, angle)))
                    .filter(p -> !extreme.contains(p))
                    .ifPresent(extreme::add);
        }
        return extreme;
    }

    private static double support(double[] p, double angle) {
        return p[0] * Math.cos(angle) + p[1] * Math.sin(angle);
    }

    private static double largestGrowth(Trajectory run) {
        double worst = 0;
        for (int k = 0; k < 64; k++) {
            double angle = 2 * Math.PI * k / 64;
            double[] h = run.series((t, z) -> points(z, 2).stream()
                    .mapToDouble(p -> support(p, angle))
                    .max()
                    .orElseThrow());
            for (int i = 1; i < h.length; i++) {
                worst = Math.max(worst, h[i] - h[i - 1]);
            }
        }
        return worst;
    }

    /** How many groups remain where sorted values less than {@link #SAME} apart are one. */
    private static int levels(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return 1
                + (int) IntStream.range(1, sorted.length)
                        .filter(i -> sorted[i] - sorted[i - 1] > SAME)
                        .count();
    }
}
