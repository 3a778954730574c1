package org.consensusprobe.experiment.loop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.measure.ChangeMeasure;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/** What the current block makes of each token, for the measures that compare states before and after it. */
final class ChangeSteps {
    private final List<ChangeMeasure> measures;
    private final Kernels kernels;
    private final Map<ChangeMeasure, double[]> values = new HashMap<>();

    ChangeSteps(List<Measure> measures, Kernels kernels) {
        this.measures = measures.stream()
                .filter(ChangeMeasure.class::isInstance)
                .map(ChangeMeasure.class::cast)
                .toList();
        this.kernels = kernels;
    }

    /** A block begins; until it is seen, it changes nothing. */
    void begin(int prompts) {
        measures.forEach(measure -> values.put(measure, new double[prompts]));
    }

    /** What looks at the block of a chunk; empty if no measure does. */
    Optional<BlockTap> tap(int[] members) {
        return measures.isEmpty() ? Optional.empty() : Optional.of(new Tap(members));
    }

    /** Compares states of another program, whose blocks are not seen. */
    void between(HiddenStates before, HiddenStates after) {
        for (int i = 0; i < before.chunks().size(); i++) {
            HiddenStates.Chunk chunk = after.chunks().get(i);
            compare(chunk.members(), before.chunks().get(i).x(), chunk.x());
        }
    }

    /** The values of a measure at the block's end; null before the first block. */
    double[] values(ChangeMeasure measure) {
        return values.get(measure);
    }

    private void compare(int[] members, Tensor before, Tensor after) {
        for (ChangeMeasure measure : measures) {
            try (Scope scope = Scope.open()) {
                double[] own = measure.reduction().of(kernels.in(scope), before, after);
                double[] all = values.get(measure);
                for (int i = 0; i < members.length; i++) {
                    all[members[i]] = own[i];
                }
            }
        }
    }

    private final class Tap implements BlockTap {
        private final int[] members;
        private Tensor entered;

        Tap(int[] members) {
            this.members = members;
        }

        @Override
        public void onEnter(Kernels block, Tensor x) {
            entered = block.tensors().copy(x); // [B, T, D]
        }

        @Override
        public void onReturn(Tensor x, Anew anew) {
            compare(members, entered, x);
        }
    }
}
