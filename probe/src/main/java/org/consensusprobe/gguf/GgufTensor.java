package org.consensusprobe.gguf;

import java.util.List;

/**
 * Where one tensor lies in a GGUF file.
 *
 * @param name the name in the file
 * @param type the element type
 * @param shape the dimensions, slowest first as everywhere but in the file, where they stand the other way round
 * @param offset the first byte, counted from the start of the file
 * @param bytes the length in bytes
 */
public record GgufTensor(String name, GgmlType type, List<Long> shape, long offset, long bytes) {
    public GgufTensor {
        shape = List.copyOf(shape);
    }
}
