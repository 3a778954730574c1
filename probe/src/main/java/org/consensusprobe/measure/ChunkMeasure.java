package org.consensusprobe.measure;

import java.util.List;
import java.util.function.BiFunction;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;

/**
 * A measure of each prompt by itself, of whole chunks at a time on the device.
 *
 * @param own its axes after prompt and depth
 * @param work what it makes of a chunk
 * @param reduction of a chunk's [B, T, D] to its values, prompt after prompt
 */
record ChunkMeasure(About about, List<Axis> own, Work work, BiFunction<Kernels, DepthStates.Chunk, double[]> reduction)
        implements StateMeasure {
    ChunkMeasure(About about, Work work, BiFunction<Kernels, DepthStates.Chunk, double[]> reduction) {
        this(about, List.of(), work, reduction);
    }

    @Override
    public long bytes(Sizes sizes) {
        return work.bytes(sizes);
    }

    @Override
    public List<Axis> axes(Sizes sizes) {
        return own;
    }

    @Override
    public double[] of(Kernels kernels, DepthStates snapshot) {
        int size = own.stream().mapToInt(Axis::size).reduce(1, Math::multiplyExact);
        double[] values = new double[snapshot.prompts() * size];
        for (DepthStates.Chunk chunk : snapshot.chunks()) {
            try (Scope scope = Scope.open()) {
                double[] part = reduction.apply(kernels.in(scope), chunk);
                for (int i = 0; i < chunk.members().length; i++) {
                    System.arraycopy(part, i * size, values, chunk.members()[i] * size, size);
                }
            }
        }
        return values;
    }
}
