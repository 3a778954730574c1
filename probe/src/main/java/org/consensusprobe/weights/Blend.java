package org.consensusprobe.weights;

import java.util.List;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * A sum of two tensors of one shape: base x + change y.
 *
 * @param dtype what is computed in
 */
record Blend(StoredTensor x, double base, StoredTensor y, double change, DType dtype) implements Recipe {
    @Override
    public List<StoredTensor> parts() {
        return List.of(x, y);
    }

    @Override
    public Tensor make(Kernels kernels, Reader reader) {
        try (Scope between = kernels.openAnother()) {
            Kernels passing = kernels.in(between);
            Tensor first = passing.tensors().convert(reader.get(passing, x), dtype);
            Tensor second = passing.tensors().convert(reader.get(passing, y), dtype);
            return kernels.tensors().mixed(first, base, second, change);
        }
    }
}
