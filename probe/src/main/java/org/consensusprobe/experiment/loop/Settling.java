package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.Optional;

/** Which prompts have settled: their steps were below a bound in two passes running. */
public final class Settling {
    /** Numbers that are kept of a prompt. */
    public static final int COLUMNS = 2;

    private static final int RUNNING = 2;
    private final Optional<Double> bound;
    private int[] below;
    private int[] settledIn;

    Settling(Optional<Double> bound, int prompts) {
        this.bound = bound;
        this.below = new int[prompts];
        this.settledIn = new int[prompts];
    }

    /** Whether anyone asks. */
    boolean isWatched() {
        return bound.isPresent();
    }

    /**
     * A pass is done.
     *
     * @param pass from 1
     * @param steps |x_k - x_(k-1)| / |x_(k-1)| of every prompt
     */
    void after(int pass, double[] steps) {
        for (int i = 0; i < steps.length; i++) {
            below[i] = steps[i] < bound.orElseThrow() ? below[i] + 1 : 0;
            if (below[i] >= RUNNING && settledIn[i] == 0) {
                settledIn[i] = pass;
            }
        }
    }

    /** Whether every prompt has settled. */
    boolean isDone() {
        return isWatched() && Arrays.stream(settledIn).allMatch(pass -> pass > 0);
    }

    /** The pass, from 1, in which each prompt settled; 0 for one that did not. */
    public int[] settledIn() {
        return settledIn.clone();
    }

    /** For a file: [prompts][2]. */
    public double[][] rows() {
        double[][] rows = new double[below.length][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new double[] {below[i], settledIn[i]};
        }
        return rows;
    }

    void restore(double[][] rows) {
        below = Arrays.stream(rows).mapToInt(row -> (int) row[0]).toArray();
        settledIn = Arrays.stream(rows).mapToInt(row -> (int) row[1]).toArray();
    }
}
