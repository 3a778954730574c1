package org.consensusprobe.theory.attention;

import org.consensusprobe.theory.ode.Field;

/**
 * The mean-field equation on the circle, d/dt mu + d/da (mu v[mu]) = 0 with
 * v(a) = -int sin(a - b) exp(beta (cos(a - b) - 1)) d mu(b), by finite volumes: the state holds the mass of each of M equal
 * cells, and what leaves a cell enters its neighbour, so that mass is kept to rounding.
 *
 * <p>Fluxes are upwind with slopes limited by van Leer's harmonic mean: second order where the density is smooth, without
 * new extrema elsewhere.
 */
public final class CircleDensity implements Field {
    private final int cells;
    private final double[] kernel;
    private final double[] velocity;
    private final double[] flux;

    /** The equation on that many cells. */
    public CircleDensity(int cells, double beta) {
        this.cells = cells;
        this.kernel = new double[cells];
        this.velocity = new double[cells];
        this.flux = new double[cells];
        for (int k = 0; k < cells; k++) {
            // from a cell's centre to a face: half a cell further
            double angle = (k + 0.5) * width();
            kernel[k] = -Math.sin(angle) * Math.exp(beta * (Math.cos(angle) - 1));
        }
    }

    /** The width of a cell in radians. */
    public double width() {
        return 2 * Math.PI / cells;
    }

    /** The centre of a cell; cell 0 begins at -pi. */
    public double centre(int cell) {
        return -Math.PI + (cell + 0.5) * width();
    }

    /** A step that is stable: no mass crosses more than half a cell, since |v| <= 1. */
    public double stableStep() {
        return 0.4 * width();
    }

    @Override
    public void at(double t, double[] mass, double[] derivative) {
        double[] twice = new double[2 * cells]; // the masses backwards, twice, so that the sums below run straight
        for (int i = 0; i < cells; i++) {
            twice[i] = mass[cells - 1 - i];
            twice[i + cells] = twice[i];
        }
        for (int face = 0; face < cells; face++) { // the face above cell `face`
            double sum = 0;
            int from = cells - 1 - face;
            for (int k = 0; k < cells; k++) {
                sum += kernel[k] * twice[from + k];
            }
            velocity[face] = sum;
        }
        double h = width();
        for (int face = 0; face < cells; face++) {
            int below = face;
            int above = (face + 1) % cells;
            double v = velocity[face];
            double value = v > 0 ? mass[below] + slope(mass, below) / 2 : mass[above] - slope(mass, above) / 2;
            flux[face] = v * value / h;
        }
        for (int i = 0; i < cells; i++) {
            derivative[i] = flux[(i + cells - 1) % cells] - flux[i];
        }
    }

    private double slope(double[] mass, int i) {
        double left = mass[i] - mass[(i + cells - 1) % cells];
        double right = mass[(i + 1) % cells] - mass[i];
        return left * right > 0 ? 2 * left * right / (left + right) : 0;
    }

    /** R = |int exp(i a) d mu|. */
    public double order(double[] mass) {
        double[] mean = mean(mass);
        return Math.hypot(mean[0], mean[1]);
    }

    /** The mass of cells whose centre points away from the mean direction. */
    public double farMass(double[] mass) {
        double[] mean = mean(mass);
        double sum = 0;
        for (int i = 0; i < cells; i++) {
            if (mean[0] * Math.cos(centre(i)) + mean[1] * Math.sin(centre(i)) < 0) {
                sum += mass[i];
            }
        }
        return sum;
    }

    private double[] mean(double[] mass) {
        double[] mean = new double[2];
        for (int i = 0; i < cells; i++) {
            mean[0] += mass[i] * Math.cos(centre(i));
            mean[1] += mass[i] * Math.sin(centre(i));
        }
        return mean;
    }
}
