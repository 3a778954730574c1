package org.consensusprobe.experiment.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.measure.Cloud;
import org.consensusprobe.measure.CloudMeasure;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;

/** Takes the measures of one prompt's tokens, all of them of one prompt before those of the next. */
final class Clouds {
    private Clouds() {}

    /** The values of all measures of clouds at a depth, prompt after prompt. */
    static Map<Measure, double[]> of(
            List<Measure> measures, Measure.Sizes sizes, Kernels kernels, DepthStates snapshot) {
        List<CloudMeasure> wanted = measures.stream()
                .filter(CloudMeasure.class::isInstance)
                .map(CloudMeasure.class::cast)
                .toList();
        Map<Measure, double[]> values = new HashMap<>();
        for (CloudMeasure measure : wanted) {
            values.put(measure, new double[snapshot.prompts() * measure.size(sizes)]);
        }
        for (DepthStates.Chunk chunk : wanted.isEmpty() ? List.<DepthStates.Chunk>of() : snapshot.chunks()) {
            for (int row = 0; row < chunk.members().length; row++) {
                try (Scope scope = Scope.open()) {
                    Cloud cloud = new Cloud(kernels.in(scope), chunk.x(), row);
                    for (CloudMeasure measure : wanted) {
                        double[] own = measure.reduction().apply(cloud);
                        System.arraycopy(own, 0, values.get(measure), chunk.members()[row] * own.length, own.length);
                    }
                }
            }
        }
        return values;
    }
}
