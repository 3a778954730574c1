package org.consensusprobe.report.stats;

import java.util.Arrays;
import org.consensusprobe.plan.Route;

/**
 * Straight lines through log E against the pass, one for each prompt.
 *
 * <p>A line goes through one value a pass, at the native depth, the first pass left out, up to the first value under
 * {@link #FLOORS} times the floor. The mean of the slopes is the slope of the mean over prompts of log E where no value
 * is left out; where some are, it is still the prompts' mean slope, while the mean of log E would change its slope as
 * prompts drop out of it.
 *
 * @param slopes of ln E per pass; NaN for prompts with fewer than {@link #FEWEST_VALUES} values
 * @param values how many values the lines go through
 * @param valuesAtFloor how many values were left out because of the floor
 * @param valuesNotNumbers how many values were left out because they are NaN or infinite
 * @param squaresBefore sum of squares of log E about each prompt's mean
 * @param squaresAfter sum of squares about the lines
 */
record PromptSlopes(
        double[] slopes,
        int values,
        int valuesAtFloor,
        int valuesNotNumbers,
        double squaresBefore,
        double squaresAfter) {
    /** What is left of rounding in the log of the lowest value that is used: at most a tenth. */
    static final double FLOORS = 10;

    /** A line through two values always fits. */
    static final int FEWEST_VALUES = 3;

    /** @param error [prompts][blocks + 1] */
    static PromptSlopes of(double[][] error, Route route, double floor) {
        return of(error, route.ends(), floor);
    }

    /**
     * Lines through other depths, one a pass, of which the first is left out.
     *
     * @param error [prompts][blocks + 1]
     */
    static PromptSlopes of(double[][] error, int[] ends, double floor) {
        double[] slopes = new double[error.length];
        int values = 0;
        int atFloor = 0;
        int notNumbers = 0;
        double before = 0;
        double after = 0;
        for (int prompt = 0; prompt < error.length; prompt++) {
            double[] logs = new double[ends.length - 1];
            int used = 0;
            for (; used < logs.length; used++) {
                double value = error[prompt][ends[used + 1]];
                if (!Double.isFinite(value) || !(value > FLOORS * floor)) {
                    break;
                }
                logs[used] = Math.log(value);
            }
            if (used < logs.length) {
                boolean number = Double.isFinite(error[prompt][ends[used + 1]]);
                atFloor += number ? logs.length - used : 0;
                notNumbers += number ? 0 : logs.length - used;
            }
            slopes[prompt] = Double.NaN;
            if (used >= FEWEST_VALUES) {
                Line line = Line.through(Arrays.copyOf(logs, used));
                slopes[prompt] = line.slope();
                values += used;
                before += line.squaresBefore();
                after += line.squaresAfter();
            }
        }
        return new PromptSlopes(slopes, values, atFloor, notNumbers, before, after);
    }

    int promptsUsed() {
        return (int) Arrays.stream(slopes).filter(s -> !Double.isNaN(s)).count();
    }

    /** The least-squares line through values at 0, 1, 2, ... */
    private record Line(double slope, double squaresBefore, double squaresAfter) {
        static Line through(double[] values) {
            double centre = (values.length - 1) / 2.0;
            double mean = Arrays.stream(values).average().orElseThrow();
            double xx = 0;
            double xy = 0;
            double yy = 0;
            for (int x = 0; x < values.length; x++) {
                xx += (x - centre) * (x - centre);
                xy += (x - centre) * (values[x] - mean);
                yy += (values[x] - mean) * (values[x] - mean);
            }
            return new Line(xy / xx, yy, Math.max(0, yy - xy * xy / xx));
        }
    }
}
