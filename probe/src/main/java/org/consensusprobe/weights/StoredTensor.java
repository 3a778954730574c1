package org.consensusprobe.weights;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.torch.DType;

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
 * @param recipe how it is made of stored tensors, where it is not itself one; type, file and offset are its largest part's then
 */
public record StoredTensor(
        String name,
        StoredType type,
        List<Long> shape,
        Path file,
        long offset,
        long bytes,
        Convention convention,
        Optional<Recipe> recipe) {
    public StoredTensor {
        shape = List.copyOf(shape);
        if (offset < 0 || recipe.isEmpty() && bytes != type.bytesOf(product(convention.fileShape(shape)))) {
            throw new IllegalArgumentException(
                    "tensor " + name + ": " + bytes + " bytes at " + offset + " for " + type + " " + shape);
        }
    }

    /** A tensor kept as Hugging Face keeps it. */
    public StoredTensor(String name, StoredType type, List<Long> shape, Path file, long offset, long bytes) {
        this(name, type, shape, file, offset, bytes, Convention.HUGGING_FACE);
    }

    /** A tensor that a file keeps in its own way. */
    StoredTensor(
            String name, StoredType type, List<Long> shape, Path file, long offset, long bytes, Convention convention) {
        this(name, type, shape, file, offset, bytes, convention, Optional.empty());
    }

    /** A tensor that is made of stored ones. */
    static StoredTensor made(String name, List<Long> shape, Recipe recipe) {
        StoredTensor main = recipe.parts().get(0);
        long bytes = recipe.parts().stream().mapToLong(StoredTensor::bytes).sum();
        return new StoredTensor(
                name, main.type, shape, main.file, main.offset, bytes, Convention.HUGGING_FACE, Optional.of(recipe));
    }

    /**
     * A stretch of it as a tensor of its own; empty where it is kept in a form that has no stretches.
     *
     * @param first its first element
     */
    Optional<StoredTensor> part(String partName, List<Long> partShape, long first) {
        if (recipe.isPresent()) {
            return recipe.get().part(partShape, first).map(made -> made(partName, partShape, made));
        }
        long elements = product(partShape);
        if (convention != Convention.HUGGING_FACE || !type.isWhole(first) || !type.isWhole(elements)) {
            return Optional.empty();
        }
        return Optional.of(new StoredTensor(
                partName, type, partShape, file, offset + type.bytesOf(first), type.bytesOf(elements)));
    }

    /** Whether it can be computed with. */
    public boolean isWeight() {
        return recipe.isPresent() || type.isWeight();
    }

    /** Whether its values are made whole from a few bits, or from several tensors that say so. */
    boolean isDequantised() {
        return recipe.map(Recipe::isDequantised).orElseGet(type::isExpanded);
    }

    /** The dtype it is seen in. */
    DType dtype() {
        return recipe.map(Recipe::dtype).orElseGet(() -> MappedTensors.dtype(type));
    }

    /** The files that it lies in. */
    Stream<Path> files() {
        return recipe.map(made -> made.parts().stream().flatMap(StoredTensor::files))
                .orElseGet(() -> Stream.of(file));
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
