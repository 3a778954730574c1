package org.consensusprobe.theory.ode;

import org.consensusprobe.common.Problem;

/**
 * The method of Dormand and Prince: order 5 with an embedded estimate of order 4 that chooses the step, and dense output
 * of order 4 between steps (Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I, II.5 and II.6).
 *
 * <p>Written here because the state is put back onto its manifold after every step, which the step control of general
 * libraries does not know of. Near an equilibrium the estimate vanishes while relative decay still matters, hence the
 * bound on the step.
 *
 * @param tolerance the largest estimated error of any component in one step; infinite for steps of fixed length
 * @param longestStep no step is longer
 */
public record DormandPrince(double tolerance, double longestStep) implements Integrator {
    private static final double[] C = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
    private static final double[][] A = {
        {},
        {1.0 / 5},
        {3.0 / 40, 9.0 / 40},
        {44.0 / 45, -56.0 / 15, 32.0 / 9},
        {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
        {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
        {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
    };
    /** Order 5 minus order 4. */
    private static final double[] ERROR = {
        71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40
    };

    private static final double[] DENSE = {
        -12715105075.0 / 11282082432.0,
        0,
        87487479700.0 / 32700410799.0,
        -10690763975.0 / 1880347072.0,
        701980252875.0 / 199316789632.0,
        -1453857185.0 / 822651844.0,
        69997945.0 / 29380423.0
    };
    private static final int STAGES = 7;
    private static final double SAFETY = 0.9;
    private static final double SHORTEST_STEP = 1e-12;

    public DormandPrince {
        if (!(tolerance > 0) || !(longestStep > 0)) {
            throw new IllegalArgumentException("tolerance " + tolerance + ", longest step " + longestStep);
        }
    }

    @Override
    public long integrate(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
        return new March(field, constraint, x, grid, observer).run();
    }

    @Override
    public String description() {
        return "Dormand-Prince 5(4), tolerance " + tolerance + ", longest step " + longestStep;
    }

    private final class March {
        private final Field field;
        private final Constraint constraint;
        private final double[] x;
        private final TimeGrid grid;
        private final Observer observer;
        private final double[][] k;
        private final double[] y;
        private final double[] between;
        private long evaluations;

        March(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
            this.field = field;
            this.constraint = constraint;
            this.x = x;
            this.grid = grid;
            this.observer = observer;
            this.k = new double[STAGES][x.length];
            this.y = new double[x.length];
            this.between = new double[x.length];
        }

        long run() {
            double t = 0;
            double h = Math.min(longestStep, Double.isInfinite(tolerance) ? longestStep : 0.01);
            int next = 1;
            observer.at(0, 0, x);
            boolean fresh = false;
            while (next < grid.samples()) {
                // a last step cut short keeps the end exact, and explicit time dependence within the grid
                double step = Math.min(h, grid.end() - t);
                boolean last = step >= grid.end() - t;
                double error = tryStep(t, step, fresh);
                fresh = true;
                if (Double.isNaN(error)) {
                    throw Problem.failed("The state became NaN or infinite at time %.4g.", t);
                }
                if (error <= 1) {
                    double end = last ? grid.end() : t + step;
                    while (next < grid.samples() && grid.time(next) <= end) {
                        sample(next, t, step, end);
                        next++;
                    }
                    System.arraycopy(y, 0, x, 0, x.length);
                    constraint.restore(x);
                    t = end;
                    fresh = false;
                }
                if (!Double.isInfinite(tolerance)) {
                    double factor = SAFETY * Math.pow(Math.max(error, 1e-10), -1.0 / 5);
                    h = Math.min(longestStep, step * Math.max(0.2, Math.min(5, factor)));
                    if (h < SHORTEST_STEP) {
                        throw Problem.failed(
                                "The step fell below %.0e at time %.4g: the system is too stiff for tolerance %.1e.",
                                SHORTEST_STEP, t, tolerance);
                    }
                }
            }
            return evaluations;
        }

        /** Leaves the new state in y; returns the estimated error over the tolerance. */
        private double tryStep(double t, double h, boolean firstStageKnown) {
            for (int stage = firstStageKnown ? 1 : 0; stage < STAGES; stage++) {
                for (int i = 0; i < x.length; i++) {
                    double sum = 0;
                    for (int j = 0; j < stage; j++) {
                        sum += A[stage][j] * k[j][i];
                    }
                    y[i] = x[i] + h * sum;
                }
                field.at(t + C[stage] * h, y, k[stage]);
                evaluations++;
            }
            double worst = 0;
            for (int i = 0; i < x.length; i++) {
                double sum = 0;
                for (int j = 0; j < STAGES; j++) {
                    sum += ERROR[j] * k[j][i];
                }
                if (Double.isNaN(sum) || Double.isInfinite(y[i])) {
                    return Double.NaN;
                }
                worst = Math.max(worst, Math.abs(h * sum));
            }
            return worst / tolerance;
        }

        private void sample(int index, double t, double h, double end) {
            double time = grid.time(index);
            double s = time >= end ? 1 : (time - t) / h;
            for (int i = 0; i < x.length; i++) {
                double difference = y[i] - x[i];
                double bend = h * k[0][i] - difference;
                double correction = 0;
                for (int j = 0; j < STAGES; j++) {
                    correction += DENSE[j] * k[j][i];
                }
                between[i] = x[i]
                        + s
                                * (difference
                                        + (1 - s)
                                                * (bend
                                                        + s
                                                                * (difference
                                                                        - h * k[STAGES - 1][i]
                                                                        - bend
                                                                        + (1 - s) * h * correction)));
            }
            constraint.restore(between);
            observer.at(index, time, between);
        }
    }
}
