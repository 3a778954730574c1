package org.consensusprobe.measure;

import java.util.List;
import java.util.function.Function;

/**
 * A measure of the tokens of one prompt, in float64.
 *
 * @param own its axes after prompt and depth
 * @param reduction of the cloud to its values
 */
public record CloudMeasure(About about, List<Axis> own, Function<Cloud, double[]> reduction) implements Measure {
    static CloudMeasure scalar(About about, java.util.function.ToDoubleFunction<Cloud> reduction) {
        return new CloudMeasure(about, List.of(), cloud -> new double[] {reduction.applyAsDouble(cloud)});
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return own;
    }
}
