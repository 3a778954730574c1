package org.consensusprobe.measure;

import java.util.function.Function;
import org.consensusprobe.measure.About.Cost;

/** What collapse does to the output, once a pass. */
final class NextToken {
    private NextToken() {}

    static Measure entropy() {
        return of(
                "output-entropy",
                "mean over positions t of H(p_t), p_t the distribution of the next token after the pass",
                "none",
                OutputMeasures.Values::entropy);
    }

    static Measure acrossPositions() {
        return of(
                "output-divergence-positions",
                "Jensen-Shannon divergence of the positions: H(mean_t p_t) - mean_t H(p_t)",
                "about 1e-12 for float32 states, 1e-14 for float64",
                OutputMeasures.Values::acrossPositions);
    }

    static Measure acrossPrompts() {
        return of(
                "output-divergence-prompts",
                "Jensen-Shannon divergence of the prompts at a position, mean over positions",
                "about 1e-12 for float32 states, 1e-14 for float64; NaN for one prompt",
                OutputMeasures.Values::acrossPrompts);
    }

    private static Measure of(
            String name, String formula, String floor, Function<OutputMeasures.Values, double[]> pick) {
        return new OutputMeasure(new About(name, formula, "Lin 1991", "nat", Cost.HIGH, floor), pick);
    }
}
