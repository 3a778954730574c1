package org.consensusprobe.gguf;

import java.nio.file.Path;
import java.util.List;

/**
 * Where one tensor lies in a GGUF file.
 *
 * @param file the file, which may be one of several parts
 * @param name the name in the file
 * @param type the element type
 * @param shape the dimensions, slowest first as everywhere but in the file, where they stand the other way round
 * @param offset the first byte, counted from the start of the file
 * @param bytes the length in bytes
 */
public record GgufTensor(Path file, String name, GgmlType type, List<Long> shape, long offset, long bytes) {
    public GgufTensor {
        shape = List.copyOf(shape);
    }
}
