package org.consensusprobe.experiment.units;

/**
 * How a sweep is cut.
 *
 * @param shares of every run that can be split; 1: only runs that take too long are
 * @param seconds that a unit should not pass and a task should come to
 */
public record Splitting(int shares, double seconds) {
    /** So long a task should be that starting it does not matter. */
    public static final double DEFAULT_SECONDS = 600;

    /** How many shares a run of so many seconds is cut into, if it can be. */
    int sharesOf(double estimate) {
        return Math.max(shares, (int) Math.min(Integer.MAX_VALUE, Math.ceil(estimate / seconds)));
    }
}
