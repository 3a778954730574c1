package org.consensusprobe.plan;

/** Which tensors of shuffled weights have their entries permuted. */
public enum Shuffle {
    /** Matrices and embedding tables; norms and biases stay as they are, so that only what was learned in products goes. */
    MATRICES,
    /** Every tensor. */
    ALL
}
