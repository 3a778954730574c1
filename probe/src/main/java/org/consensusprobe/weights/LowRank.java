package org.consensusprobe.weights;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * A matrix merged with its low-rank adapter: W + s B A (LoRA), or m (W + s B A) / |W + s B A| (DoRA), with norms over the
 * inputs of each output; on the way from W to that by some share.
 *
 * @param base W [out, in], or [in, out] where transposed
 * @param a [r, in]
 * @param b [out, r]
 * @param magnitude m [out], of DoRA
 * @param scaling s
 * @param transposed whether W is kept as [in, out]: GPT-2's matrices and tables of embeddings
 * @param share how far from W (0) to the merged matrix (1), or beyond
 * @param dtype what is computed in
 */
record LowRank(
        StoredTensor base,
        StoredTensor a,
        StoredTensor b,
        Optional<StoredTensor> magnitude,
        double scaling,
        boolean transposed,
        double share,
        DType dtype)
        implements Recipe {
    @Override
    public List<StoredTensor> parts() {
        List<StoredTensor> parts = new ArrayList<>(List.of(base, a, b));
        magnitude.ifPresent(parts::add);
        return parts;
    }

    @Override
    public Tensor make(Kernels kernels, Reader reader) {
        try (Scope between = kernels.openAnother()) {
            Kernels passing = kernels.in(between);
            Tensor w = reader.get(passing, base);
            Tensor down = reader.get(passing, a);
            Tensor up = reader.get(passing, b);
            return magnitude
                    .map(m -> kernels.tensors()
                            .mergedWithMagnitude(
                                    w, down, up, scaling, reader.get(passing, m), transposed, share, dtype))
                    .orElseGet(() -> kernels.tensors().merged(w, down, up, share * scaling, transposed, dtype));
        }
    }
}
