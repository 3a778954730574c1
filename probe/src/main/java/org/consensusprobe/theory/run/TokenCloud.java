package org.consensusprobe.theory.run;

/** The unit tokens of one prompt, in float64. */
final class TokenCloud {
    private final int dim;
    private final double[] units;

    /** Normalises tokens, [T, D] in row-major order. */
    TokenCloud(double[] states, int dim) {
        this.dim = dim;
        this.units = states.clone();
        for (int i = 0; i < tokens(); i++) {
            double squares = 0;
            for (int j = 0; j < dim; j++) {
                squares += units[i * dim + j] * units[i * dim + j];
            }
            double norm = Math.sqrt(squares);
            for (int j = 0; j < dim; j++) {
                units[i * dim + j] /= norm;
            }
        }
    }

    int tokens() {
        return units.length / dim;
    }

    /** The direction of the mean of unit tokens; NaN where they cancel. */
    double[] meanDirection() {
        double[] mean = new double[dim];
        for (int i = 0; i < tokens(); i++) {
            for (int j = 0; j < dim; j++) {
                mean[j] += units[i * dim + j];
            }
        }
        double squares = 0;
        for (double value : mean) {
            squares += value * value;
        }
        for (int j = 0; j < dim; j++) {
            mean[j] /= Math.sqrt(squares);
        }
        return mean;
    }

    /** max_i (1 - <u_i, y>), by the chord: near 0 the difference from 1 would be rounding. */
    double farthestFrom(double[] y) {
        double farthest = 0;
        for (int i = 0; i < tokens(); i++) {
            double squares = 0;
            for (int j = 0; j < dim; j++) {
                double difference = units[i * dim + j] - y[j];
                squares += difference * difference;
            }
            farthest = Double.isNaN(squares) ? Double.NaN : Math.max(farthest, squares / 2);
        }
        return farthest;
    }

    /** max_i (1 - <u_i, u_1>). */
    double farthestFromFirst() {
        return farthestFrom(java.util.Arrays.copyOf(units, dim));
    }

    /** The line's direction that points to the side of the mean token: an eigenvector has no sign of its own. */
    double[] oriented(double[] line) {
        double sum = 0;
        for (int i = 0; i < tokens(); i++) {
            sum += product(i, line);
        }
        double[] direction = line.clone();
        for (int j = 0; sum < 0 && j < dim; j++) {
            direction[j] = -direction[j];
        }
        return direction;
    }

    /** The share of tokens with <u_i, v> > 0. */
    double shareOnTheSideOf(double[] v) {
        int count = 0;
        for (int i = 0; i < tokens(); i++) {
            count += product(i, v) > 0 ? 1 : 0;
        }
        return count / (double) tokens();
    }

    private double product(int token, double[] v) {
        double sum = 0;
        for (int j = 0; j < dim; j++) {
            sum += units[token * dim + j] * v[j];
        }
        return sum;
    }
}
