package org.consensusprobe.gguf;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.ForeignContent;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/**
 * A GGUF file, versions 2 and 3, little-endian: its metadata and its table of tensors, checked against the file's size;
 * the tensors' bytes stay where they are.
 *
 * <p>Layout: {@code GGUF}, version, number of tensors, number of metadata values, the values, the table of tensors, and from
 * the next multiple of {@code general.alignment} the tensors' data.
 */
public final class GgufFile {
    private static final String WHAT = "GGUF file";
    private static final int MAX_VALUES = 100_000;
    private static final int MAX_KEY_BYTES = 65_535;
    private static final int MAX_LIST_DEPTH = 8;
    /** A key of one byte, a type and a value of one byte. */
    private static final int LEAST_VALUE_BYTES = 8 + 1 + 4 + 1;

    private final Path file;
    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors;

    GgufFile(Path file, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
        this.file = file;
        this.metadata = metadata;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /** Whether a path is that of a GGUF file: by its name, or, of a file under any other name, by its first bytes. */
    public static boolean isOne(Path path) {
        if (path.getFileName() == null || Files.isDirectory(path)) {
            return false;
        }
        return path.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".gguf") || beginsSo(path);
    }

    private static boolean beginsSo(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return Arrays.equals(in.readNBytes(4), "GGUF".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return false; // whoever opens it will say why
        }
    }

    /**
     * Reads and checks everything before the data; of the first of several parts, all of them.
     *
     * @throws Problem if the file is missing, unreadable, truncated, something else than GGUF, or if anything it says of
     *     itself is wrong or not implemented
     */
    public static GgufFile read(Path file) {
        GgufFile first = readPart(file);
        long parts = first.metadata.integer("split.count").orElse(1);
        return parts > 1 ? GgufParts.join(first, parts) : first;
    }

    /** Reads a file, whether it is all of a model or not. */
    static GgufFile readPart(Path file) {
        CheckpointFiles.requireRegular(file, WHAT);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            GgufInput in = new GgufInput(file, channel, 0);
            requireFormat(file, channel);
            in.skip(8, "its header");
            long tensors = count(file, in, "tensors", GgufTensorTable.MAX_TENSORS, GgufTensorTable.LEAST_ENTRY_BYTES);
            long values = count(file, in, "metadata values", MAX_VALUES, LEAST_VALUE_BYTES);
            GgufMetadata metadata = metadata(file, in, values);
            return new GgufFile(file, metadata, GgufTensorTable.read(file, in, tensors, metadata));
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", file, WHAT, CheckpointFiles.reason(e));
        }
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /** What the file says of its model. */
    public GgufMetadata metadata() {
        return metadata;
    }

    /** The tensors by name, in the order of their bytes. */
    public Map<String, GgufTensor> tensors() {
        return tensors;
    }

    /**
     * The values of a small tensor.
     *
     * @param most refused if it has more elements
     * @throws Problem if it is no F32 tensor
     */
    public List<Float> floats(GgufTensor tensor, int most) {
        if (tensor.type() != GgmlType.F32 || tensor.bytes() > 4L * most) {
            throw Problem.input(
                    "%s: tensor %s must have at most %d elements of type F32, found %s of type %s.",
                    file, Shown.text(tensor.name()), most, tensor.shape(), tensor.type());
        }
        try (FileChannel channel = FileChannel.open(tensor.file(), StandardOpenOption.READ)) {
            GgufInput in = new GgufInput(tensor.file(), channel, tensor.offset());
            List<Float> values = new ArrayList<>();
            for (long i = 0; i < tensor.bytes() / 4; i++) {
                values.add(Float.intBitsToFloat(in.int32("tensor " + Shown.text(tensor.name()))));
            }
            return values;
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", file, WHAT, CheckpointFiles.reason(e));
        }
    }

    private static void requireFormat(Path file, FileChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate((int) Math.min(channel.size(), ForeignContent.HEAD_BYTES));
        while (head.hasRemaining() && channel.read(head, head.position()) >= 0) {
            // short reads are rare, and allowed
        }
        byte[] bytes = head.array();
        boolean magic = bytes.length >= 4 && head.order(ByteOrder.BIG_ENDIAN).getInt(0) == 0x47475546; // "GGUF"
        if (!magic) {
            String found =
                    ForeignContent.recognise(bytes).orElse("a file that does not begin with GGUF. Download it again.");
            throw Problem.input("%s: expected a %s, found %s", file, WHAT, found);
        }
        if (bytes.length < 24) {
            throw Problem.input(
                    "%s: the %s ends within its header, after %d bytes. Download it again.", file, WHAT, bytes.length);
        }
        int version = head.order(ByteOrder.LITTLE_ENDIAN).getInt(4);
        if (version == 2 || version == 3) {
            return;
        }
        int reversed = Integer.reverseBytes(version);
        if (reversed >= 1 && reversed <= 3) {
            throw Problem.input(
                    "%s: a big-endian %s (version %d); only little-endian ones are read. Convert it with gguf_convert_endian.py of llama.cpp.",
                    file, WHAT, reversed);
        }
        throw Problem.input(
                "%s: a %s of version %s; versions 2 and 3 are read.%s",
                file,
                WHAT,
                Integer.toUnsignedString(version),
                version == 1 ? " Convert the model again with a newer llama.cpp." : "");
    }

