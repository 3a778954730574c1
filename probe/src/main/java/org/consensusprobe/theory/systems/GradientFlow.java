package org.consensusprobe.theory.systems;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.Simulation;
import org.consensusprobe.theory.Trajectory;
import org.consensusprobe.theory.attention.AttentionField;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.UnitTokens;
import org.consensusprobe.theory.ode.TimeGrid;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * Theorem 3.2 of "The asymptotic behavior of attention in transformers": one head with full attention and U = P symmetric
 * is a gradient flow of F = 1/2 sum_ij exp(x_i' P x_j) in the metric that weighs token i by Z_i = sum_j exp(x_i' P x_j).
 * So dF/dt = sum_i Z_i |x_i'|^2.
 *
 * @param tokens T
 * @param dim D
 */
public record GradientFlow(int tokens, int dim) implements Simulation {
    private static final double END = 12;
    private static final int MARKS = 20;

    @Override
    public String name() {
        return "asymptotic-3.2";
    }

    @Override
    public SimulationResult run(Setting setting) {
        int n = setting.tokens(tokens);
        int d = setting.dim(dim);
        TimeGrid grid = setting.grid(END);
        double[] start = setting.start(n, d, "start", 0);
        List<Run> runs = cases(setting, d).stream()
                .map(c -> run(setting, c, start, grid))
                .toList();
        ResultBuilder result = new ResultBuilder();
        result.chosen("tokens", n + " on the unit sphere of R^" + d);
        result.chosen("heads", "1, full attention, beta 1", "theorem 3.2");
        result.chosen(
                "U = P", String.join(" and ", runs.stream().map(r -> r.of.name).toList()));
        setting.describe(result, grid);
        double[] t = grid.times();
        result.array("time", t);
        for (Run run : runs) {
            find(result, run, t);
            String array = run.of.name.replaceAll("[^A-Za-z0-9]+", "-");
            result.array(array + "-tokens", run.trajectory.array());
            result.array(array + "-potential", run.potential);
        }
        draw(result, runs, t);
        return result.build(
                name(),
                "Full attention with U = P symmetric is a gradient flow (theorem 3.2)",
                "Theorem 3.2: one head with full attention and U = P symmetric follows the gradient of"
                        + " F = 1/2 sum_ij exp(x_i' P x_j), so F never falls and dF/dt = sum_i Z_i |x_i'|^2.",
                2);
    }

    private record Case(String name, DMatrixRMaj p, Head head) {
        static Case of(String name, DMatrixRMaj p) {
            return new Case(
                    name, p, Head.scoring(CommonOps_DDRM.identity(p.numRows), p).withValue(p));
        }

        /** Z_i = sum_j exp(x_i' P x_j) of all tokens. */
        double[] z(double[] state) {
            int n = state.length / p.numRows;
            DMatrixRMaj x = DMatrixRMaj.wrap(n, p.numRows, state); // [T, D]
            DMatrixRMaj keys = new DMatrixRMaj(n, p.numRows);
            CommonOps_DDRM.multTransB(x, p, keys);
            DMatrixRMaj scores = new DMatrixRMaj(n, n);
            CommonOps_DDRM.multTransB(x, keys, scores);
            CommonOps_DDRM.elementExp(scores, scores);
            return CommonOps_DDRM.sumRows(scores, null).data;
        }

        double potential(double[] state) {
            return Arrays.stream(z(state)).sum() / 2;
        }

        /** sum_i Z_i |x_i'|^2. */
        double speed(double[] state, double[] velocity) {
            double[] z = z(state);
            Metric metric = Metric.euclidean(p.numRows);
            return IntStream.range(0, z.length)
                    .mapToDouble(i -> z[i] * metric.inner(velocity, i * p.numRows, velocity, i * p.numRows))
                    .sum();
        }
    }

    private record Run(Case of, Trajectory trajectory, double[] potential, double[] speed) {
        double rise() {
            return potential[potential.length - 1] - potential[0];
        }

        /** The potential's rise as the integral of sum Z |x'|^2, by Simpson's rule over pairs of stretches; else NaN. */
        double[] integral(double[] t) {
            double[] sum = new double[t.length];
            Arrays.fill(sum, Double.NaN);
            sum[0] = 0;
            for (int i = 2; i < t.length; i += 2) {
                sum[i] = sum[i - 2] + (t[i] - t[i - 2]) / 6 * (speed[i - 2] + 4 * speed[i - 1] + speed[i]);
            }
            return sum;
        }

