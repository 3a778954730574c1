package org.consensusprobe.theory.attention;

import java.util.Optional;
import java.util.function.DoubleFunction;
import org.ejml.data.DMatrixRMaj;

/**
 * One attention head: scores x_i' P(t) x_j with P(t) = Q' diag(gain(t)) K, and values U(t) x_j.
 *
 * @param queries Q [d_h, D]; empty: I
 * @param keys K [d_h, D]; empty: I
 * @param gain one factor for each of the d_h score components at a time; empty: ones
 * @param value U [D, D] at a time; empty: I, which is not multiplied out
 */
public record Head(
        Optional<DMatrixRMaj> queries,
        Optional<DMatrixRMaj> keys,
        Optional<DoubleFunction<double[]>> gain,
        Optional<DoubleFunction<DMatrixRMaj>> value) {
    /** Q = K = U = I. */
    public static final Head IDENTITY =
            new Head(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    /** A head with constant scores and U = I. */
    public static Head scoring(DMatrixRMaj queries, DMatrixRMaj keys) {
        return new Head(Optional.of(queries), Optional.of(keys), Optional.empty(), Optional.empty());
    }

    /** The same head with factors that change in time. */
    public Head withGain(DoubleFunction<double[]> factors) {
        return new Head(queries, keys, Optional.of(factors), value);
    }

    /** The same head with a value matrix. */
    public Head withValue(DMatrixRMaj u) {
        return withValue(t -> u);
    }

    /** The same head with a value matrix that changes in time. */
    public Head withValue(DoubleFunction<DMatrixRMaj> u) {
        return new Head(queries, keys, gain, Optional.of(u));
    }
}
