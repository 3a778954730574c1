package org.consensusprobe.torch;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;

/**
 * Owns every native tensor made in it and frees them together when it closes.
 *
 * <p>DJL attaches an operation's result to the manager it is given; a scope is such a manager. Scopes nest: a tensor
 * {@linkplain #keep kept} moves from an inner scope to this one. A scope may be used by one thread at a time.
 */
public final class Scope implements AutoCloseable {
    private final PtNDManager manager;

    private Scope(PtNDManager manager) {
        this.manager = manager;
    }

    /** A scope of its own, closed by whoever opened it. */
    public static Scope open() {
        return new Scope((PtNDManager) NDManager.newBaseManager());
    }

    PtNDManager manager() {
        return manager;
    }

    /** Takes over a tensor from the scope it was made in: it lives as long as this scope. */
    public Tensor keep(Tensor tensor) {
        tensor.array().attach(manager);
        return tensor;
    }

    @Override
    public void close() {
        manager.close();
    }
}
