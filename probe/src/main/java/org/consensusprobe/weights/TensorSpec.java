package org.consensusprobe.weights;

import java.util.Arrays;
import java.util.List;

/**
 * A tensor that a part of a model (its embeddings, one layer, its final norm) computes with.
 *
 * @param name the canonical name in the file, such as {@code h.3.attn.c_attn.weight}
 * @param role the name within its part, such as {@code attn.c_attn.weight}
 * @param shape the shape in the file
 * @param kind what it is for, which decides its precision
 * @param transposed whether the file keeps a matrix as [in, out] (Conv1D); kernels take [out, in]
 * @param initial the value of every element before training, where the initialisation draws none
 * @param isDrawn whether it draws them: those of matrices and tables, but of no norm and no bias
 * @param onDemand whether it is made when it is asked for, and not with its part: an expert's matrices, of which a prompt's
 *     tokens choose few
 */
public record TensorSpec(
        String name,
        String role,
        List<Long> shape,
        Kind kind,
        boolean transposed,
        double initial,
        boolean isDrawn,
        boolean onDemand) {
    /** What a tensor is for. */
    public enum Kind {
        /** A factor of matrix products; the only kind that may be held in half precision. */
        MATRIX,
        /** A bias, a norm's gain or a table of embeddings: kept in the dtype of the hidden states. */
        STATE
    }

    public TensorSpec {
        shape = List.copyOf(shape);
    }

    /** A matrix as nn.Linear keeps it: [out, in]. */
    public static TensorSpec linear(String part, String role, long out, long in) {
        return new TensorSpec(part + role, role, List.of(out, in), Kind.MATRIX, false, 0, true, false);
    }

    /** A matrix as GPT-2's Conv1D keeps it: [in, out]. */
    public static TensorSpec conv1d(String part, String role, long in, long out) {
        return new TensorSpec(part + role, role, List.of(in, out), Kind.MATRIX, true, 0, true, false);
    }

    /** A bias or an embedding table. */
    public static TensorSpec state(String part, String role, long... shape) {
        return new TensorSpec(part + role, role, boxed(shape), Kind.STATE, false, 0, shape.length > 1, false);
    }

    /** The gain of a norm, 1 before training. */
    public static TensorSpec gain(String part, String role, long... shape) {
        return constant(part, role, 1, shape);
    }

    /** A tensor that is not drawn but has a value of its own before training, whatever axes it has. */
    public static TensorSpec constant(String part, String role, double initial, long... shape) {
        return new TensorSpec(part + role, role, boxed(shape), Kind.STATE, false, initial, false, false);
    }

    /** A bias, 0 before training, whatever axes it has. */
    public static TensorSpec bias(String part, String role, long... shape) {
        return constant(part, role, 0, shape);
    }

    /** A vector that is drawn as matrices are. */
    public static TensorSpec drawn(String part, String role, long size) {
        return new TensorSpec(part + role, role, List.of(size), Kind.STATE, false, 0, true, false);
    }

    /** The same, made when it is asked for. */
    public TensorSpec whenAsked() {
        return new TensorSpec(name, role, shape, kind, transposed, initial, isDrawn, true);
    }

    /** Number of elements. */
    public long elements() {
        return shape.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }

    /** The shape as kernels take it. */
    public long[] shapeArray() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private static List<Long> boxed(long... shape) {
        return Arrays.stream(shape).boxed().toList();
    }
}
