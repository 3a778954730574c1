package org.consensusprobe.theory.ode;

import java.util.function.DoubleSupplier;

/**
 * The Euler-Heun scheme for dx = f dt + sigma P(x) o dB in Stratonovich's sense, where P(x) projects onto the tangent
 * space: Brownian motion on the manifold beside the drift. Strong order 1/2, for the drift alone 2.
 *
 * @param step the largest step
 * @param sigma the noise's strength, per square root of time
 * @param normal standard normal numbers, drawn in order
 * @param projection takes a vector's normal part away
 */
public record EulerHeun(double step, double sigma, DoubleSupplier normal, Projection projection) implements Integrator {
    /** Projects a vector of the ambient space onto the tangent space. */
    @FunctionalInterface
    public interface Projection {
        /** Changes {@code vector} in place. */
        void project(double[] x, double[] vector);
    }

    @Override
    public void integrate(Field field, Constraint constraint, double[] x, TimeGrid grid, Observer observer) {
        int size = x.length;
        double[] drift = new double[size];
        double[] driftThere = new double[size];
        double[] kick = new double[size];
        double[] kickHere = new double[size];
        double[] y = new double[size];
        int steps = grid.steps(step);
        double h = grid.stretch() / steps;
        observer.at(0, 0, x);
        for (int sample = 1; sample < grid.samples(); sample++) {
            for (int s = 0; s < steps; s++) {
                double t = grid.time(sample - 1) + s * h;
                for (int i = 0; i < size; i++) {
                    kick[i] = sigma * Math.sqrt(h) * normal.getAsDouble();
                    kickHere[i] = kick[i];
                }
                projection.project(x, kickHere);
                field.at(t, x, drift);
                for (int i = 0; i < size; i++) {
                    y[i] = x[i] + h * drift[i] + kickHere[i];
                }
                projection.project(y, kick);
                field.at(t + h, y, driftThere);
                for (int i = 0; i < size; i++) {
                    x[i] += h / 2 * (drift[i] + driftThere[i]) + (kickHere[i] + kick[i]) / 2;
                }
                constraint.restore(x);
            }
            observer.at(sample, grid.time(sample), x);
        }
    }

    @Override
    public String description() {
        return "Euler-Heun (Stratonovich), step " + step + ", noise " + sigma;
    }
}
