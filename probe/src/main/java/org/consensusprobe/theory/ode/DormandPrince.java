package org.consensusprobe.theory.ode;

import org.hipparchus.ode.nonstiff.DormandPrince54Integrator;

/**
 * The method of Dormand and Prince: order 5 with an embedded estimate of order 4 that chooses the step, and dense output
 * between steps (Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, II.5 and II.6).
 *
 * <p>Near an equilibrium the estimate vanishes while relative decay still matters, hence the bound on the step.
 *
 * @param tolerance the estimated error of one step, root mean square over components; infinite for steps of fixed length
 * @param longestStep no step is longer
 */
public record DormandPrince(double tolerance, double longestStep) implements Integrator {
    private static final double SHORTEST_STEP = 1e-12;

    public DormandPrince {
        if (!(tolerance > 0) || !(longestStep > 0)) {
            throw new IllegalArgumentException("tolerance " + tolerance + ", longest step " + longestStep);
        }
    }

    @Override
    public void integrate(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
        DormandPrince54Integrator integrator =
                new DormandPrince54Integrator(Math.min(SHORTEST_STEP, longestStep), longestStep, tolerance, 0);
        integrator.setInitialStepSize(Double.isInfinite(tolerance) ? longestStep : Math.min(longestStep, 0.01));
        March.run(integrator, field, constraint, x, grid, observer);
    }

    @Override
    public String description() {
        return "Dormand-Prince 5(4), tolerance " + tolerance + ", longest step " + longestStep;
    }
}
