package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.measure.KeyValueMeasure;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/** Norms of the keys and values of the current block. */
final class KeyValueSteps {
    private final List<KeyValueMeasure> measures;
    private final Measure.Sizes sizes;
    private final Kernels kernels;
    private final Map<KeyValueMeasure, double[]> values = new HashMap<>();

    KeyValueSteps(List<Measure> measures, Measure.Sizes sizes, Kernels kernels) {
        this.measures = measures.stream()
                .filter(KeyValueMeasure.class::isInstance)
                .map(KeyValueMeasure.class::cast)
                .toList();
        this.sizes = sizes;
        this.kernels = kernels;
    }

    /** What looks into the block of a chunk; empty if no measure does. */
    Optional<BlockTap> tap(int[] members, int prompts) {
        return measures.isEmpty() ? Optional.empty() : Optional.of(new Tap(members, prompts));
    }

    /** [prompts][heads][2] of the block that has ended; null where nothing attended. */
    double[] take(KeyValueMeasure measure) {
        return values.remove(measure);
    }

    /** In a layer of several pairs of halves the last one's stay, as of what else is said of attention. */
    private final class Tap implements BlockTap {
        private final int[] members;
        private final int prompts;

        Tap(int[] members, int prompts) {
            this.members = members;
            this.prompts = prompts;
        }

        @Override
        public void onKeysAndValues(Tensor k, Tensor v, AttentionShape shape) {
            try (Scope scope = Scope.open()) {
                Kernels own = kernels.in(scope);
                for (KeyValueMeasure measure : measures) {
                    double[] norms = measure.of(own, measure.ofValues() ? v : k, shape.keyValueHeads(), shape.heads());
                    double[] all = values.computeIfAbsent(measure, this::undefined);
                    int size = norms.length / members.length;
                    for (int i = 0; i < members.length; i++) {
                        System.arraycopy(norms, i * size, all, members[i] * size, size);
                    }
                }
            }
        }

        private double[] undefined(KeyValueMeasure measure) {
            double[] none = new double[prompts * measure.size(sizes)];
            Arrays.fill(none, Double.NaN);
            return none;
        }
    }
}
