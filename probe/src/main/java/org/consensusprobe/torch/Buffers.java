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
 * <p>Weights that are drawn layer after layer, between activations that come and go, leave holes in the allocator's heap
 * that nothing fits: GPT-Neo 2.7B grew by a gigabyte in four passes. Here the layer drawn next has the very memory of one
 * that is done with. A buffer serves draws of its own size only. Any thread may borrow and give back.
 */
public final class Buffers implements AutoCloseable {
    private final Scope own = Scope.open();
    private final Map<Long, Deque<Tensor>> idle = new HashMap<>();

    /** A buffer, float32 [elements], that nobody else has. */
    synchronized Tensor borrow(KernelModule module, long elements) {
        Deque<Tensor> fitting = idle.get(elements);
        return fitting == null || fitting.isEmpty() ? module.in(own).tensor("unwritten", elements) : fitting.pop();
    }

    synchronized void giveBack(Tensor buffer) {
        idle.computeIfAbsent(buffer.elements(), elements -> new ArrayDeque<>()).push(buffer);
    }

    /** Frees all buffers, those still lent included. */
    @Override
    public synchronized void close() {
        own.close();
    }

    /** What one scope has borrowed. */
    static final class Loan {
        private final Buffers from;
        private final List<Tensor> lent = new ArrayList<>();

        Loan(Buffers from) {
            this.from = from;
        }

        Tensor more(KernelModule module, long elements) {
            Tensor buffer = from.borrow(module, elements);
            lent.add(buffer);
            return buffer;
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
