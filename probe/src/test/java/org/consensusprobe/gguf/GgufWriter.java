package org.consensusprobe.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes GGUF files for tests, well-formed ones and, on request, others. */
public final class GgufWriter {
    private final ByteArrayOutputStream values = new ByteArrayOutputStream();
    private final ByteArrayOutputStream table = new ByteArrayOutputStream();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private long valueCount;
    private long tensorCount;
    private int version = 3;

    public GgufWriter version(int number) {
        version = number;
        return this;
    }

    /** Says another number of tensors and metadata values than there are. */
    public GgufWriter counts(long tensors, long metadata) {
        tensorCount = tensors;
        valueCount = metadata;
        return this;
    }

    public GgufWriter text(String key, String value) {
        key(key, 8);
        string(values, value);
        return this;
    }

    public GgufWriter uint32(String key, long value) {
        key(key, 4);
        values.writeBytes(little(4).putInt((int) value).array());
        return this;
    }

    public GgufWriter float32(String key, float value) {
        key(key, 6);
        values.writeBytes(little(4).putFloat(value).array());
        return this;
    }

    public GgufWriter bool(String key, boolean value) {
        key(key, 7);
        values.write(value ? 1 : 0);
        return this;
    }

    public GgufWriter texts(String key, List<String> list) {
        array(key, 8, list.size());
        list.forEach(s -> string(values, s));
        return this;
    }

    public GgufWriter int32s(String key, List<Integer> list) {
        array(key, 5, list.size());
        list.forEach(i -> values.writeBytes(little(4).putInt(i).array()));
        return this;
    }

    public GgufWriter float32s(String key, List<Float> list) {
        array(key, 6, list.size());
        list.forEach(f -> values.writeBytes(little(4).putFloat(f).array()));
        return this;
    }

    public GgufWriter int8s(String key, byte[] bytes) {
        array(key, 1, bytes.length);
        values.writeBytes(bytes);
        return this;
    }

    /** The head of a list, whatever its length says. */
    public GgufWriter array(String key, int elementType, long count) {
        key(key, 9);
        values.writeBytes(little(12).putInt(elementType).putLong(count).array());
        return this;
    }

    /** A value of any type number, as bytes. */
    public GgufWriter raw(String key, int type, byte[] bytes) {
        key(key, type);
        values.writeBytes(bytes);
        return this;
    }

    /** A tensor of zeros behind the others. */
    public GgufWriter zeros(String name, GgmlType type, long... shape) {
        long elements = 1;
        for (long size : shape) {
            elements *= size;
        }
        entry(name, type.number(), data.size(), shape);
        data.writeBytes(new byte[(int) (elements / type.blockElements() * type.blockBytes())]);
        data.writeBytes(new byte[Math.floorMod(-data.size(), 32)]);
        return this;
    }

    /** A tensor of float32 values behind the others. */
    public GgufWriter floats(String name, float[] content, long... shape) {
        entry(name, 0, data.size(), shape);
        ByteBuffer bytes = little(4 * content.length);
        bytes.asFloatBuffer().put(content);
        data.writeBytes(bytes.array());
        data.writeBytes(new byte[Math.floorMod(-data.size(), 32)]);
        return this;
    }

    /** An entry of the table, whatever it says; the shape slowest first. */
    public GgufWriter entry(String name, long type, long offset, long... shape) {
        string(table, name);
        ByteBuffer rest = little(4 + 8 * shape.length + 4 + 8).putInt(shape.length);
        for (int i = shape.length - 1; i >= 0; i--) {
            rest.putLong(shape[i]);
        }
        table.writeBytes(rest.putInt((int) type).putLong(offset).array());
        tensorCount++;
        return this;
    }

    public byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        file.writeBytes(little(20)
                .putInt(version)
                .putLong(tensorCount)
                .putLong(valueCount)
                .array());
        file.writeBytes(values.toByteArray());
        file.writeBytes(table.toByteArray());
        file.writeBytes(new byte[Math.floorMod(-file.size(), 32)]);
        file.writeBytes(data.toByteArray());
        return file.toByteArray();
    }

    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void key(String key, int type) {
        string(values, key);
        values.writeBytes(little(4).putInt(type).array());
        valueCount++;
    }

    private static void string(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeBytes(little(8).putLong(bytes.length).array());
        out.writeBytes(bytes);
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
