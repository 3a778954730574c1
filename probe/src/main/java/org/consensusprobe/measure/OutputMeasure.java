package org.consensusprobe.measure;

import java.util.function.Function;

/**
 * A measure of the distributions of next tokens after a pass and its final norm.
 *
 * @param pick its values, prompt after prompt, among those of a pass
 */
public record OutputMeasure(About about, Function<OutputMeasures.Values, double[]> pick) implements Measure {
    // log-probabilities and exponentials of a few positions, and sums over prompts and positions
    @Override
    public long bytes(Sizes sizes) {
        return sizes.vocabulary() * Double.BYTES * (4L * OutputMeasures.POSITIONS + 2 * sizes.allPrompts());
    }
}
