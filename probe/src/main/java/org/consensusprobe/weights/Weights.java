package org.consensusprobe.weights;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.consensusprobe.torch.Tensor;

/**
 * The tensors of one part of a model, by role, ready for the kernels. Those that wait are made when they are first asked for, and
 * live as long as the others. Used by one thread at a time.
 */
public final class Weights {
    private final Map<String, Tensor> byRole;
    private final Map<String, Supplier<Tensor>> waiting;

    public Weights(Map<String, Tensor> byRole) {
        this(byRole, Map.of());
    }

    Weights(Map<String, Tensor> byRole, Map<String, Supplier<Tensor>> waiting) {
        this.byRole = new HashMap<>(byRole);
        this.waiting = Map.copyOf(waiting);
    }

    /**
     * The tensor of that role.
     *
     * @throws IllegalArgumentException if the part has none: a programming error
     */
    public Tensor get(String role) {
        Tensor tensor = orNull(role);
        if (tensor == null) {
            throw new IllegalArgumentException("no " + role + " among " + byRole.keySet());
        }
        return tensor;
    }

    /** The tensor of that role; null, as kernels take a bias that is not there, if the part has none. */
    public Tensor orNull(String role) {
        if (!byRole.containsKey(role) && waiting.containsKey(role)) {
            byRole.put(role, waiting.get(role).get());
        }
        return byRole.get(role);
    }
}
