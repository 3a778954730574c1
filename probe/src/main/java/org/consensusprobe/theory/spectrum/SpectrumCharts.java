package org.consensusprobe.theory.spectrum;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;

/** The spectra as heat maps: a value for each layer (across) and head (upwards). */
public final class SpectrumCharts {
    private SpectrumCharts() {}

    /** Asymmetry and dominant eigenvalue, of value matrices and their sum, and of query-key matrices. */
    public static List<Chart> of(List<LayerSpectrum> layers) {
        Function<LayerSpectrum, Stream<MatrixSpectrum>> values =
                layer -> Stream.concat(layer.values().stream(), Stream.of(layer.sum()));
        Function<LayerSpectrum, Stream<MatrixSpectrum>> scores = layer -> layer.queryKeys().stream();
        ToDoubleFunction<MatrixSpectrum> dominant = m -> m.dominant().re() / m.norm();
        return List.of(
                map("U: asymmetry |U − U'| / 2|U|", layers, values, MatrixSpectrum::asymmetry, false),
                map("U: dominant eigenvalue, Re λ / |U|", layers, values, dominant, true),
                map("P: asymmetry |P − P'| / 2|P|", layers, scores, MatrixSpectrum::asymmetry, false),
                map("P: dominant eigenvalue, Re λ / |P|", layers, scores, dominant, true));
    }

    private static Chart map(
            String title,
            List<LayerSpectrum> layers,
            Function<LayerSpectrum, Stream<MatrixSpectrum>> matrices,
            ToDoubleFunction<MatrixSpectrum> value,
            boolean signed) {
        double[][] columns = layers.stream()
                .map(layer -> matrices.apply(layer).mapToDouble(value).toArray())
                .toArray(double[][]::new);
        int heads = layers.get(0).values().size();
        double[][] rows = IntStream.range(0, columns[0].length)
                .mapToObj(
                        head -> Arrays.stream(columns).mapToDouble(c -> c[head]).toArray())
                .toArray(double[][]::new);
        double largest = Arrays.stream(columns)
                .flatMapToDouble(Arrays::stream)
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(1);
        double bound = signed ? Math.min(1, Math.ceil(20 * largest) / 20) : 1; // a number that can be read
        return HeatChart.named(
                title,
                "layer",
                layers.stream().map(l -> Integer.toString(l.layer())).toList(),
                "head",
                IntStream.range(0, rows.length)
                        .mapToObj(head -> head < heads ? Integer.toString(head) : SpectrumTable.SUM)
                        .toList(),
                rows,
                signed ? -bound : 0,
                bound);
    }
}
