package org.consensusprobe.pickle;

import java.util.List;

/**
 * A tensor in a file of {@code torch.save}, little-endian; all of its elements lie within the file.
 *
 * @param name its key in the state dict
 * @param type the element type
 * @param shape the dimensions; empty for a scalar
 * @param strides for each dimension, how many elements lie between neighbours
 * @param offset the first element's first byte, counted from the start of the file
 */
public record PickledTensor(String name, TorchType type, List<Long> shape, List<Long> strides, long offset) {
    public PickledTensor {
        shape = List.copyOf(shape);
        strides = List.copyOf(strides);
    }

    /** Whether it lies row-major and without gaps. */
    public boolean isContiguous() {
        long expected = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            if (shape.get(i) != 1 && strides.get(i) != expected && !shape.contains(0L)) {
                return false;
            }
            expected *= shape.get(i);
        }
        return true;
    }
}
