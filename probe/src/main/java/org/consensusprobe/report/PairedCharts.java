package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.consensusprobe.plan.Route;
import org.consensusprobe.report.stats.Interval;
import org.consensusprobe.report.stats.PairedDepth;
import org.consensusprobe.report.stats.PairedRuns;
import org.consensusprobe.results.charts.BarChart;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;

/** Differences as bars over depth, and by layer and pass where a run has several passes. */
final class PairedCharts {
    static final String CAPTION =
            "Bars: tuned less base, mean over prompts with its 95 % interval for that depth alone. Differs: after Holm's"
                    + " correction over depths. By layer and pass: the same differences, grey where none can be told.";

    private static final int TOLD = 0;
    private static final int NOT_TOLD = 5;

    private PairedCharts() {}

    static boolean isOfTheError(PairedRuns.Quantity quantity) {
        return List.of(PairedRuns.ERROR, PairedRuns.DECADES).contains(quantity.name());
    }

    /** Those of the error and its logarithm. */
    static List<Chart> ofTheError(PairedRuns runs) {
        return runs.quantities().stream()
                .filter(PairedCharts::isOfTheError)
                .flatMap(q -> of(runs, q).stream())
                .toList();
    }

    static List<Chart> of(PairedRuns runs, PairedRuns.Quantity quantity) {
        List<Chart> charts = new ArrayList<>();
        charts.add(new BarChart(
                quantity.name(),
                "depth",
                "tuned less base",
                0,
                List.of(),
                List.of(
                        part("differs", TOLD, quantity, PairedDepth::differs),
                        part("cannot be told", NOT_TOLD, quantity, d -> !d.differs()))));
        if (runs.route().passes() > 1) {
            charts.add(byPass(runs.route(), quantity));
        }
        return charts;
    }

    private static BarChart.Part part(
            String label, int colour, PairedRuns.Quantity quantity, Function<PairedDepth, Boolean> own) {
        List<PairedDepth> depths = quantity.depths();
        return new BarChart.Part(
                label,
                colour,
                values(depths, d -> own.apply(d) ? d.difference().value() : Double.NaN),
                values(
                        depths,
                        d -> own.apply(d) ? d.interval().map(Interval::low).orElse(Double.NaN) : Double.NaN),
                values(
                        depths,
                        d -> own.apply(d) ? d.interval().map(Interval::high).orElse(Double.NaN) : Double.NaN));
    }

    private static double[] values(List<PairedDepth> depths, Function<PairedDepth, Double> of) {
        return depths.stream().mapToDouble(of::apply).toArray();
    }

    private static HeatChart byPass(Route route, PairedRuns.Quantity quantity) {
        List<Integer> layers = route.sequence();
        double[][] values = new double[layers.size()][route.passes()];
        Arrays.stream(values).forEach(row -> Arrays.fill(row, Double.NaN));
        for (PairedDepth d : quantity.depths()) {
            if (d.depth() > 0 && d.differs()) {
                values[route.slot(d.depth())][route.at(d.depth()).pass()] =
                        d.difference().value();
            }
        }
        double most = Arrays.stream(values)
                .flatMapToDouble(Arrays::stream)
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(1);
        return HeatChart.named(
                quantity.name() + " by layer and pass",
                "pass",
                IntStream.rangeClosed(1, route.passes())
                        .mapToObj(Integer::toString)
                        .toList(),
                "layer",
                layers.stream().map(String::valueOf).toList(),
                values,
                -most,
                most);
    }
}
