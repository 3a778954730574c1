package org.consensusprobe.theory.ode;

/** Sees the states at the times of a {@link TimeGrid}. */
@FunctionalInterface
public interface Observer {
    /**
     * One sample.
     *
     * @param sample counted from 0, the initial state
     * @param x the state, valid during the call
     */
    void at(int sample, double t, double[] x);
}
