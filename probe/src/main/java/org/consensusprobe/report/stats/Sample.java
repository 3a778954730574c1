package org.consensusprobe.report.stats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunReader;

/**
 * The errors of one run, or of several runs that differ in the seed of their drawn weights only.
 *
 * @param errors [prompts][blocks + 1] for each draw
 * @param steps attention-step, [prompts][blocks + 1] for each draw; none unless every draw recorded it
 * @param promptsHash of the prompts' ids; empty if the manifest has none
 */
record Sample(List<double[][]> errors, List<double[][]> steps, Route route, double floor, String promptsHash) {
    private static final String STEP = "attention-step";

    /**
     * The errors of draws, which are read one after the other.
     *
     * @param draws at least one
     */
    static Sample of(Iterable<RunReader> draws) {
        List<double[][]> errors = new ArrayList<>();
        List<double[][]> steps = new ArrayList<>();
        Route route = null;
        double floor = 0;
        String promptsHash = "";
        for (RunReader draw : draws) {
            if (route == null) {
                route = draw.route();
                promptsHash = draw.manifest().promptsHash();
            }
            if (!draw.route().equals(route)) {
                throw new IllegalArgumentException("draws of different depth");
            }
            errors.add(draw.error());
            if (recordedSteps(draw)) {
                steps.add(draw.measure(STEP).rows());
            }
            floor = Math.max(
                    floor, draw.manifest().floor().map(f -> f.ofRates()).orElse(0.0));
        }
        boolean all = steps.size() == errors.size();
        return new Sample(errors, all ? steps : List.of(), route, floor, promptsHash);
    }

    private static boolean recordedSteps(RunReader run) {
        return run.manifest().measures().stream().anyMatch(m -> m.name().equals(STEP));
    }

    /** A value for each prompt of each draw. */
    double[][] values(Function<double[][], double[]> of) {
        return errors.stream().map(of).toArray(double[][]::new);
    }

    /** The error at a depth. */
    double[][] errorAt(int depth) {
        return values(
                error -> Arrays.stream(error).mapToDouble(row -> row[depth]).toArray());
    }

    /** ln of the error at a depth; NaN for values that rounding may have made. */
    double[][] logErrorAt(int depth) {
        double least = PromptSlopes.FLOORS * floor;
        return values(error -> Arrays.stream(error)
                .mapToDouble(row -> row[depth] > least ? Math.log(row[depth]) : Double.NaN)
                .toArray());
    }

    List<PromptSlopes> slopes() {
        return errors.stream().map(e -> PromptSlopes.of(e, route, floor)).toList();
    }

    /** The mean over draws of the mean over prompts, at each depth. */
    double[] meanCurve() {
        double[] mean = new double[route.blocks() + 1];
        for (double[][] error : errors) {
            double[] draw = Curve.of(error, route).mean();
            for (int depth = 0; depth < mean.length; depth++) {
                mean[depth] += draw[depth] / errors.size();
            }
        }
        return mean;
    }

    /** Whether prompt i here is prompt i there. */
    boolean samePrompts(Sample other) {
        return !promptsHash.isEmpty()
                && promptsHash.equals(other.promptsHash)
                && errors.get(0).length == other.errors.get(0).length;
    }
}
