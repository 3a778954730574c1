package org.consensusprobe.weights;

import java.util.Map;
import org.consensusprobe.torch.Tensor;

/** The tensors of one part of a model, by role, ready for the kernels. */
public final class Weights {
    private final Map<String, Tensor> byRole;

    public Weights(Map<String, Tensor> byRole) {
        this.byRole = Map.copyOf(byRole);
    }

    /**
     * The tensor of that role.
     *
     * @throws IllegalArgumentException if the part has none: a programming error
     */
    public Tensor get(String role) {
        Tensor tensor = byRole.get(role);
        if (tensor == null) {
            throw new IllegalArgumentException("no " + role + " among " + byRole.keySet());
        }
        return tensor;
    }

    /** The tensor of that role; null, as kernels take a bias that is not there, if the part has none. */
    public Tensor orNull(String role) {
        return byRole.get(role);
    }
}
