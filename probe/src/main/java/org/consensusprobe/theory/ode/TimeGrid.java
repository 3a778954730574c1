package org.consensusprobe.theory.ode;

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

    /** The time of a sample. */
    public double time(int sample) {
        return end * sample / intervals;
    }

    /** All times. */
    public double[] times() {
        double[] times = new double[samples()];
        for (int i = 0; i < times.length; i++) {
            times[i] = time(i);
        }
        return times;
    }
}
