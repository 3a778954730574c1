package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.measure.HeadMeasure;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.model.AttentionRows;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/** How the current block's error changes without each of its heads. */
final class HeadSteps {
    private final Optional<HeadMeasure> measure;
    private final Ingredients ingredients;
    private final int heads;
    private final Kernels kernels;
    private double[] values;

    HeadSteps(List<Measure> measures, int heads, Ingredients ingredients, Kernels kernels) {
        this.measure = measures.stream()
                .filter(HeadMeasure.class::isInstance)
                .map(HeadMeasure.class::cast)
                .findFirst();
        this.ingredients = ingredients;
        this.heads = heads;
        this.kernels = kernels;
    }

    /** A block begins. */
    void begin(int prompts) {
        if (measure.isPresent()) {
            values = new double[prompts * heads];
            Arrays.fill(values, Double.NaN);
        }
    }

    /** What looks into the block of a chunk; empty if the measure is not asked for. */
    Optional<BlockTap> tap(int[] members) {
        return measure.map(m -> new Tap(m, members));
    }

    /** [prompts][heads] of the block that has ended; null before the first. */
    double[] values() {
        return values;
    }

    private final class Tap implements BlockTap {
        private final HeadMeasure measure;
        private final int[] members;
        private Tensor entered;
        private Tensor outputs;
        private Tensor projection;
        private boolean attends;
        private boolean apart;
        private boolean several;

        Tap(HeadMeasure measure, int[] members) {
            this.measure = measure;
            this.members = members;
        }

        @Override
        public void onEnter(Kernels block, Tensor x) {
            entered = block.tensors().copy(x); // [B, T, D]
        }

        @Override
        public void onMatrices(AttentionRows matrices) {
            attends = true;
        }

        @Override
        public void onHeads(Tensor made, Tensor w) {
            outputs = made;
            projection = w;
        }

        @Override
        public void onNormed() {
            apart = true;
        }

        @Override
        public void onAgain(Tensor x) {
            several = true;
        }

        @Override
        public void onReturn(Tensor x, Anew anew) {
            if (several || !attends) {
                return;
            }
            boolean inSum = outputs != null && !apart && (ingredients.skip() || !ingredients.feedForward());
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                double[] own = inSum
                        ? measure.ofParts(k, x, outputs, projection, heads, ingredients.attentionScale())
                        : byRunningAnew(anew);
                for (int i = 0; i < members.length; i++) {
                    System.arraycopy(own, i * heads, values, members[i] * heads, heads);
                }
            }
        }

        private double[] byRunningAnew(Anew anew) {
            List<Integer> speaking = ingredients.heads().isEmpty()
                    ? IntStream.range(0, heads).boxed().toList()
                    : ingredients.heads();
            double[] whole = behindAttention(anew, speaking);
            double[] changes = new double[whole.length * heads];
            if (speaking.size() == 1) { // no run is without any head
                Arrays.fill(changes, Double.NaN);
                return changes;
            }
            for (int head : speaking) {
                double[] without = behindAttention(
                        anew, speaking.stream().filter(h -> h != head).toList());
                for (int i = 0; i < whole.length; i++) {
                    changes[i * heads + head] = without[i] - whole[i];
                }
            }
            return changes;
        }

        private double[] behindAttention(Anew anew, List<Integer> speaking) {
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Tensor x = k.tensors().copy(entered); // [B, T, D]
                anew.attention(k, x, speaking);
                return measure.error(k, k.tensors().convert(x, DType.FLOAT64));
            }
        }
    }
}
