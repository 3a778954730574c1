package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.systems.SphereDynamics.Run;

/**
 * The charts of {@link SphereDynamics} over a range of beta.
 *
 * @param betas ascending
 * @param t sampled times
 * @param count starts for each beta
 * @param disorder 1 - R^2, mean over starts: [betas][times]
 * @param runs start after start of the first beta, then of the next
 */
record SphereCharts(double[] betas, double[] t, int count, double[][] disorder, List<Run> runs) {
    private static final double FLOOR = 1e-12;

    List<Chart> all() {
        List<Chart> charts = new ArrayList<>();
        if (betas.length > 2) {
            charts.add(phase());
        }
        charts.add(LineChart.log(
                "Distance from consensus",
                "time",
                "1 − R², mean of " + count + (count == 1 ? " start" : " starts"),
                lines(b -> true, b -> clipped(disorder[b]))));
        charts.add(LineChart.linear(
                "Clusters at 15°, first start", "time", "clusters", lines(b -> true, b -> runs.get(b * count)
                        .clusterCounts())));
        charts.add(LineChart.log(
                "Energy deficit",
                "time",
                "1 − E/E(consensus), at each β",
                lines(b -> betas[b] > 0, b -> clipped(runs.get(b * count).deficit()))));
        if (betas.length > 2) {
            charts.add(plateaus());
        }
        return charts;
    }

    /** A line for each shown beta, in a colour of its own in all charts; betas go by their index. */
    private List<Line> lines(IntPredicate drawn, IntFunction<double[]> values) {
        int[] shown = shown();
        return IntStream.range(0, shown.length)
                .filter(k -> drawn.test(shown[k]))
                .mapToObj(k -> Line.solid("β = " + number(betas[shown[k]]), k, t, values.apply(shown[k])))
                .toList();
    }

    /** At most five betas to draw as lines: the ends and some between. */
    private int[] shown() {
        int most = Math.min(5, betas.length);
        return IntStream.range(0, most)
                .map(k -> most == 1 ? 0 : k * (betas.length - 1) / (most - 1))
                .toArray();
    }

    private static double[] clipped(double[] y) {
        return DoubleStream.of(y).map(v -> Math.max(v, FLOOR)).toArray();
    }

    private Chart phase() {
        int rows = betas.length;
        int columns = Math.min(t.length, 160);
        double[] x = IntStream.range(0, columns)
                .mapToDouble(c -> t[t.length - 1] * c / (columns - 1))
                .toArray();
        double[] y = IntStream.range(0, rows)
                .mapToDouble(b -> betas[0] + (betas[rows - 1] - betas[0]) * b / (rows - 1))
                .toArray();
        double[][] values = new double[rows][columns];
        for (int r = 0; r < rows; r++) {
            int beta = nearest(y[r]);
            for (int c = 0; c < columns; c++) {
                values[r][c] = disorder[beta][(int) Math.round((double) c / (columns - 1) * (t.length - 1))];
            }
        }
        return new HeatChart("Phase diagram of 1 − R²", "time", "β", "1 − R²", x, y, values, 1e-6, 1, true);
    }

    private int nearest(double beta) {
        int best = 0;
        for (int b = 1; b < betas.length; b++) {
            best = Math.abs(betas[b] - beta) < Math.abs(betas[best] - beta) ? b : best;
        }
        return best;
    }

    private Chart plateaus() {
        List<Line> lines = new ArrayList<>();
        double[] x = IntStream.range(0, runs.size())
                .mapToDouble(i -> betas[i / count])
                .toArray();
        lines.add(Line.dots(
                "onset of the longest plateau",
                0,
                x,
                runs.stream().mapToDouble(r -> r.plateau().onset()).toArray()));
        lines.add(Line.dots(
                "its end",
                1,
                x,
                runs.stream()
                        .mapToDouble(r -> r.plateau().onset() + r.plateau().length())
                        .toArray()));
        double[] firstX = IntStream.range(0, betas.length)
                .boxed()
                .flatMapToDouble(b ->
                        DoubleStream.of(runs.get(b * count).plateau().merges()).map(m -> betas[b]))
                .toArray();
        double[] firstY = IntStream.range(0, betas.length)
                .boxed()
                .flatMapToDouble(
                        b -> DoubleStream.of(runs.get(b * count).plateau().merges()))
                .toArray();
        lines.add(Line.dots("merges, first start", 6, firstX, firstY));
        return LineChart.linear("Plateaus and merges", "β", "time", lines);
    }
}
