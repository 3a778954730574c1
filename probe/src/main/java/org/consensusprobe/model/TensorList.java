package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.weights.TensorSpec;

/** The tensors of one part of a model, named in the order in which they are added. */
final class TensorList {
    private final String part;
    private final List<TensorSpec> specs = new ArrayList<>();

    /**
     * An empty list.
     *
     * @param part what stands before the roles, such as {@code h.3.}
     */
    TensorList(String part) {
        this.part = part;
    }

    /** A norm of so many entries: {@code ROLE.weight} and, where it has one, {@code ROLE.bias}. */
    TensorList norm(String role, long size, boolean bias) {
        specs.add(TensorSpec.gain(part, role + ".weight", size));
        return bias ? state(role + ".bias", size) : this;
    }

    /** A LayerNorm with weight and bias. */
    TensorList norm(String role, long size) {
        return norm(role, size, true);
    }

    /** A matrix [out, in] and, where it has one, its bias [out]. */
    TensorList linear(String role, long out, long in, boolean bias) {
        specs.add(TensorSpec.linear(part, role + ".weight", out, in));
        return bias ? state(role + ".bias", out) : this;
    }

    /** A matrix [out, in] with its bias [out]. */
    TensorList linear(String role, long out, long in) {
        return linear(role, out, in, true);
    }

    /** A matrix that the file keeps as [in, out], with its bias [out]. */
    TensorList conv1d(String role, long in, long out) {
        specs.add(TensorSpec.conv1d(part, role + ".weight", in, out));
        return state(role + ".bias", out);
    }

    /** A bias or a table under its whole name. */
    TensorList state(String name, long... shape) {
        specs.add(TensorSpec.state(part, name, shape));
        return this;
    }

    /** A vector that multiplies, 1 before training, under its whole name. */
    TensorList gain(String name, long size) {
        specs.add(TensorSpec.gain(part, name, size));
        return this;
    }

    /** A vector with a value of its own before training, under its whole name. */
    TensorList constant(String name, double initial, long size) {
        specs.add(TensorSpec.constant(part, name, initial, size));
        return this;
    }

    /** The list, and one tensor more, which is no part's alone. */
    List<TensorSpec> with(TensorSpec shared) {
        specs.add(shared);
        return all();
    }

    /** The list, and those of another part. */
    List<TensorSpec> with(TensorList other) {
        specs.addAll(other.specs);
        return all();
    }

    List<TensorSpec> all() {
        return List.copyOf(specs);
    }
}
