package org.consensusprobe.theory.ode;

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
    public long integrate(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
        Stages stages = new Stages(x.length);
        double stretch = grid.end() / grid.intervals();
        int steps = (int) Math.ceil(stretch / step * (1 - 1e-12));
        double h = stretch / steps;
        observer.at(0, 0, x);
        for (int sample = 1; sample < grid.samples(); sample++) {
            for (int i = 0; i < steps; i++) {
                stages.advance(field, grid.time(sample - 1) + i * h, h, x);
                constraint.restore(x);
            }
            observer.at(sample, grid.time(sample), x);
        }
        return 4L * steps * grid.intervals();
    }

    @Override
    public String description() {
        return "Runge-Kutta 4, step " + step;
    }

    private static final class Stages {
        private final double[] k1;
        private final double[] k2;
        private final double[] k3;
        private final double[] k4;
        private final double[] y;

        Stages(int size) {
            k1 = new double[size];
            k2 = new double[size];
            k3 = new double[size];
            k4 = new double[size];
            y = new double[size];
        }

        void advance(Field field, double t, double h, double[] x) {
            field.at(t, x, k1);
            shift(x, h / 2, k1);
            field.at(t + h / 2, y, k2);
            shift(x, h / 2, k2);
            field.at(t + h / 2, y, k3);
            shift(x, h, k3);
            field.at(t + h, y, k4);
            for (int i = 0; i < x.length; i++) {
                x[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
            }
        }

        private void shift(double[] x, double h, double[] k) {
            for (int i = 0; i < x.length; i++) {
                y[i] = x[i] + h * k[i];
            }
        }
    }
}