    private static long count(Path file, GgufInput in, String what, int most, int leastBytes) throws IOException {
        long count = in.int64("the number of " + what);
        if (count < 0 || count > most || count > in.remaining() / leastBytes) {
            throw Problem.input(
                    "%s: the header says %s %s, which a file of this size cannot hold (or more than %d). Download it again.",
                    file, Long.toUnsignedString(count), what, most);
        }
        return count;
    }

    private static GgufMetadata metadata(Path file, GgufInput in, long count) throws IOException {
        Map<String, GgufMetadata.Entry> entries = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            String key = in.text(MAX_KEY_BYTES, "the key of metadata value " + (i + 1));
            if (key.isEmpty()) {
                throw Problem.input("%s: metadata value %d has no key. Download the file again.", file, i + 1);
            }
            String what = "metadata value " + Shown.text(key);
            GgufValueType type = type(file, in, what);
            if (entries.put(key, new GgufMetadata.Entry(type, value(file, in, type, what))) != null) {
                throw Problem.input("%s: the metadata key %s is there twice.", file, Shown.text(key));
            }
        }
        return new GgufMetadata(file, entries);
    }

    /** A value; strings and lists are passed over, so that their length is known to be true, and read when they are asked for. */
    private static Object value(Path file, GgufInput in, GgufValueType type, String what) throws IOException {
        if (type == GgufValueType.ARRAY) {
            return array(file, in, what, MAX_LIST_DEPTH);
        }
        if (type == GgufValueType.STRING) {
            GgufText text = new GgufText(in.position());
            in.skipText(what);
            return text;
        }
        return scalar(in, type, what);
    }

    private static GgufValueType type(Path file, GgufInput in, String what) throws IOException {
        long number = in.uint32("the type of " + what);
        GgufValueType[] types = GgufValueType.values();
        if (number >= types.length) {
            throw Problem.input(
                    "%s: %s has the type %d; known are 0 to %d. Download the file again.",
                    file, what, number, types.length - 1);
        }
        return types[(int) number];
    }

    private static GgufArray array(Path file, GgufInput in, String what, int depth) throws IOException {
        GgufValueType type = type(file, in, what);
        long count = in.int64("the length of " + what);
        if (count < 0 || count > in.remaining() / type.leastBytes()) {
            throw Problem.input(
                    "%s: %s says to have %s entries, which a file of this size cannot hold. Download it again.",
                    file, what, Long.toUnsignedString(count));
        }
        if (depth == 0) {
            throw Problem.input(
                    "%s: %s has lists in lists, more than %d deep. Download the file again.",
                    file, what, MAX_LIST_DEPTH);
        }
        GgufArray array = new GgufArray(type, count, in.position());
        switch (type) {
            case STRING -> {
                for (long i = 0; i < count; i++) {
                    in.skipText(what);
                }
            }
            case ARRAY -> {
                for (long i = 0; i < count; i++) {
                    array(file, in, what, depth - 1);
                }
            }
            default -> in.skip(count * type.leastBytes(), what);
        }
        return array;
    }

    static Object scalar(GgufInput in, GgufValueType type, String what) throws IOException {
        return switch (type) {
            case UINT8 -> (long) Byte.toUnsignedInt(in.int8(what));
            case INT8 -> (long) in.int8(what);
            case UINT16 -> (long) Short.toUnsignedInt(in.int16(what));
            case INT16 -> (long) in.int16(what);
            case UINT32 -> in.uint32(what);
            case INT32 -> (long) in.int32(what);
            case FLOAT32 -> Float.intBitsToFloat(in.int32(what));
            case BOOL -> in.int8(what) != 0;
            case UINT64, INT64 -> in.int64(what);
            case FLOAT64 -> Double.longBitsToDouble(in.int64(what));
            case STRING, ARRAY -> throw new IllegalArgumentException(type + " is no scalar");
        };
    }
}
