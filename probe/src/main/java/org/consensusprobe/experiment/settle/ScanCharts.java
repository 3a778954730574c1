package org.consensusprobe.experiment.settle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.consensusprobe.experiment.settle.Motion.Kind;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;

/** Heat maps of a scan: first layer against length, coloured by verdict, factor of contraction and error at the end. */
final class ScanCharts {
    private static final String FIRST = "first layer of the loop (from 0)";
    private static final String LENGTH = "layers";

    private ScanCharts() {}

    /** Three maps for each kind of weights. */
    static List<Chart> of(List<Scan.Row> rows) {
        List<Chart> charts = new ArrayList<>();
        double[] ratios = ends(rows, Settlement::ratio);
        double[] errors =
                ends(rows.stream().filter(r -> r.settlement().error() > 0).toList(), Settlement::error);
        List<String> weights =
                rows.stream().map(r -> r.settlement().name()).distinct().toList();
        for (String name : weights) {
            Grid grid = new Grid(
                    rows,
                    rows.stream()
                            .filter(r -> r.settlement().name().equals(name))
                            .toList());
            charts.add(grid.verdicts("Motion: " + name));
            charts.add(grid.chart("Ratio |d| / |d before|: " + name, Settlement::ratio, ratios, false));
            charts.add(grid.chart("Error at the end: " + name, Settlement::error, errors, true));
        }
        return charts;
    }

    private static double[] ends(List<Scan.Row> rows, ToDoubleFunction<Settlement> value) {
        double low = rows.stream()
                .mapToDouble(r -> value.applyAsDouble(r.settlement()))
                .filter(Double::isFinite)
                .min()
                .orElse(0.1);
        double high = rows.stream()
                .mapToDouble(r -> value.applyAsDouble(r.settlement()))
                .filter(Double::isFinite)
                .max()
                .orElse(1);
        return high > low ? new double[] {low, high} : new double[] {low * 0.9, high * 1.1 + 1e-9};
    }

    /** Where each window lies: all lengths upwards, all first layers across. */
    private record Grid(List<Scan.Row> all, List<Scan.Row> own) {
        private int[] lengths() {
            return all.stream().mapToInt(Scan.Row::length).distinct().sorted().toArray();
        }

        private int columns() {
            return 1 + all.stream().mapToInt(r -> r.window().first()).max().orElse(0);
        }

        private double[][] values(ToDoubleFunction<Settlement> value) {
            int[] lengths = lengths();
            double[][] values = new double[lengths.length][columns()];
            for (double[] row : values) {
                Arrays.fill(row, Double.NaN);
            }
            own.forEach(r -> values[Arrays.binarySearch(lengths, r.length())][
                    r.window().first()] = value.applyAsDouble(r.settlement()));
            return values;
        }

        private List<String> names(IntStream numbers) {
            return numbers.mapToObj(Integer::toString).toList();
        }

        HeatChart chart(String title, ToDoubleFunction<Settlement> value, double[] ends, boolean log) {
            return heat(title, values(value), ends, log, List.of());
        }

        HeatChart verdicts(String title) {
            List<String> names = new ArrayList<>(
                    Arrays.stream(Kind.values()).map(Settlement::word).toList());
            names.add(Settlement.MIXED);
            double[] ends = {0, names.size() - 1.0};
            return heat(
                    title, values(s -> s.kind().map(Kind::ordinal).orElse(Kind.values().length)), ends, false, names);
        }

        private HeatChart heat(String title, double[][] values, double[] ends, boolean log, List<String> valueNames) {
            return new HeatChart(
                    title,
                    FIRST,
                    LENGTH,
                    "",
                    IntStream.range(0, columns()).asDoubleStream().toArray(),
                    IntStream.range(0, lengths().length).asDoubleStream().toArray(),
                    values,
                    ends[0],
                    ends[1],
                    log,
                    names(IntStream.range(0, columns())),
                    names(Arrays.stream(lengths())),
                    valueNames);
        }
    }
}
