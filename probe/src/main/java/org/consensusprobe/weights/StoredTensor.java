package org.consensusprobe.weights;

import java.nio.file.Path;
import java.util.List;

/**
 * Where one tensor lies in a file: little-endian; row-major and without gaps, unless its convention says how else.
 *
 * @param name the name in the file
 * @param type the element type
 * @param shape the dimensions, as Hugging Face has them; empty for a scalar
 * @param file the file that holds it
 * @param offset the first byte, counted from the start of the file
 * @param bytes the length in bytes, of the elements in the file
 * @param convention how the file keeps it otherwise than Hugging Face does
 */
public record StoredTensor(
        String name, StoredType type, List<Long> shape, Path file, long offset, long bytes, Convention convention) {
    public StoredTensor {
        shape = List.copyOf(shape);
        if (offset < 0 || bytes != type.bytesOf(product(convention.fileShape(shape)))) {
            throw new IllegalArgumentException(
                    "tensor " + name + ": " + bytes + " bytes at " + offset + " for " + type + " " + shape);
        }
    }

    /** A tensor kept as Hugging Face keeps it. */
    public StoredTensor(String name, StoredType type, List<Long> shape, Path file, long offset, long bytes) {
        this(name, type, shape, file, offset, bytes, Convention.HUGGING_FACE);
    }

    /** The dimensions as they are in the file, slowest first. */
    List<Long> fileShape() {
        return convention.fileShape(shape);
    }

    /** The number of elements; 1 for a scalar. */
    public long elements() {
        return product(shape);
    }

    /**
     * The product of dimensions.
     *
     * @throws ArithmeticException if it exceeds 64 bits
     */
    static long product(List<Long> shape) {
        long product = 1;
        for (long dimension : shape) {
            product = Math.multiplyExact(product, dimension);
        }
        return product;
    }
}
