package org.consensusprobe.theory.ode;

import org.hipparchus.ode.nonstiff.ClassicalRungeKuttaIntegrator;

/**
 * The classical Runge-Kutta method of order 4 with a fixed step.
 *
 * @param step the largest step; each stretch of the time grid is cut into equal steps no longer than it
 */
public record RungeKutta4(double step) implements Integrator {
    public RungeKutta4 {
        if (!(step > 0)) {
            throw new IllegalArgumentException("step " + step);
        }
    }

    @Override
    public void integrate(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
        March.run(
                new ClassicalRungeKuttaIntegrator(grid.stretch() / grid.steps(step)),
                field,
                constraint,
                x,
                grid,
                observer);
    }

    @Override
    public String description() {
        return "Runge-Kutta 4, step " + step;
    }
}
