package org.consensusprobe.measure;

import java.util.Arrays;
import org.consensusprobe.measure.About.Cost;

/** The largest distance of two tokens, as they are and on the sphere, and what a block makes of it. */
final class Diameter {
    private static final String SOURCE = "Verified Transformer Dynamics";

    private Diameter() {}

    static StateMeasure raw() {
        return of("token-diameter", "max over i, j of |x_i - x_j|", "of the states", "largest_half_square");
    }

    static StateMeasure unit() {
        return of("token-diameter-unit", "max over i, j of |u_i - u_j|", "1", "largest_pair");
    }

    static Measure contraction() {
        return contraction("diameter-contraction", "token-diameter after the block / before it", raw());
    }

    static Measure unitContraction() {
        return contraction("diameter-contraction-unit", "token-diameter-unit after the block / before it", unit());
    }

    private static StateMeasure of(String name, String formula, String unit, String kernel) {
        return new ChunkMeasure(
                new About(
                        name,
                        formula,
                        SOURCE,
                        unit,
                        Cost.LOW,
                        "rounding of the states: about 1e-7 of a token's norm in float32, 1e-16 in float64"),
                Work.PAIRS,
                (k, chunk) -> Arrays.stream(k.measures().reduce(kernel, chunk.x()))
                        .map(halfSquare -> Math.sqrt(2 * halfSquare))
                        .toArray());
    }

    private static Measure contraction(String name, String formula, StateMeasure size) {
        return new BlockMeasure(new About(name, formula, SOURCE, "1", Cost.MEDIUM, "that of the diameter"), size);
    }
}
