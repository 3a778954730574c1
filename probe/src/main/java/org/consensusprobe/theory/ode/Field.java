package org.consensusprobe.theory.ode;

/** A vector field: the right-hand side of x' = f(t, x). */
@FunctionalInterface
public interface Field {
    /**
     * Evaluates the field.
     *
     * @param x the state; not changed
     * @param derivative receives f(t, x), as long as {@code x}
     */
    void at(double t, double[] x, double[] derivative);
}
