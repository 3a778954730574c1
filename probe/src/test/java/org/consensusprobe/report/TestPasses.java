package org.consensusprobe.report;

import java.util.List;
import java.util.stream.IntStream;

/** Passes of curves that tests make up. */
final class TestPasses {
    private TestPasses() {}

    /** Passes over all blocks, {@code layers} of them, down to a depth. */
    static Passes of(int layers, int depth) {
        return new Passes(
                IntStream.rangeClosed(1, depth / layers).map(i -> i * layers).toArray(), List.of());
    }
}