        double mismatch(double[] t) {
            double[] integral = integral(t);
            return IntStream.range(0, t.length)
                    .filter(i -> i % 2 == 0)
                    .mapToDouble(i -> Math.abs(potential[i] - potential[0] - integral[i]) / Math.abs(rise()))
                    .max()
                    .orElseThrow();
        }

        double largestFall() {
            return Curves.largestRise(Curves.map(potential, f -> -f / potential[0]));
        }
    }

    private static List<Case> cases(Setting setting, int d) {
        if (setting.learned().isPresent()) {
            Head head = setting.learned().get().heads().get(0);
            DMatrixRMaj p = new DMatrixRMaj(d, d);
            CommonOps_DDRM.multTransA(head.queries().orElseThrow(), head.keys().orElseThrow(), p);
            return List.of(
                    Case.of("symmetric part of the checkpoint's P", symmetricPart(p)),
                    new Case("the checkpoint's own Q K and U", p, head));
        }
        DMatrixRMaj q = setting.draws("P", 0).uniformMatrix(d, d);
        return List.of(Case.of("P = I", CommonOps_DDRM.identity(d)), Case.of("P random symmetric", symmetricPart(q)));
    }

    private static DMatrixRMaj symmetricPart(DMatrixRMaj p) {
        DMatrixRMaj even = new DMatrixRMaj(p.numRows, p.numRows);
        CommonOps_DDRM.add(0.5, p, 0.5, CommonOps_DDRM.transpose(p, null), even);
        return even;
    }

    private static Run run(Setting setting, Case of, double[] start, TimeGrid grid) {
        int d = of.p.numRows;
        Trajectory trajectory = Trajectory.onSphere(setting, List.of(of.head), false, start, d, grid);
        AttentionField field = AttentionField.onSphere(start.length / d, d, List.of(of.head), false);
        double[] velocity = new double[start.length];
        double[] speed = trajectory.series((t, x) -> {
            field.at(t, x, velocity);
            return of.speed(x, velocity);
        });
        return new Run(of, trajectory, trajectory.series((t, x) -> of.potential(x)), speed);
    }

    private static void find(ResultBuilder result, Run run, double[] t) {
        String of = ", " + run.of.name;
        result.vanishes("largest fall of F between samples" + of, run.largestFall(), 1e-9);
        result.vanishes("F's rise against its integral" + of, run.mismatch(t), 1e-4);
        result.violation(run.trajectory.violation(), of);
    }

    private static void draw(ResultBuilder result, List<Run> runs, double[] t) {
        int[] marks = IntStream.rangeClosed(0, MARKS)
                .map(i -> i * (t.length / 2) / MARKS * 2)
                .filter(i -> i < t.length)
                .toArray();
        List<Line> potential = new ArrayList<>();
        List<Line> spread = new ArrayList<>();
        for (int r = 0; r < runs.size(); r++) {
            Run run = runs.get(r);
            double[] integral = run.integral(t);
            double[] risen = Curves.map(run.potential, f -> (f - run.potential[0]) / run.rise());
            potential.add(Line.solid("F, " + run.of.name, r, t, risen));
            potential.add(Line.dots(
                    "∫ Σ Z |x′|² dt, " + run.of.name,
                    r,
                    Curves.table(marks.length, i -> t[marks[i]]),
                    Curves.table(marks.length, i -> integral[marks[i]] / run.rise())));
            spread.add(Line.solid(run.of.name, r, t, run.trajectory.series(UnitTokens::disorder)));
        }
        result.chart(LineChart.linear("Potential along the flow", "time", "(F − F(0)) / (F(end) − F(0))", potential));
        result.chart(LineChart.log("Distance from consensus", "time", "1 − R²", spread));
        for (Run run : runs) {
            double[] x = run.trajectory.last();
            if (run.trajectory.dim() == 3) {
                // a view past the place where the first token ends, so that it lies on the near side
                double[] aside = {x[0] + 0.7 * x[1], x[1] - 0.7 * x[0], x[2] + 0.3};
                result.chart(run.trajectory.chart("Tokens, " + run.of.name, aside));
            }
        }
    }
}
