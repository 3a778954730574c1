package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.consensusprobe.common.Csv;

/** {@code spectrum.csv}: one row for each layer and head, and one for each layer's sum over heads. */
public final class SpectrumTable {
    /** What stands in the column {@code head} of a sum. */
    public static final String SUM = "sum";

    private SpectrumTable() {}

    /** The file's text: layers and heads from 0, 17 digits, empty where there is no value. */
    public static String csv(List<LayerSpectrum> layers) {
        List<Map<String, String>> rows = rows(layers);
        StringBuilder text = new StringBuilder(Csv.line(List.copyOf(rows.get(0).keySet())));
        rows.forEach(row -> text.append(Csv.line(List.copyOf(row.values()))));
        return text.toString();
    }

    private static List<Map<String, String>> rows(List<LayerSpectrum> layers) {
        List<Map<String, String>> rows = new ArrayList<>();
        for (LayerSpectrum layer : layers) {
            for (int h = 0; h < layer.values().size(); h++) {
                Map<String, String> row = row(layer, Integer.toString(h));
                enter(row, "value_", layer.values().get(h));
                row.put("drift_degrees", "");
                enter(row, "qk_", layer.queryKeys().get(h));
                rows.add(row);
            }
            Map<String, String> row = row(layer, SUM);
            enter(row, "value_", layer.sum());
            row.put("drift_degrees", number(layer.drift()));
            rows.get(0).keySet().forEach(name -> row.putIfAbsent(name, ""));
            rows.add(row);
        }
        return rows;
    }

    private static Map<String, String> row(LayerSpectrum layer, String head) {
        Map<String, String> row = new LinkedHashMap<>();
        row.put("layer", Integer.toString(layer.layer()));
        row.put("head", head);
        return row;
    }

    private static void enter(Map<String, String> row, String prefix, MatrixSpectrum m) {
        fields(m).forEach((name, value) -> row.put(prefix + name, number(value)));
    }

    /** The numbers of one matrix by name, in the order of the columns. */
    public static Map<String, Double> fields(MatrixSpectrum m) {
        Map<String, Double> fields = new LinkedHashMap<>();
        fields.put("norm", m.norm());
        fields.put("asymmetry", m.asymmetry());
        fields.put("identity_factor", m.identityFactor());
        fields.put("identity_distance", m.identityDistance());
        fields.put("leading_re", m.leading().re());
        fields.put("leading_im", m.leading().im());
        fields.put("gap", m.gap());
        fields.put("dominant_re", m.dominant().re());
        fields.put("dominant_im", m.dominant().im());
        fields.put("symmetric_largest", m.symmetricLargest());
        fields.put("symmetric_gap", m.symmetricGap());
        fields.put("symmetric_smallest", m.symmetricSmallest());
        fields.put("change", m.change());
        fields.put("residual", m.residual());
        return fields;
    }

    private static String number(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "";
    }

    /** The directions as one array [layers, D], for {@code directions.npy}. */
    public static double[][] directions(List<LayerSpectrum> layers) {
        return layers.stream()
                .map(LayerSpectrum::direction)
                .collect(Collectors.toList())
                .toArray(double[][]::new);
    }
}
