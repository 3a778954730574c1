package org.consensusprobe.theory.spectrum;

/**
 * An eigenvalue of a real matrix; of a conjugate pair, the one with positive imaginary part.
 *
 * @param re real part
 * @param im imaginary part, 0 or more
 */
public record Eigenvalue(double re, double im) {
    /** An eigenvalue that is not known. */
    public static final Eigenvalue NONE = new Eigenvalue(Double.NaN, Double.NaN);

    /** An imaginary part that is rounding, against the modulus. */
    private static final double ROUNDING = 1e-12;

    /** Its absolute value. */
    public double modulus() {
        return Math.hypot(re, im);
    }

    /** Whether it is one of a conjugate pair. */
    public boolean isComplex() {
        return im > ROUNDING * modulus();
    }
}
