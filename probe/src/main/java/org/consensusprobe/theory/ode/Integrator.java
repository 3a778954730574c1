package org.consensusprobe.theory.ode;

/** Carries a state along a field. */
public interface Integrator {
    /**
     * Integrates from time 0 to the end of the grid; the constraint is restored after every step and on every sample.
     *
     * @param x the initial state; holds the last one afterwards
     * @throws org.consensusprobe.common.Problem if the state becomes NaN or infinite, or no step is short enough
     */
    void integrate(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer);

    /** One line for manifest and figure: name, step or tolerance. */
    String description();
}
