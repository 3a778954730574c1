package org.consensusprobe.gguf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** The table of tensors of a GGUF file, checked entry by entry and against the size of the data that follows it. */
final class GgufTensorTable {
    /** Far beyond what the largest mixtures of experts have. */
    static final int MAX_TENSORS = 250_000;

    /** A name of one byte, one dimension, a type and an offset. */
    static final int LEAST_ENTRY_BYTES = 8 + 1 + 4 + 8 + 4 + 8;

    private static final int MAX_NAME_BYTES = 1000;

    /** ggml's own limit. */
    private static final int MAX_DIMENSIONS = 4;

    private static final long DEFAULT_ALIGNMENT = 32;
    private static final long MAX_ALIGNMENT = 1 << 20;

    private final Path file;
    private final GgufInput in;
    private final long alignment;

    private GgufTensorTable(Path file, GgufInput in, long alignment) {
        this.file = file;
        this.in = in;
        this.alignment = alignment;
    }

    /** Reads the table, which begins where the input stands. */
    static Map<String, GgufTensor> read(Path file, GgufInput in, long count, GgufMetadata metadata) throws IOException {
        return new GgufTensorTable(file, in, alignment(file, metadata)).tensors(count);
    }

    private static long alignment(Path file, GgufMetadata metadata) {
        long alignment = metadata.integer("general.alignment").orElse(DEFAULT_ALIGNMENT);
        if (Long.bitCount(alignment) != 1 || alignment > MAX_ALIGNMENT) {
            throw Problem.input(
                    "%s: general.alignment is %d; expected a power of two up to %d.", file, alignment, MAX_ALIGNMENT);
        }
        return alignment;
    }

    private Map<String, GgufTensor> tensors(long count) throws IOException {
        List<GgufTensor> entries = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (long i = 0; i < count; i++) {
            GgufTensor entry = entry(i);
            if (!names.add(entry.name())) {
                throw wrong(entry.name(), "is there twice");
            }
            entries.add(entry);
        }
        long start = Math.multiplyExact((in.position() + alignment - 1) / alignment, alignment);
        long size = in.position() + in.remaining();
        entries.sort(Comparator.comparingLong(GgufTensor::offset));
        requirePlaces(entries, size - start);
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        for (GgufTensor e : entries) {
            tensors.put(e.name(), new GgufTensor(file, e.name(), e.type(), e.shape(), start + e.offset(), e.bytes()));
        }
        return tensors;
    }

    /** One entry, its offset counted from the start of the data. */
    private GgufTensor entry(long index) throws IOException {
        String name = in.text(MAX_NAME_BYTES, "the name of tensor " + (index + 1));
        if (name.isEmpty() || name.chars().anyMatch(Character::isISOControl)) {
            throw Problem.input("%s: a tensor is named \"%s\"; expected printable characters.", file, Shown.text(name));
        }
        String what = "the table entry of " + Shown.text(name);
        long dimensions = in.uint32(what);
        if (dimensions > MAX_DIMENSIONS) {
            throw wrong(name, "has " + dimensions + " dimensions; at most " + MAX_DIMENSIONS + " are possible");
        }
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < dimensions; i++) {
            long size = in.int64(what);
            if (size < 1) {
                throw wrong(name, "has a dimension of " + Long.toUnsignedString(size));
            }
            shape.add(size);
        }
        Collections.reverse(shape);
        GgmlType type = type(name, in.uint32(what));
        long offset = in.int64(what);
        if (offset < 0 || offset % alignment != 0) {
            throw wrong(
                    name,
                    "begins at byte " + Long.toUnsignedString(offset) + " of the data; expected a multiple of "
                            + alignment);
        }
        return new GgufTensor(file, name, type, shape, offset, bytes(name, type, shape));
    }

    private GgmlType type(String name, long number) {
        GgmlType type = GgmlType.numbered(number)
                .orElseThrow(() -> wrong(name, "is of the type numbered " + number + ", which is not known"));
        if (!type.isImplemented()) {
            throw wrong(
                    name,
                    "is of type " + type + ", which is not implemented; those are: " + GgmlType.implementedNames());
        }
        return type;
    }

    private long bytes(String name, GgmlType type, List<Long> shape) {
        long row = shape.isEmpty() ? 1 : shape.get(shape.size() - 1);
        if (row % type.blockElements() != 0) {
            throw wrong(
                    name,
                    "has rows of " + row + " elements; type " + type + " needs a multiple of " + type.blockElements());
        }
        try {
            long elements = shape.stream().reduce(1L, Math::multiplyExact);
            return Math.multiplyExact(elements / type.blockElements(), type.blockBytes());
        } catch (ArithmeticException e) {
            throw wrong(name, "of shape " + shape + " exceeds 64 bits");
        }
    }

    private void requirePlaces(List<GgufTensor> inOrder, long dataBytes) {
        GgufTensor before = null;
        for (GgufTensor e : inOrder) {
            if (before != null && e.offset() < before.offset() + before.bytes()) {
                throw wrong(e.name(), "overlaps tensor " + Shown.text(before.name()));
            }
            if (e.bytes() > dataBytes - e.offset()) {
                throw Problem.input(
                        "%s: the file ends %s bytes before tensor %s does. Download it again.",
                        file, Long.toUnsignedString(e.offset() + e.bytes() - dataBytes), Shown.text(e.name()));
            }
            before = e;
        }
    }

    private Problem wrong(String name, String what) {
        return Problem.input("%s: tensor %s %s.", file, Shown.text(name), what);
    }
}
