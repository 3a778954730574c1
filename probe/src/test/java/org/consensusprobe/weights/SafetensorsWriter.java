package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.common.StrictJson;

/** Makes safetensors files for tests: well-formed ones tensor by tensor, and any other from a header's text. */
final class SafetensorsWriter {
    private final ObjectNode header = StrictJson.mapper().createObjectNode();
    private long end;

    SafetensorsWriter tensor(String name, StoredType type, long... shape) {
        ObjectNode entry = header.putObject(name).put("dtype", type.name());
        long bytes = type.bytes();
        var dimensions = entry.putArray("shape");
        for (long dimension : shape) {
            dimensions.add(dimension);
            bytes *= dimension;
        }
        entry.putArray("data_offsets").add(end).add(end + bytes);
        end += bytes;
        return this;
    }

    SafetensorsWriter metadata(String key, String value) {
        header.withObject("/__metadata__").put(key, value);
        return this;
    }

    byte[] bytes() {
        return bytes(header.toString(), (int) end);
    }

    Path write(Path file) {
        return write(file, bytes());
    }

    static byte[] bytes(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
