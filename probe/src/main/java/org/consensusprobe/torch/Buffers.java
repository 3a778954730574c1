package org.consensusprobe.torch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Memory on the CPU that is lent to one scope after another.
 *
 * <p>Weights that are drawn or converted layer after layer, between activations that come and go, leave holes in the
 * allocator's heap that nothing fits: GPT-Neo 2.7B grew by a gigabyte in four passes. Here the layer that is made next has
 * the very memory of one that is done with. A buffer serves tensors of its own size and dtype only. Any thread may borrow
 * and give back.
 */
public final class Buffers implements AutoCloseable {
    private final Scope own = Scope.open();
    private final Map<Size, Deque<Buffer>> idle = new HashMap<>();

    private record Size(long elements, DType dtype) {}

    private record Buffer(Size size, Tensor tensor) {}

    private synchronized Buffer borrow(KernelModule module, Size size) {
        Deque<Buffer> fitting = idle.get(size);
        return fitting == null || fitting.isEmpty()
                ? new Buffer(size, TensorKernels.allocate(module.in(own), new long[] {size.elements}, size.dtype))
                : fitting.pop();
    }

    private synchronized void giveBack(Buffer buffer) {
        idle.computeIfAbsent(buffer.size, size -> new ArrayDeque<>()).push(buffer);
    }

    /** Frees all buffers, those still lent included. */
    @Override
    public synchronized void close() {
        own.close();
    }

    /** What one scope has borrowed. */
    static final class Loan {
        private final Buffers from;
        private final List<Buffer> lent = new ArrayList<>();

        Loan(Buffers from) {
            this.from = from;
        }

        /** A buffer that nobody else has: flat, of whatever values, not to be closed. */
        Tensor more(KernelModule module, long elements, DType dtype) {
            Buffer buffer = from.borrow(module, new Size(elements, dtype));
            lent.add(buffer);
            return buffer.tensor;
        }

        void end() {
            lent.forEach(from::giveBack);
            lent.clear();
        }

        Buffers from() {
            return from;
        }
    }
}
