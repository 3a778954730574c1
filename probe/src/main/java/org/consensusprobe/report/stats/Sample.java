package org.consensusprobe.report.stats;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;

/**
 * The errors of one run, or of several runs that differ in the seed of their drawn weights only.
 *
 * @param manifests one for each draw
 * @param errors [prompts][blocks + 1] for each draw
 * @param steps attention-step, [prompts][blocks + 1] for each draw; none unless every draw recorded it
 * @param promptsHash of the prompts' ids; empty if the manifest has none
 */
record Sample(
        List<Manifest> manifests,
        List<double[][]> errors,
        List<double[][]> steps,
        Route route,
        double floor,
        String promptsHash) {
    private static final String STEP = "attention-step";

    static Sample of(List<RunReader> draws) {
        Manifest first = draws.get(0).manifest();
        Route route = draws.get(0).route();
        if (draws.stream().anyMatch(draw -> !draw.route().equals(route))) {
            throw new IllegalArgumentException("draws of different depth");
        }
        return new Sample(
                draws.stream().map(RunReader::manifest).toList(),
                draws.stream().map(RunReader::error).toList(),
                draws.stream().allMatch(Sample::recordedSteps)
                        ? draws.stream().map(d -> d.measure(STEP).rows()).toList()
                        : List.of(),
                route,
                draws.stream()
                        .mapToDouble(
                                d -> d.manifest().floor().map(f -> f.ofRates()).orElse(0.0))
                        .max()
                        .orElseThrow(),
                first.promptsHash());
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
