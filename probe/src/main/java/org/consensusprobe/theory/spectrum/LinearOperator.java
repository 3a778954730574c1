package org.consensusprobe.theory.spectrum;

/** A square real matrix, known by what it does to vectors. */
public interface LinearOperator {
    /** Number of rows, and of columns. */
    int size();

    /**
     * One product y = M x.
     *
     * @param x holds the vector from {@code xAt} on
     * @param y takes the product from {@code yAt} on; another array than {@code x}, or another part of it
     */
    void apply(double[] x, int xAt, double[] y, int yAt);
}
