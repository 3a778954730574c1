package org.consensusprobe.theory.ode;

/** Moves a state that has drifted off its manifold back onto it. */
@FunctionalInterface
public interface Constraint {
    /** The whole space: nothing to move. */
    Constraint NONE = x -> {};

    /** Changes the state in place. */
    void restore(double[] x);
}
