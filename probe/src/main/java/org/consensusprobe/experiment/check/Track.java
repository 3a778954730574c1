package org.consensusprobe.experiment.check;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.consensusprobe.report.stats.PhaseRates;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.RunReader;

/**
 * What was measured along one model's passes: the runs of all stages, one behind the other.
 *
 * @param curves the error and the measures with one number a depth, by name, [prompts][blocks + 1]
 * @param floor under which an error may be rounding
 */
public record Track(Route route, Map<String, double[][]> curves, double floor) {
    /**
     * Joins stages, of which each goes on from where the one before it ended.
     *
     * @param stages in order
     * @param route of all passes together
     */
    static Track of(List<RunReader> stages, Route route) {
        Map<String, double[][]> curves = new LinkedHashMap<>();
        double floor = 0;
        for (RunReader stage : stages) {
            append(curves, MeasureNames.ERROR, stage.error());
            for (ManifestSections.Measure measure : stage.manifest().measures()) {
                if (measure.axes().size() == 2 && !measure.isPerPass()) {
                    append(curves, measure.name(), stage.measure(measure.name()).rows());
                }
            }
            floor = Math.max(floor, stage.manifest().floor().map(Floor::ofRates).orElse(0.0));
        }
        return new Track(route, curves, floor);
    }

    /** A stage's first column is the last of the stage before it. */
    private static void append(Map<String, double[][]> curves, String name, double[][] more) {
        curves.merge(name, more, (before, after) -> {
            double[][] joined = new double[before.length][];
            for (int prompt = 0; prompt < joined.length; prompt++) {
                int length = before[prompt].length;
                joined[prompt] = Arrays.copyOf(before[prompt], length + after[prompt].length - 1);
                System.arraycopy(after[prompt], 1, joined[prompt], length, after[prompt].length - 1);
            }
            return joined;
        });
    }

    int passes() {
        return route.passes();
    }

    /** A value for each prompt at the end of a pass, from 1; pass 0 is what enters the first block. */
    double[] at(String measure, int pass) {
        int depth = pass == 0 ? 0 : pass == passes() ? route.blocks() : route.ends()[pass - 1];
        return column(measure, depth);
    }

    /** What a pass's blocks come to, from 1, for each prompt: of its values behind each of them. */
    double[] overBlocks(String measure, int pass, ToDoubleFunction<double[]> of) {
        int end = route.ends()[pass - 1];
        return Arrays.stream(curves.get(measure))
                .mapToDouble(row -> of.applyAsDouble(Arrays.copyOfRange(row, end - route.width() + 1, end + 1)))
                .toArray();
    }

    /** ln of the values at the end of a pass; what lies under the floor counts as the floor. */
    double[] logs(String measure, int pass) {
        double least = Math.max(floor, Double.MIN_NORMAL);
        return Arrays.stream(at(measure, pass))
                .map(v -> Math.log(Math.max(v, least)))
                .toArray();
    }

    /** Whether every prompt's error is above what rounding makes at the end of a pass. */
    boolean isAboveFloor(String measure, int pass) {
        return Arrays.stream(at(measure, pass)).allMatch(v -> v > 10 * floor);
    }

    /** Decades that the error falls by from pass to pass. */
    PhaseRates rates(int passes) {
        return PhaseRates.of(curves.get(MeasureNames.ERROR), route, passes, floor);
    }

    private double[] column(String measure, int depth) {
        return Arrays.stream(curves.get(measure)).mapToDouble(row -> row[depth]).toArray();
    }
}
