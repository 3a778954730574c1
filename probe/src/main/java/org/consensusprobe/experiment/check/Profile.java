package org.consensusprobe.experiment.check;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.RunReader;

/** The means over prompts of what a check measures, against depth, for one kind of weights. */
public final class Profile {
    private final String weights;
    private final Route route;
    private final Map<String, double[]> means;

    Profile(String weights, Route route, Map<String, double[]> means) {
        this.weights = weights;
        this.route = route;
        this.means = means;
    }

    /**
     * Reads a recorded run.
     *
     * @throws Problem if it lacks a control
     */
    public static Profile of(RunReader run) {
        Map<String, double[]> means = new LinkedHashMap<>();
        means.put(MeasureNames.ERROR, mean(run.error()));
        for (ManifestSections.Measure measure : run.manifest().measures()) {
            if (measure.axes().size() == 2 && !measure.isPerPass()) {
                means.put(measure.name(), mean(run.measure(measure.name()).rows()));
            }
        }
        for (String control : Measures.CONTROLS) {
            if (!means.containsKey(control)) {
                run.measure(control); // says what is missing
            }
        }
        return new Profile(run.manifest().plan().weights().mode().optionName(), run.route(), means);
    }

    /** The weights' kind, as {@code --weights} takes it. */
    public String weights() {
        return weights;
    }

    Route route() {
        return route;
    }

    double at(String measure, Depth depth) {
        return means.get(measure)[depth.index(route)];
    }

    /** Whether the error and the error without token 1 are both under the threshold there. */
    boolean collapsed(Depth depth, double threshold) {
        return collapsed(depth.index(route), threshold);
    }

    /** The first depth in blocks from which on the model is collapsed to the end. */
    OptionalInt collapsedFrom(double threshold) {
        int depth = route.blocks();
        while (depth >= 0 && collapsed(depth, threshold)) {
            depth--;
        }
        return depth == route.blocks() ? OptionalInt.empty() : OptionalInt.of(depth + 1);
    }

    private boolean collapsed(int depth, double threshold) {
        return means.get(MeasureNames.ERROR)[depth] < threshold
                && means.get(MeasureNames.ERROR_WITHOUT_TOKEN_1)[depth] < threshold;
    }

    private static double[] mean(double[][] rows) {
        double[] mean = new double[rows[0].length];
        for (double[] row : rows) {
            for (int depth = 0; depth < mean.length; depth++) {
                mean[depth] += row[depth] / rows.length;
            }
        }
        return mean;
    }
}
