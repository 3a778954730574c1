package org.consensusprobe.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes files as {@code torch.save} does: a state dict's pickle, opcode by opcode, in a zip archive with its storages. */
public final class TorchWriter {
    private static final Map<StoredType, String> STORAGES = Map.of(
            StoredType.F64, "DoubleStorage",
            StoredType.F32, "FloatStorage",
            StoredType.F16, "HalfStorage",
            StoredType.BF16, "BFloat16Storage",
            StoredType.I64, "LongStorage",
            StoredType.I32, "IntStorage",
            StoredType.U8, "ByteStorage",
            StoredType.BOOL, "BoolStorage");

    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final Map<String, byte[]> entries = new LinkedHashMap<>();
    private int storages;
    private String byteOrder = "little";
    private boolean deflated;

    /** An empty dict, which {@link #tensor} fills. */
    public TorchWriter() {
        op(0x80).op(2).global("collections", "OrderedDict").op(')').op('R').op('(');
    }

    /** A file with that pickle and no storage. */
    public static byte[] of(byte[] pickle) {
        TorchWriter writer = new TorchWriter();
        writer.pickle.reset();
        writer.pickle.writeBytes(pickle);
        return writer.archive();
    }

    /** Storage for tensors of that type: its key. */
    public String storage(byte[] bytes) {
        String key = String.valueOf(storages++);
        entries.put("data/" + key, bytes);
        return key;
    }

    /** A tensor that is a view of a storage; offset and strides count elements. */
    public TorchWriter tensor(
            String name, StoredType type, String storage, long offset, List<Long> shape, List<Long> strides) {
        long elements = entries.get("data/" + storage).length / type.bytes();
        text(name).global("torch._utils", "_rebuild_tensor_v2").op('(');
        op('(').text("storage")
                .global("torch", STORAGES.get(type))
                .text(storage)
                .text("cpu")
                .integer(elements)
                .op('t');
        op('Q').integer(offset).sizes(shape).sizes(strides).op(0x89);
        return global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
    }

    /** A tensor with a storage of its own. */
    public TorchWriter tensor(String name, StoredType type, List<Long> shape, byte[] bytes) {
        return tensor(name, type, storage(bytes), 0, shape, rowMajor(shape));
    }

    /** What the file says of the machine that wrote it. */
    public TorchWriter byteOrder(String order) {
        byteOrder = order;
        return this;
    }

    /** Entries are compressed, as zip tools leave them. */
    public TorchWriter deflated() {
        deflated = true;
        return this;
    }

    /** The file. */
    public byte[] bytes() {
        op('u').op('.');
        return archive();
    }

    static List<Long> rowMajor(List<Long> shape) {
        Long[] strides = new Long[shape.size()];
        long stride = 1;
        for (int i = shape.size() - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= Math.max(1, shape.get(i));
        }
        return List.of(strides);
    }

    private byte[] archive() {
        Map<String, byte[]> all = new LinkedHashMap<>();
        all.put("data.pkl", pickle.toByteArray());
        all.put("byteorder", byteOrder.getBytes(StandardCharsets.UTF_8));
        all.putAll(entries);
        all.put("version", "3\n".getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.setMethod(deflated ? ZipOutputStream.DEFLATED : ZipOutputStream.STORED);
            for (Map.Entry<String, byte[]> entry : all.entrySet()) {
                ZipEntry head = new ZipEntry("archive/" + entry.getKey());
                if (!deflated) {
                    head.setSize(entry.getValue().length);
                    CRC32 sum = new CRC32();
                    sum.update(entry.getValue());
                    head.setCrc(sum.getValue());
                    // the data begins at a multiple of 8, so that it is mapped as it lies
                    int start = file.size() + 30 + head.getName().length() + 4;
                    head.setExtra(padding(Math.floorMod(-start, 8)));
                }
                zip.putNextEntry(head);
                zip.write(entry.getValue());
                zip.closeEntry();
                zip.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }

    private static byte[] padding(int length) {
        return ByteBuffer.allocate(4 + length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 'F')
                .put((byte) 'B')
                .putShort((short) length)
                .array();
    }

    /** Writes the file. */
    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private TorchWriter sizes(List<Long> sizes) {
        op('(');
        sizes.forEach(this::integer);
        return op('t');
    }

    private TorchWriter global(String module, String name) {
        pickle.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    private TorchWriter text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        op('X');
        pickle.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .array());
        pickle.writeBytes(bytes);
        return this;
    }

    private TorchWriter integer(long value) {
        op('J');
        pickle.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(Math.toIntExact(value))
                .array());
        return this;
    }

    private TorchWriter op(int opcode) {
        pickle.write(opcode);
        return this;
    }
}
