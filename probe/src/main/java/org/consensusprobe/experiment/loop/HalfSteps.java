package org.consensusprobe.experiment.loop;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.consensusprobe.measure.DepthStates;
import org.consensusprobe.measure.HalfMeasure;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.model.BlockTap;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/** What the halves of the current block make of the quantities that are followed through them. */
final class HalfSteps {
    /**
     * A quantity of every prompt on the way through a block.
     *
     * @param before its halves
     * @param attention behind attention's half
     * @param feedForward behind the other half alone; NaN where the halves follow each other
     * @param done what attention's halves before these added, in a layer of several
     * @param start of the block: its input
     */
    private record Way(double[] before, double[] attention, double[] feedForward, double[] done, double[] start) {
        static Way from(double[] values) {
            double[] none = new double[values.length];
            Arrays.fill(none, Double.NaN);
            return new Way(values.clone(), values.clone(), none, new double[values.length], values);
        }
    }

    private final List<HalfMeasure> quantities;
    private final Kernels kernels;
    private final Map<String, Way> ways = new HashMap<>();

    HalfSteps(List<Measure> measures, Kernels kernels) {
        Map<String, HalfMeasure> byName = new HashMap<>();
        measures.stream()
                .filter(HalfMeasure.class::isInstance)
                .map(HalfMeasure.class::cast)
                .forEach(half -> byName.putIfAbsent(half.quantity().name(), half));
        this.quantities = List.copyOf(byName.values());
        this.kernels = kernels;
    }

    /** A block begins; until it is seen inside, nothing in it changes a thing. */
    void begin(DepthStates snapshot) {
        for (HalfMeasure half : quantities) {
            ways.put(half.quantity().name(), Way.from(half.quantity().of(kernels, snapshot)));
        }
    }

    /** What looks into the block of a chunk; empty if no measure does. */
    Optional<BlockTap> tap(int[] members) {
        return quantities.isEmpty() ? Optional.empty() : Optional.of(new Tap(members));
    }

    /** The values of a measure at the block's end; null before the first block. */
    double[] values(HalfMeasure half, DepthStates snapshot) {
        Way way = ways.get(half.quantity().name());
        if (way == null) {
            return null;
        }
        double[] values = half.quantity().of(kernels, snapshot);
        for (int i = 0; i < values.length; i++) {
            double attention =
                    way.done[i] + half.attention(way.before[i], way.attention[i], way.feedForward[i], values[i]);
            values[i] = half.ofAttention() ? attention : values[i] - way.start[i] - attention;
        }
        return values;
    }

    private final class Tap implements BlockTap {
        private final int[] members;
        private Tensor branch;

        Tap(int[] members) {
            this.members = members;
        }

        @Override
        public void onMiddle(Tensor x) {
            for (HalfMeasure half : quantities) {
                set(ways.get(half.quantity().name()).attention, half.of(kernels, x));
            }
        }

        @Override
        public void onParallel(Tensor added, Tensor x) {
            branch = added;
            sum(x, 1, (half, y) -> set(ways.get(half.quantity().name()).attention, half.of(kernels, y)));
        }

        @Override
        public void onAgain(Tensor x) {
            for (HalfMeasure half : quantities) {
                Way way = ways.get(half.quantity().name());
                double[] now = half.of(kernels, x);
                for (int i = 0; i < members.length; i++) {
                    int prompt = members[i];
                    way.done[prompt] += way.attention[prompt] - way.before[prompt];
                    way.before[prompt] = now[i];
                    way.attention[prompt] = now[i];
                }
            }
        }

        @Override
        public void onReturn(Tensor x, Anew anew) {
            if (branch != null) {
                sum(x, -1, (half, y) -> set(ways.get(half.quantity().name()).feedForward, half.of(kernels, y)));
            }
        }

        /** Of x + sign branch, [B, T, D]. */
        private void sum(Tensor x, int sign, BiConsumer<HalfMeasure, Tensor> then) {
            try (Scope scope = Scope.open()) {
                Tensor y = kernels.in(scope).tensors().mixed(x, 1, branch, sign); // [B, T, D]
                quantities.forEach(half -> then.accept(half, y));
            }
        }

        private void set(double[] all, double[] own) {
            for (int i = 0; i < members.length; i++) {
                all[members[i]] = own[i];
            }
        }
    }
}
