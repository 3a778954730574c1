package org.consensusprobe.experiment.settle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.report.stats.PhaseRates;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;

/** What settle draws: how twins move from pass to pass, a trajectory of each in a plane, and what becomes of small changes. */
final class SettleCharts {
    private static final int CIRCLE = 180;
    private static final int GREY = 4;
    private static final int STARTS = 5;
    private static final String PASS = "pass";

    private SettleCharts() {}

    /** All charts, three in a row. */
    static List<Chart> of(List<Twin> twins) {
        List<Chart> charts = new ArrayList<>();
        List<Line> angles = perPass(twins, MeasureNames.STEP_ANGLE);
        double last =
                twins.stream().mapToInt(t -> t.run().route().passes()).max().orElse(1);
        for (int level = -1; level <= 1; level++) {
            angles.add(Line.faint(GREY, new double[] {1, last}, new double[] {level, level}));
        }
        charts.add(LineChart.log(
                "Step: how far a pass moves x",
                PASS,
                "|d| / |x|; thick: median",
                perPass(twins, MeasureNames.PASS_STEP)));
        charts.add(LineChart.linear("Angle: 1 on, 0 aside, -1 back", PASS, "cos(d, d before)", angles));
        charts.add(returns(twins));
        twins.stream().filter(t -> t.path().isPresent()).map(SettleCharts::path).forEach(charts::add);
        if (twins.stream().anyMatch(t -> !t.spectra().isEmpty())) {
            charts.add(spectra(twins));
        }
        return charts;
    }

    private static List<Line> perPass(List<Twin> twins, String measure) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < twins.size(); i++) {
            double[][] rows = twins.get(i).run().measure(measure).rows();
            double[] passes =
                    IntStream.rangeClosed(1, rows[0].length).asDoubleStream().toArray();
            for (double[] row : rows) {
                lines.add(Line.faint(i, passes, row));
            }
            lines.add(Line.solid(twins.get(i).settlement().name(), i, passes, medians(rows)));
        }
        return lines;
    }

    private static double[] medians(double[][] rows) {
        return IntStream.range(0, rows[0].length)
                .mapToDouble(i -> PhaseRates.median(
                        Arrays.stream(rows).mapToDouble(row -> row[i]).toArray()))
                .toArray();
    }

    private static Chart returns(List<Twin> twins) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < twins.size(); i++) {
            double[][] rows = lastQuarter(twins.get(i).run());
            double[] lags =
                    IntStream.rangeClosed(1, rows[0].length).asDoubleStream().toArray();
            double[] medians = medians(rows);
            lines.add(Line.solid(twins.get(i).settlement().name(), i, lags, medians));
            lines.add(Line.dots("", i, lags, medians));
        }
        return LineChart.log("Return: a dip at m is a cycle of m", "lag m (passes)", "|x_k - x_(k-m)| / |x_k|", lines);
    }

    /** Returns of every prompt and pass of the last quarter, [][lags]. */
    private static double[][] lastQuarter(RunReader run) {
        NpyArray returns = run.measure(MeasureNames.RETURN);
        int passes = returns.shape().get(1);
        int lags = returns.shape().get(2);
        return IntStream.range(0, returns.shape().get(0) * passes)
                .filter(row -> row % passes >= passes - passes / 4)
                .mapToObj(row -> Arrays.copyOfRange(returns.values(), row * lags, (row + 1) * lags))
                .toArray(double[][]::new);
    }

    private static Chart path(Twin twin) {
        Plane plane = twin.path().orElseThrow();
        int points = twin.passes().length;
        double[] x = axis(plane, 0);
        double[] y = axis(plane, 1);
        List<Line> lines = new ArrayList<>();
        lines.add(Line.solid("prompt 1, pass by pass", 0, Arrays.copyOf(x, points), Arrays.copyOf(y, points)));
        lines.add(Line.dots("", 0, Arrays.copyOf(x, points), Arrays.copyOf(y, points)));
        lines.add(Line.dots("before the first pass", 2, new double[] {x[0]}, new double[] {y[0]}));
        lines.add(Line.dots("after the last", 1, new double[] {x[points - 1]}, new double[] {y[points - 1]}));
        if (x.length > points) {
            lines.add(Line.dots(
                    "where other starts end",
                    STARTS,
                    Arrays.copyOfRange(x, points, x.length),
                    Arrays.copyOfRange(y, points, y.length)));
        }
        return LineChart.linear(
                "Path in a plane: " + twin.settlement().name(), share(plane, 0), share(plane, 1), lines);
    }

    private static double[] axis(Plane plane, int axis) {
        return Arrays.stream(plane.points()).mapToDouble(p -> p[axis]).toArray();
    }

    private static String share(Plane plane, int axis) {
        double share = plane.shares()[axis];
        String name = axis == 0 ? "first" : "second";
        return Double.isNaN(share)
                ? name + " component"
                : String.format(Locale.ROOT, "%s component (%.0f %% of variance)", name, 100 * share);
    }

    private static Chart spectra(List<Twin> twins) {
        List<Line> lines = new ArrayList<>();
        double[] turns = IntStream.rangeClosed(0, CIRCLE)
                .mapToDouble(i -> 2 * Math.PI * i / CIRCLE)
                .toArray();
        lines.add(Line.dashed(
                "modulus 1: neither decays nor grows",
                GREY,
                Arrays.stream(turns).map(Math::cos).toArray(),
                Arrays.stream(turns).map(Math::sin).toArray()));
        for (int i = 0; i < twins.size(); i++) {
            double[][] values = twins.get(i).spectra().stream()
                    .flatMap(s -> s.whole().stream())
                    .flatMap(v ->
                            java.util.stream.Stream.of(new double[] {v.re(), v.im()}, new double[] {v.re(), -v.im()}))
                    .toArray(double[][]::new);
            if (values.length > 0) {
                lines.add(Line.dots(
                        twins.get(i).settlement().name(),
                        i,
                        Arrays.stream(values).mapToDouble(v -> v[0]).toArray(),
                        Arrays.stream(values).mapToDouble(v -> v[1]).toArray()));
            }
        }
        return LineChart.linear("Eigenvalues of the Jacobian of g", "real part", "imaginary part", lines);
    }
}
