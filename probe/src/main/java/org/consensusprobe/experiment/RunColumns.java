package org.consensusprobe.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the errors and measures of a run, one column for every depth. */
final class RunColumns implements RunListener {
    private final int prompts;
    private final List<double[]> error = new ArrayList<>();
    private final Map<String, List<double[]>> measures = new LinkedHashMap<>();

    RunColumns(int prompts, List<String> measures) {
        this.prompts = prompts;
        measures.forEach(name -> this.measures.put(name, new ArrayList<>()));
    }

    @Override
    public void onEmbedded(double[] errors) {
        error.add(errors);
    }

    @Override
    public void onBlock(int pass, int layer, double[] errors) {
        error.add(errors);
    }

    @Override
    public void onMeasure(int depth, String measure, double[] values) {
        measures.get(measure).add(values);
    }

    /** The errors so far, [prompts][depths]. */
    double[][] error() {
        return byPrompt(error);
    }

    /** The measures so far by name, [prompts][depths] each. */
    Map<String, double[][]> measures() {
        Map<String, double[][]> rows = new LinkedHashMap<>();
        measures.forEach((name, columns) -> rows.put(name, byPrompt(columns)));
        return rows;
    }

    /** Depths so far. */
    int depths() {
        return error.size();
    }

    /** Goes on from the values of an earlier process. */
    void restore(double[][] errorRows, Map<String, double[][]> measureRows) {
        restore(error, errorRows);
        measures.forEach((name, columns) -> restore(columns, measureRows.get(name)));
    }

    private static void restore(List<double[]> columns, double[][] rows) {
        columns.clear();
        for (int depth = 0; depth < rows[0].length; depth++) {
            double[] column = new double[rows.length];
            for (int prompt = 0; prompt < rows.length; prompt++) {
                column[prompt] = rows[prompt][depth];
            }
            columns.add(column);
        }
    }

    private double[][] byPrompt(List<double[]> columns) {
        double[][] rows = new double[prompts][columns.size()];
        for (int c = 0; c < columns.size(); c++) {
            for (int p = 0; p < prompts; p++) {
                rows[p][c] = columns.get(c)[p];
            }
        }
        return rows;
    }
}
