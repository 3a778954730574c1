package org.consensusprobe.theory.ode;

import org.consensusprobe.common.Problem;
import org.hipparchus.exception.MathIllegalArgumentException;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.ode.AbstractIntegrator;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.events.Action;
import org.hipparchus.ode.events.ODEStepEndHandler;
import org.hipparchus.ode.sampling.ODEStateInterpolator;

/** One integration by an integrator of Hipparchus: samples from its dense output, the constraint at every step's end. */
final class March implements OrdinaryDifferentialEquation, ODEStepEndHandler {
    private final Field field;
    private final Constraint constraint;
    private final int size;
    private final TimeGrid grid;
    private final Observer observer;
    private int next = 1;
    private double reached;

    private March(Field field, Constraint constraint, int size, TimeGrid grid, Observer observer) {
        this.field = field;
        this.constraint = constraint;
        this.size = size;
        this.grid = grid;
        this.observer = observer;
    }

    /** Changes x into the state at the grid's end. */
    static void run(
            AbstractIntegrator integrator,
            Field field,
            Constraint constraint,
            double[] x,
            TimeGrid grid,
            Observer observer) {
        March march = new March(field, constraint, x.length, grid, observer);
        integrator.addStepHandler(march::sample);
        if (constraint != Constraint.NONE) {
            integrator.addStepEndHandler(march);
        }
        observer.at(0, 0, x);
        try {
            double[] end =
                    integrator.integrate(march, new ODEState(0, x), grid.end()).getPrimaryState();
            System.arraycopy(end, 0, x, 0, x.length);
            constraint.restore(x);
        } catch (MathIllegalStateException e) {
            throw Problem.failed(e, "The state became NaN or infinite at time %.4g.", march.reached);
        } catch (MathIllegalArgumentException e) {
            throw Problem.failed(
                    e,
                    "At time %.4g the tolerance asks for steps that are too short: the system is too stiff for it.",
                    march.reached);
        }
    }

    @Override
    public int getDimension() {
        return size;
    }

    @Override
    public double[] computeDerivatives(double t, double[] x) {
        double[] derivative = new double[size];
        field.at(t, x, derivative);
        return derivative;
    }

    private void sample(ODEStateInterpolator step) {
        reached = step.getCurrentState().getTime();
        double rounding = 1e-12 * grid.end(); // the times of steps are sums
        while (next < grid.samples() && grid.time(next) <= reached + rounding) {
            double[] x = step.getInterpolatedState(grid.time(next)).getPrimaryState();
            constraint.restore(x);
            observer.at(next, grid.time(next), x);
            next++;
        }
    }

    @Override
    public Action stepEndOccurred(ODEStateAndDerivative state, boolean forward) {
        // a reset at the very end would ask for one more step, of no length
        return next < grid.samples() ? Action.RESET_STATE : Action.CONTINUE;
    }

    @Override
    public ODEState resetState(ODEStateAndDerivative state) {
        double[] x = state.getPrimaryState();
        constraint.restore(x);
        return new ODEState(state.getTime(), x);
    }
}
