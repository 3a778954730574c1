package org.consensusprobe.theory.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.LineChart.Scale;

/** The quantities of theory along depth as charts: those that belong together in one. */
public final class TheoryCharts {
    private TheoryCharts() {}

    /** The charts of what a run recorded; a chart without a line is left out. */
    public static List<Chart> of(RunTheory theory) {
        List<Chart> charts = new ArrayList<>();
        add(
                charts,
                theory,
                "Lyapunov functions and error",
                true,
                RunTheory.LYAPUNOV_MEAN,
                RunTheory.LYAPUNOV_FIRST,
                RunTheory.ERROR);
        add(charts, theory, "Hemispheres", false, RunTheory.EIGENVECTOR_SHARE, RunTheory.MARGIN);
        add(charts, theory, "max (1 − ⟨u, v⟩), v the leading eigenvector", false, RunTheory.EIGENVECTOR_DISTANCE);
        add(charts, theory, "Token diameter and its bound", true, RunTheory.DIAMETER, RunTheory.DIAMETER_BOUND);
        add(charts, theory, "Order parameter", false, RunTheory.ORDER);
        add(charts, theory, "Energy deficit, b = 1", true, RunTheory.ENERGY);
        add(charts, theory, "Clusters within 15 degrees", false, RunTheory.CLUSTERS);
        return charts;
    }

    private static void add(List<Chart> charts, RunTheory theory, String title, boolean log, String... names) {
        List<Series> series = Arrays.stream(names)
                .map(theory::series)
                .flatMap(Optional::stream)
                .toList();
        List<Line> lines = IntStream.range(0, series.size())
                .mapToObj(i -> Line.solid(
                        series.get(i).name(),
                        i,
                        Arrays.stream(series.get(i).depths()).asDoubleStream().toArray(),
                        series.get(i).means()))
                .toList();
        boolean positive =
                lines.stream().flatMapToDouble(l -> Arrays.stream(l.y())).anyMatch(v -> v > 0);
        if (!lines.isEmpty()) {
            Scale scale = log && positive ? Scale.LOG : Scale.LINEAR;
            charts.add(new LineChart(title, "depth (blocks)", "", Scale.LINEAR, scale, lines));
        }
    }
}
