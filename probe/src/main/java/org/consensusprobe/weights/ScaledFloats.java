package org.consensusprobe.weights;

import java.util.List;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * A matrix of floats of eight bits with its scales: each value times the scale of its block, in float32, rounded to the dtype
 * of the scales, as transformers and compressed-tensors do.
 *
 * @param values [out, in]
 * @param scales one for all, [out] or [out, 1] for rows, or [out / block, in / block], the last blocks cut short
 * @param blockRows rows of a block
 * @param blockColumns columns of a block
 */
record ScaledFloats(StoredTensor values, StoredTensor scales, long blockRows, long blockColumns) implements Recipe {
    @Override
    public DType dtype() {
        return scales.dtype();
    }

    @Override
    public List<StoredTensor> parts() {
        return List.of(values, scales);
    }

    @Override
    public Tensor make(Kernels kernels, Reader reader) {
        try (Scope between = kernels.openAnother()) {
            Kernels passing = kernels.in(between);
            Tensor plain = reader.get(passing, values);
            Tensor scale = passing.tensors().convert(reader.get(passing, scales), DType.FLOAT32);
            return kernels.tensors().scaledBlocks(plain, scale, blockRows, blockColumns, dtype());
        }
    }
}
