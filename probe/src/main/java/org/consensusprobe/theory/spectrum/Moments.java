package org.consensusprobe.theory.spectrum;

/**
 * What symmetry and distance to a multiple of I need of a real matrix M.
 *
 * @param size number of rows n
 * @param squares |M|_F^2
 * @param trace tr M
 * @param traceOfSquare tr M^2
 */
record Moments(int size, double squares, double trace, double traceOfSquare) {
    /** |M|_F. */
    double norm() {
        return Math.sqrt(squares);
    }

    /** |M - M'|_F / (2 |M|_F): 0 symmetric, 1 antisymmetric, .707 for independent entries; NaN for the zero matrix. */
    double asymmetry() {
        // |M - M'|^2 = 2 |M|^2 - 2 tr M^2, which rounding can make negative
        return Math.sqrt(Math.max(0, 2 * squares - 2 * traceOfSquare)) / (2 * norm());
    }

    /** The multiple of I that is nearest to M: its factor c = tr M / n. */
    double identityFactor() {
        return trace / size;
    }

    /** |M - cI|_F / |M|_F with the nearest c: 0 for a multiple of I, 1 where the trace is 0. */
    double identityDistance() {
        return Math.sqrt(Math.max(0, 1 - trace * trace / (size * squares)));
    }
}
