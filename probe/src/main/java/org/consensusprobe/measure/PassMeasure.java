package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * A measure of the states at the end of a pass beside those at the ends of the passes before it; what entered the first pass
 * counts as the end of one. It is NaN where there are not passes enough.
 *
 * @param lags how many passes it looks back
 * @param own its axes after prompt and pass
 * @param reduction of the states of a chunk to its values, prompt after prompt
 */
public record PassMeasure(About about, int lags, Function<Sizes, List<Axis>> own, Reduction reduction)
        implements Measure {
    /** Reduces states [B, T, D], the latest first: as many as there are, at least two. */
    @FunctionalInterface
    interface Reduction {
        double[] of(Kernels kernels, DepthStates.Chunk latest, List<Tensor> states, int tokens);
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return own.apply(sizes);
    }

    @Override
    public long bytes(Sizes sizes) {
        return Work.STATES.bytes(sizes);
    }

    /**
     * Its values, prompt after prompt.
     *
     * @param states at the end of this pass, and of those before it in turn
     */
    public double[] of(Kernels kernels, List<DepthStates> states, Sizes sizes) {
        int size = size(sizes);
        double[] values = new double[states.get(0).prompts() * size];
        Arrays.fill(values, Double.NaN);
        List<DepthStates.Chunk> chunks = states.get(0).chunks();
        for (int c = 0; c < chunks.size(); c++) {
            int index = c;
            try (Scope scope = Scope.open()) {
                List<Tensor> tensors =
                        states.stream().map(s -> s.chunks().get(index).x()).toList();
                double[] part =
                        reduction.of(kernels.in(scope), chunks.get(c), tensors, Math.toIntExact(sizes.longest()));
                int[] members = chunks.get(c).members();
                for (int i = 0; i < members.length; i++) {
                    System.arraycopy(part, i * size, values, members[i] * size, size);
                }
            }
        }
        return values;
    }
}
