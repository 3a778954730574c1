package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;

/**
 * A measure that has a value for every token: NaN behind a prompt's last one.
 *
 * @param from the first token that has one, counted from 0; earlier ones are left out
 * @param work what it makes of a chunk
 * @param reduction of a chunk to the values [B, T - from] of its tokens
 */
record TokenMeasure(About about, int from, Work work, BiFunction<Kernels, DepthStates.Chunk, double[]> reduction)
        implements StateMeasure {
    @Override
    public List<Axis> axes(Sizes sizes) {
        return List.of(Axis.tokens(sizes));
    }

    @Override
    public long bytes(Sizes sizes) {
        return work.bytes(sizes);
    }

    @Override
    public double[] of(Kernels kernels, DepthStates snapshot) {
        return padded(kernels, snapshot, snapshot.longest());
    }

    @Override
    public double[] of(Kernels kernels, DepthStates snapshot, Sizes sizes) {
        return padded(kernels, snapshot, size(sizes));
    }

    private double[] padded(Kernels kernels, DepthStates snapshot, int longest) {
        double[] values = new double[snapshot.prompts() * longest];
        Arrays.fill(values, Double.NaN);
        for (DepthStates.Chunk chunk : snapshot.chunks()) {
            int tokens = chunk.tokens() - from;
            if (tokens < 2) { // one token is compared with none
                continue;
            }
            try (Scope scope = Scope.open()) {
                double[] own = reduction.apply(kernels.in(scope), chunk);
                for (int i = 0; i < chunk.members().length; i++) {
                    System.arraycopy(own, i * tokens, values, chunk.members()[i] * longest + from, tokens);
                }
            }
        }
        return values;
    }
}
