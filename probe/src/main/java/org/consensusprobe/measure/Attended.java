package org.consensusprobe.measure;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.consensusprobe.torch.Tensor;

/**
 * What attention did in a block to the prompts of a chunk.
 *
 * @param matrices A [B, H, T, T], whose rows sum to 1; null where no measure asks for it
 * @param branch [B, T, D], what attention adds
 * @param x [B, T, D], what it is added to
 * @param known what measures have computed of it for each other, by name
 */
public record Attended(Tensor matrices, Tensor branch, Tensor x, Map<String, double[]> known) {
    public Attended(Tensor matrices, Tensor branch, Tensor x) {
        this(matrices, branch, x, new HashMap<>());
    }

    /** Values that several measures need, computed once. */
    double[] once(String name, Supplier<double[]> values) {
        return known.computeIfAbsent(name, n -> values.get());
    }
}
