package org.consensusprobe.experiment.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.RunDirectory;

/** Collects the errors and measures of a run, one column for every depth, or every pass where a measure is taken once. */
final class RunColumns implements RunListener {
    private final int prompts;
    private final List<Measure> recorded;
    private final Measure.Sizes sizes;
    private final List<double[]> error = new ArrayList<>();
    private final Map<String, List<double[]>> measures = new LinkedHashMap<>();

    RunColumns(int prompts, List<Measure> recorded, Measure.Sizes sizes) {
        this.prompts = prompts;
        this.recorded = recorded;
        this.sizes = sizes;
        recorded.forEach(measure -> measures.put(measure.name(), new ArrayList<>()));
    }

    @Override
    public void onEmbedded(double[] errors) {
        error.add(errors);
    }

    @Override
    public void onBlock(int depth, double[] errors) {
        error.add(errors);
    }

    @Override
    public void onMeasure(int depth, String measure, double[] values) {
        measures.get(measure).add(values);
    }

    /** The errors so far, [prompts][depths]. */
    double[][] error() {
        return byPrompt(error, 1);
    }

    /** What is collected beside the error. */
    List<Measure> recorded() {
        return recorded;
    }

    /** Values of a measure for one prompt at one depth. */
    int size(Measure measure) {
        return measure.size(sizes);
    }

    /** A measure so far, [prompts][depths * size], or passes in place of depths; rows are empty before the first. */
    double[][] measure(Measure measure) {
        return byPrompt(measures.get(measure.name()), size(measure));
    }

    /** Writes all measures. */
    void writeMeasures(RunDirectory directory) {
        for (Measure measure : recorded) {
            double[][] rows = measure(measure);
            List<Integer> shape = new ArrayList<>(List.of(rows.length, rows[0].length / size(measure)));
            measure.axes(sizes).forEach(axis -> shape.add(axis.size()));
            directory.writeMeasure(measure.name(), NpyHeader.Type.FLOAT64, shape, out -> {
                for (double[] row : rows) {
                    out.append(row);
                }
            });
        }
    }

    /** What was collected last of the measures that are taken at every depth, by name; empty before the first. */
    Map<String, double[]> last() {
        Map<String, double[]> last = new LinkedHashMap<>();
        for (Measure measure : recorded) {
            List<double[]> columns = measures.get(measure.name());
            if (!measure.perPass() && !columns.isEmpty()) {
                last.put(measure.name(), columns.get(columns.size() - 1));
            }
        }
        return last;
    }

    /** Depths so far. */
    int depths() {
        return error.size();
    }

    /** Takes over the values of an earlier process. */
    void restore(double[][] errorRows, Map<Measure, double[][]> measureRows) {
        restore(error, errorRows, 1);
        measureRows.forEach((measure, rows) -> restore(measures.get(measure.name()), rows, size(measure)));
    }

    private static void restore(List<double[]> columns, double[][] rows, int size) {
        columns.clear();
        for (int from = 0; from < rows[0].length; from += size) {
            double[] column = new double[rows.length * size];
            for (int prompt = 0; prompt < rows.length; prompt++) {
                System.arraycopy(rows[prompt], from, column, prompt * size, size);
            }
            columns.add(column);
        }
    }

    private double[][] byPrompt(List<double[]> columns, int size) {
        double[][] rows = new double[prompts][columns.size() * size];
        for (int c = 0; c < columns.size(); c++) {
            for (int p = 0; p < prompts; p++) {
                System.arraycopy(columns.get(c), p * size, rows[p], c * size, size);
            }
        }
        return rows;
    }
}
