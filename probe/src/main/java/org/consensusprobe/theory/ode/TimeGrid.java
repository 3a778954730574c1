package org.consensusprobe.theory.ode;

import java.util.stream.IntStream;

/**
 * Evenly spaced times at which a state is recorded.
 *
 * @param end the last time; the first is 0
 * @param intervals how many stretches lie between the samples
 */
public record TimeGrid(double end, int intervals) {
    public TimeGrid {
        if (!(end > 0) || Double.isInfinite(end) || intervals < 1) {
            throw new IllegalArgumentException("no time grid: end " + end + ", intervals " + intervals);
        }
    }

    /** The number of samples, both ends included. */
    public int samples() {
        return intervals + 1;
    }

    /** The time between two samples. */
    public double stretch() {
        return end / intervals;
    }

    /** Into how many steps, no longer than this, a stretch is cut. */
    int steps(double longest) {
        return (int) Math.ceil(stretch() / longest * (1 - 1e-12));
    }

    /** The time of a sample. */
    public double time(int sample) {
        return end * sample / intervals;
    }

    /** All times. */
    public double[] times() {
        return IntStream.range(0, samples()).mapToDouble(this::time).toArray();
    }
}
