package org.consensusprobe.weights;

import java.util.List;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * Rows of several tensors, group by group: the rows of the first group of each, one after another, then those of the second.
 *
 * @param parts each of as many groups of rows
 * @param groups how many
 * @param columns of a row
 * @param shape of what is made
 * @param transposed whether that is the transpose of the matrix of those rows
 */
record Joined(List<StoredTensor> parts, long groups, long columns, List<Long> shape, boolean transposed)
        implements Recipe {
    @Override
    public DType dtype() {
        DType first = parts.get(0).dtype();
        return parts.stream().allMatch(part -> part.dtype() == first) ? first : DType.FLOAT32;
    }

    @Override
    public boolean isDequantised() {
        return parts.stream().anyMatch(StoredTensor::isDequantised);
    }

    @Override
    public Tensor make(Kernels kernels, Reader reader) {
        long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
        try (Scope between = kernels.openAnother()) {
            Kernels passing = transposed ? kernels.in(between) : kernels;
            long rows = StoredTensor.product(shape) / (groups * columns);
            Tensor made = passing.tensors().uninitialised(new long[] {groups, rows, columns}, dtype());
            long done = 0;
            for (StoredTensor part : parts) {
                long own = part.elements() / (groups * columns);
                try (Scope scope = kernels.openAnother()) {
                    Kernels k = kernels.in(scope);
                    Tensor read = k.tensors().reshape(reader.get(k, part), new long[] {groups, own, columns});
                    k.tensors().setTokens(made, done, read);
                }
                done += own;
            }
            return transposed
                    ? kernels.tensors()
                            .transposedCopy(passing.tensors().reshape(made, new long[] {groups * rows, columns}))
                    : kernels.tensors().reshape(made, sizes);
        }
    }
}
