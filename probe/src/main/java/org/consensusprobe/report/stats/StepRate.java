package org.consensusprobe.report.stats;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.consensusprobe.plan.Route;

/**
 * How fast the error falls against what attention has moved: the slope of ln of the mean error per unit of the running
 * sum of attention-step over blocks, at the native depth, the first pass left out. It tells a model that forgets slowly because it
 * takes small steps from one whose steps do not lead to consensus.
 */
final class StepRate {
    private StepRate() {}

    /**
     * The slope of the least-squares line through one value a pass, up to the first under {@link PromptSlopes#FLOORS}
     * times the floor.
     *
     * @param error the mean error at each depth, [blocks + 1]
     * @param steps attention-step at each depth, [prompts][blocks + 1] for each draw
     * @return empty for fewer than {@link PromptSlopes#FEWEST_VALUES} values, or where attention does not move
     */
    static OptionalDouble of(double[] error, List<double[][]> steps, Route route, double floor) {
        int[] ends = route.ends();
        double sum = 0;
        double[] x = new double[ends.length - 1];
        double[] y = new double[ends.length - 1];
        int used = 0;
        for (int pass = 1; pass < ends.length; pass++) {
            for (int depth = ends[pass - 1] + 1; depth <= ends[pass]; depth++) {
                sum += mean(steps, depth);
            }
            double value = error[ends[pass]];
            if (!Double.isFinite(value) || !(value > PromptSlopes.FLOORS * floor)) {
                break;
            }
            x[used] = sum;
            y[used] = Math.log(value);
            used++;
        }
        return used < PromptSlopes.FEWEST_VALUES
                ? OptionalDouble.empty()
                : slope(Arrays.copyOf(x, used), Arrays.copyOf(y, used));
    }

    private static double mean(List<double[][]> steps, int depth) {
        return steps.stream()
                .flatMapToDouble(draw -> Arrays.stream(draw).mapToDouble(row -> row[depth]))
                .average()
                .orElseThrow();
    }

    private static OptionalDouble slope(double[] x, double[] y) {
        double xMean = Arrays.stream(x).average().orElseThrow();
        double yMean = Arrays.stream(y).average().orElseThrow();
        double xx = 0;
        double xy = 0;
        for (int i = 0; i < x.length; i++) {
            xx += (x[i] - xMean) * (x[i] - xMean);
            xy += (x[i] - xMean) * (y[i] - yMean);
        }
        return xx > 0 && Double.isFinite(xx) ? OptionalDouble.of(xy / xx) : OptionalDouble.empty();
    }
}
