package org.consensusprobe.measure;

import java.util.List;
import java.util.function.Function;
import org.consensusprobe.plan.MeasureNames;

/**
 * A measure of what the gate of a looped model says after a pass and its final norm.
 *
 * @param own its axes after prompt and pass
 * @param pick its values, prompt after prompt, among those of a pass
 */
public record ExitMeasure(About about, Function<Sizes, List<Axis>> own, Function<Exits.Values, double[]> pick)
        implements Measure {
    private static final String SOURCE = "Zhu et al. 2025, arXiv 2510.25741";

    static Measure probability() {
        return new ExitMeasure(
                new About(
                        MeasureNames.EXIT_PROBABILITY,
                        "lambda_k prod_{j<k} (1 - lambda_j), lambda_k what the gate says of a token after pass k; the last pass takes"
                                + " the rest",
                        SOURCE,
                        "1",
                        About.Cost.LOW,
                        "none; NaN for models without a gate"),
                sizes -> List.of(Axis.tokens(sizes)),
                Exits.Values::probability);
    }

    static Measure expectedPass() {
        return new ExitMeasure(
                new About(
                        MeasureNames.EXPECTED_EXIT_PASS,
                        "sum over j <= k of j exit-probability_j, were pass k the last; mean over tokens",
                        SOURCE,
                        "pass",
                        About.Cost.LOW,
                        "none; NaN for models without a gate"),
                sizes -> List.of(),
                Exits.Values::expected);
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return own.apply(sizes);
    }

    @Override
    public long bytes(Sizes sizes) {
        return Work.WIDE_STATES.bytes(sizes);
    }
}
