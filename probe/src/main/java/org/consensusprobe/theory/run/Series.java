package org.consensusprobe.theory.run;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * A quantity along depth, for each prompt.
 *
 * @param name short, for tables and files
 * @param meaning the formula in one line
 * @param depths at which it is known, ascending
 * @param values [prompts][depths]; NaN where it is not defined
 * @param floor below which changes are rounding
 */
public record Series(String name, String meaning, int[] depths, double[][] values, double floor) {

    /** Means over prompts, prompts without a value left out. */
    public double[] means() {
        return IntStream.range(0, depths.length)
                .mapToDouble(i -> Arrays.stream(values)
                        .mapToDouble(row -> row[i])
                        .filter(v -> !Double.isNaN(v))
                        .average()
                        .orElse(Double.NaN))
                .toArray();
    }

    /** Values of all prompts at neighbouring depths between which a value is known on both sides. */
    public long steps() {
        return count((before, after) -> true);
    }

    /** Steps in which the value grows by more than the floor. */
    public long increases() {
        return count((before, after) -> after - before > floor);
    }

    /** Steps in which the value falls by more than the floor. */
    public long decreases() {
        return count((before, after) -> before - after > floor);
    }

    private interface Step {
        boolean counts(double before, double after);
    }

    private long count(Step step) {
        long count = 0;
        for (double[] row : values) {
            for (int i = 1; i < row.length; i++) {
                if (!Double.isNaN(row[i - 1]) && !Double.isNaN(row[i]) && step.counts(row[i - 1], row[i])) {
                    count++;
                }
            }
        }
        return count;
    }
}
