package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.common.Csv;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;

/**
 * What a run recorded beside the error, as tidy lines: one for each measure, entry of its further axis and depth, with
 * statistics over the prompts where it is a number. Measures with several further axes, or a long one, are left to their arrays.
 */
final class MeasureTable {
    /** Entries of an axis: heads and bins, not the tokens of long prompts. */
    private static final int MOST_ENTRIES = 64;

    private MeasureTable() {}

    /** The columns, after those that say which run it is. */
    static List<String> columns() {
        List<String> columns = new ArrayList<>(List.of("measure", "axis", "entry", "defined"));
        columns.addAll(List.of(Curve.COLUMNS.split(",")));
        return columns;
    }

    /** The lines of a run, each after these cells. */
    static String lines(RunReader run, List<String> first) {
        StringBuilder lines = new StringBuilder();
        for (ManifestSections.Measure measure : run.measures()) {
            if (measure.axes().size() > 3) {
                continue;
            }
            NpyArray array = run.measure(measure.name());
            int entries = array.shape().stream().skip(2).reduce(1, Math::multiplyExact);
            String axis = measure.axes().size() < 3 ? "" : measure.axes().get(2);
            List<String> labels = measure.labels().getOrDefault(axis, List.of());
            for (int entry = 0; entries <= MOST_ENTRIES && entry < entries; entry++) {
                String label = axis.isEmpty() ? "" : entry < labels.size() ? labels.get(entry) : "" + entry;
                double[][] curves = curves(array, entry, entries, measure.isPerPass(), run.route());
                int[] defined = Curve.defined(curves);
                Curve.of(curves, run.route()).rows().stream()
                        .filter(row -> defined[row.depth()] > 0)
                        .forEach(row -> {
                            List<String> line = new ArrayList<>(first);
                            line.addAll(List.of(measure.name(), axis, label, Integer.toString(defined[row.depth()])));
                            line.addAll(row.cells());
                            lines.append(Csv.line(line));
                        });
            }
        }
        return lines.toString();
    }

    /** One entry as [prompts][blocks + 1]; what is taken once a pass stands where that pass ends. */
    private static double[][] curves(NpyArray array, int entry, int entries, boolean perPass, Route route) {
        int steps = array.shape().get(1);
        int[] ends = route.ends();
        double[][] curves = new double[array.shape().get(0)][route.blocks() + 1];
        for (int prompt = 0; prompt < curves.length; prompt++) {
            Arrays.fill(curves[prompt], Double.NaN);
            for (int step = 0; step < steps; step++) {
                curves[prompt][perPass ? ends[step] : step] = array.values()[(prompt * steps + step) * entries + entry];
            }
        }
        return curves;
    }
}
