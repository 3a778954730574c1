package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.theory.Plateau;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.systems.SphereDynamics.Run;

/**
 * The charts of {@link SphereDynamics} over a range of beta.
 *
 * @param betas ascending
 * @param t sampled times
 * @param count starts for each beta
 * @param runs start after start of the first beta, then of the next
 */
record SphereCharts(double[] betas, double[] t, int count, List<Run> runs) {
    private static final double FLOOR = 1e-12;
    private static final int MOST_DRAWN = 5;
    private static final int MOST_COLUMNS = 160;

    /** All starts of one beta. */
    List<Run> runs(int beta) {
        return runs.subList(beta * count, (beta + 1) * count);
    }

    /** 1 - R^2, mean over starts, for each beta. */
    List<double[]> disorder() {
        return IntStream.range(0, betas.length)
                .mapToObj(b -> Curves.table(t.length, s -> runs(b).stream()
                        .mapToDouble(run -> run.disorder()[s])
                        .average()
                        .orElseThrow()))
                .toList();
    }

    void draw(ResultBuilder result) {
        List<double[]> disorder = disorder();
        if (betas.length > 2) {
            result.chart(phase(disorder));
        }
        result.chart(LineChart.log(
                "Distance from consensus",
                "time",
                "1 − R², mean of " + count + (count == 1 ? " start" : " starts"),
                lines(b -> true, b -> clipped(disorder.get(b)))));
        result.chart(LineChart.linear(
                "Clusters at 15°, first start", "time", "clusters", lines(b -> true, b -> runs(b).get(0)
                        .clusters())));
        result.chart(LineChart.log(
                "Energy deficit",
                "time",
                "1 − E/E(consensus), at each β",
                lines(b -> betas[b] > 0, b -> clipped(runs(b).get(0).deficit()))));
        if (betas.length > 2) {
            result.chart(plateaus());
        }
    }

    /** A line for each shown beta, in a colour of its own in all charts; betas go by their index. */
    private List<Line> lines(IntPredicate drawn, IntFunction<double[]> values) {
        int most = Math.min(MOST_DRAWN, betas.length);
        List<Line> lines = new ArrayList<>();
        for (int k = 0; k < most; k++) {
            int b = most == 1 ? 0 : k * (betas.length - 1) / (most - 1); // the ends and some between
            if (drawn.test(b)) {
                lines.add(Line.solid("β = " + number(betas[b]), k, t, values.apply(b)));
            }
        }
        return lines;
    }

    private static double[] clipped(double[] y) {
        return Curves.map(y, v -> Math.max(v, FLOOR));
    }

    private Chart phase(List<double[]> disorder) {
        int rows = betas.length;
        int columns = Math.min(t.length, MOST_COLUMNS);
        double[] x = Curves.table(columns, c -> t[t.length - 1] * c / (columns - 1));
        double[] y = Curves.table(rows, b -> betas[0] + (betas[rows - 1] - betas[0]) * b / (rows - 1));
        double[][] values = Arrays.stream(y)
                .mapToObj(beta -> disorder.get(nearest(beta)))
                .map(row ->
                        Curves.table(columns, c -> row[(int) Math.round((double) c / (columns - 1) * (t.length - 1))]))
                .toArray(double[][]::new);
        return new HeatChart("Phase diagram of 1 − R²", "time", "β", "1 − R²", x, y, values, 1e-6, 1, true);
    }

    private int nearest(double beta) {
        return IntStream.range(0, betas.length)
                .boxed()
                .min(Comparator.comparingDouble(b -> Math.abs(betas[b] - beta)))
                .orElseThrow();
    }

    private Chart plateaus() {
        double[] x = Curves.table(runs.size(), i -> betas[i / count]);
        List<Line> lines = new ArrayList<>();
        lines.add(Line.dots("onset of the longest plateau", 0, x, ends(Plateau::onset)));
        lines.add(Line.dots("its end", 1, x, ends(p -> p.onset() + p.length() - 1)));
        List<double[]> merges = new ArrayList<>();
        for (int b = 0; b < betas.length; b++) {
            double beta = betas[b];
            runs(b).get(0).merges().forEach(i -> merges.add(new double[] {beta, t[i]}));
        }
        lines.add(Line.dots(
                "merges, first start",
                6,
                merges.stream().mapToDouble(m -> m[0]).toArray(),
                merges.stream().mapToDouble(m -> m[1]).toArray()));
        return LineChart.linear("Plateaus and merges", "β", "time", lines);
    }

    /** The time of an entry of each run's plateau; NaN where it has none. */
    private double[] ends(ToIntFunction<Plateau> entry) {
        return runs.stream()
                .mapToDouble(
                        run -> run.plateau().map(p -> t[entry.applyAsInt(p)]).orElse(Double.NaN))
                .toArray();
    }
}
