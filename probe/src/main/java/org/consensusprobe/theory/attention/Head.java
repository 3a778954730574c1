package org.consensusprobe.theory.attention;

import java.util.Optional;
import java.util.function.DoubleFunction;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * One attention head: scores x_i' P(t) x_j with P(t) = Q' diag(gain(t)) K, and values U(t) x_j.
 *
 * @param queries Q [d_h, D]; empty: I
 * @param keys K [d_h, D]; empty: I
 * @param gain one factor for each of the d_h score components at a time; empty: ones
 * @param value U [D, D] at a time; empty: I, which is not multiplied out
 * @param queriesTransposed Q' [D, d_h]
 * @param keysTransposed K' [D, d_h]
 */
public record Head(
        Optional<DMatrixRMaj> queries,
        Optional<DMatrixRMaj> keys,
        Optional<DoubleFunction<double[]>> gain,
        Optional<DoubleFunction<DMatrixRMaj>> value,
        Optional<DMatrixRMaj> queriesTransposed,
        Optional<DMatrixRMaj> keysTransposed) {

    /** A head from its matrices; their transposes are kept for the field. */
    public Head(
            Optional<DMatrixRMaj> queries,
            Optional<DMatrixRMaj> keys,
            Optional<DoubleFunction<double[]>> gain,
            Optional<DoubleFunction<DMatrixRMaj>> value) {
        this(
                queries,
                keys,
                gain,
                value,
                queries.map(q -> CommonOps_DDRM.transpose(q, null)),
                keys.map(k -> CommonOps_DDRM.transpose(k, null)));
    }

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
