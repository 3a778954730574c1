package org.consensusprobe.torch;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.Optional;

/**
 * Owns every native tensor made in it and frees them together when it closes.
 *
 * <p>DJL attaches an operation's result to the manager it is given; a scope is such a manager. Scopes nest: a tensor
 * {@linkplain #keep kept} moves from an inner scope to this one. A scope may be used by one thread at a time.
 */
public final class Scope implements AutoCloseable {
    private final PtNDManager manager;
    private final Optional<Buffers.Loan> loan;

    private Scope(Optional<Buffers.Loan> loan) {
        this.manager = (PtNDManager) NDManager.newBaseManager();
        this.loan = loan;
    }

    /** A scope of its own, closed by whoever opened it. */
    public static Scope open() {
        return new Scope(Optional.empty());
    }

    /**
     * A scope whose {@linkplain TensorKernels#unwritten unwritten} memory is borrowed, and goes back when it closes. Its
     * tensors cannot be {@linkplain #keep kept} longer than that.
     */
    public static Scope over(Buffers buffers) {
        return new Scope(Optional.of(new Buffers.Loan(buffers)));
    }

    /** A scope of its own that borrows where this one does. */
    Scope another() {
        return loan.map(mine -> over(mine.from())).orElseGet(Scope::open);
    }

    PtNDManager manager() {
        return manager;
    }

    Optional<Buffers.Loan> loan() {
        return loan;
    }

    /** Takes over a tensor from the scope it was made in: it lives as long as this scope. */
    public Tensor keep(Tensor tensor) {
        tensor.array().attach(manager);
        return tensor;
    }

    @Override
    public void close() {
        manager.close();
        loan.ifPresent(Buffers.Loan::end);
    }
}
