package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.consensusprobe.common.StrictJson;

/** Makes other files of a checkpoint: renamed, sharded, misaligned or damaged. Immutable: every change is a copy. */
public final class CheckpointEditor {
    private record Content(StoredType type, List<Long> shape, byte[] bytes) {}

    private final byte[] config;
    private final Map<String, Content> tensors;
    private final int padding;

    private CheckpointEditor(byte[] config, Map<String, Content> tensors, int padding) {
        this.config = config;
        this.tensors = tensors;
        this.padding = padding;
    }

    /** Reads a small checkpoint. */
    public static CheckpointEditor read(Path directory) {
        Map<String, Content> tensors = new LinkedHashMap<>();
        try {
            for (StoredTensor t : CheckpointDirectory.open(directory).tensors().values()) {
                byte[] file = Files.readAllBytes(t.file());
                byte[] bytes = Arrays.copyOfRange(file, (int) t.offset(), (int) (t.offset() + t.bytes()));
                tensors.put(t.name(), new Content(t.type(), t.shape(), bytes));
            }
            return new CheckpointEditor(Files.readAllBytes(directory.resolve("config.json")), tensors, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Other names. */
    public CheckpointEditor renamed(UnaryOperator<String> rename) {
        Map<String, Content> renamed = new LinkedHashMap<>();
        tensors.forEach((name, content) -> renamed.put(rename.apply(name), content));
        return new CheckpointEditor(config, renamed, padding);
    }

    /** One more tensor, of float32 zeros. */
    public CheckpointEditor withZeros(String name, long... shape) {
        long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        List<Long> sizes = Arrays.stream(shape).boxed().toList();
        return with(name, new Content(StoredType.F32, sizes, new byte[4 * (int) elements]));
    }

    /** Without one tensor. */
    public CheckpointEditor without(String name) {
        Map<String, Content> fewer = new LinkedHashMap<>(tensors);
        if (fewer.remove(name) == null) {
            throw new IllegalArgumentException("no " + name + " in " + tensors.keySet());
        }
        return new CheckpointEditor(config, fewer, padding);
    }

    /** The same bytes of a tensor under another type of the same size. */
    public CheckpointEditor retyped(String name, String type) {
        Content old = tensors.get(name);
        return with(name, new Content(StoredType.valueOf(type), old.shape, old.bytes));
    }

    /** The same bytes of a tensor in another shape. */
    public CheckpointEditor reshaped(String name, long... shape) {
        Content old = tensors.get(name);
        return with(name, new Content(old.type, Arrays.stream(shape).boxed().toList(), old.bytes));
    }

    /** One float32 entry replaced. */
    public CheckpointEditor withValue(String name, int index, float value) {
        Content old = tensors.get(name);
        byte[] bytes = old.bytes.clone();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(4 * index, value);
        return with(name, new Content(old.type, old.shape, bytes));
    }

    /** All float32 entries of a tensor replaced. */
    public CheckpointEditor filled(String name, float value) {
        Content old = tensors.get(name);
        ByteBuffer bytes = ByteBuffer.allocate(old.bytes.length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat(value);
        }
        return with(name, new Content(old.type, old.shape, bytes.array()));
    }

    /** All bfloat16 tensors as float32, which is exact. */
    public CheckpointEditor widenedFromBfloat16() {
        Map<String, Content> wide = new LinkedHashMap<>(tensors);
        wide.replaceAll((name, old) -> {
            if (old.type != StoredType.BF16) {
                return old;
            }
            ByteBuffer bytes = ByteBuffer.allocate(2 * old.bytes.length).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < old.bytes.length; i += 2) {
                bytes.putShort((short) 0).put(old.bytes[i]).put(old.bytes[i + 1]);
            }
            return new Content(StoredType.F32, old.shape, bytes.array());
        });
        return new CheckpointEditor(config, wide, padding);
    }

    /** The data starts that many bytes after a multiple of eight. */
    public CheckpointEditor misaligned(int bytes) {
        return new CheckpointEditor(config, tensors, bytes);
    }

    /** The number of bytes of a tensor. */
    public int size(String name) {
        return tensors.get(name).bytes.length;
    }

    /** Writes config.json and model.safetensors into a new directory. */
    public Path write(Path directory) {
        writeConfig(directory);
        put(directory.resolve("model.safetensors"), safetensors(new ArrayList<>(tensors.keySet())));
        return directory;
    }

    /** Writes config.json, shards and their index into a new directory. */
    public Path writeShards(Path directory, int shards) {
        return writeShards(directory, shards, "model-%05d-of-%05d.safetensors", "model.safetensors", this::safetensors);
    }

    private Path writeShards(
            Path directory, int shards, String pattern, String whole, Function<List<String>, byte[]> writer) {
        writeConfig(directory);
        List<String> names = new ArrayList<>(tensors.keySet());
        ObjectNode index = StrictJson.mapper().createObjectNode();
        ObjectNode map = index.putObject("weight_map");
        for (int s = 0; s < shards; s++) {
            String file = String.format(pattern, s + 1, shards);
            List<String> part = names.subList(names.size() * s / shards, names.size() * (s + 1) / shards);
            part.forEach(name -> map.put(name, file));
            put(directory.resolve(file), writer.apply(part));
        }
        put(directory.resolve(whole + ".index.json"), index.toString().getBytes(StandardCharsets.UTF_8));
        return directory;
    }

    /** Writes config.json and pytorch_model.bin into a new directory. */
    public Path writeTorch(Path directory) {
        writeConfig(directory);
        put(directory.resolve("pytorch_model.bin"), torch(List.copyOf(tensors.keySet()), false));
        return directory;
    }

    /** As {@link #writeTorch}; matrices lie transposed, and all tensors of a type in one storage, odd places apart. */
    public Path writeTorchStrided(Path directory) {
        writeConfig(directory);
        put(directory.resolve("pytorch_model.bin"), torch(List.copyOf(tensors.keySet()), true));
        return directory;
    }

    /** Writes config.json, shards of PyTorch's form and their index into a new directory. */
    public Path writeTorchShards(Path directory, int shards) {
        return writeShards(
                directory, shards, "pytorch_model-%05d-of-%05d.bin", "pytorch_model.bin", part -> torch(part, false));
    }

    private byte[] torch(List<String> names, boolean strided) {
        TorchWriter writer = new TorchWriter();
        if (!strided) {
            names.forEach(name -> {
                Content content = tensors.get(name);
                writer.tensor(name, content.type, content.shape, content.bytes);
            });
            return writer.bytes();
        }
        Map<StoredType, ByteArrayOutputStream> storages = new LinkedHashMap<>();
        Map<String, Long> offsets = new LinkedHashMap<>();
        for (String name : names) {
            Content content = tensors.get(name);
            ByteArrayOutputStream storage = storages.computeIfAbsent(content.type, type -> new ByteArrayOutputStream());
            storage.writeBytes(new byte[content.type.bytes()]);
            offsets.put(name, (long) storage.size() / content.type.bytes());
            storage.writeBytes(content.shape.size() == 2 ? transposed(content) : content.bytes);
        }
        Map<StoredType, String> keys = new LinkedHashMap<>();
        storages.forEach((type, bytes) -> keys.put(type, writer.storage(bytes.toByteArray())));
        for (String name : names) {
            Content content = tensors.get(name);
            List<Long> strides =
                    content.shape.size() == 2 ? List.of(1L, content.shape.get(0)) : TorchWriter.rowMajor(content.shape);
            writer.tensor(name, content.type, keys.get(content.type), offsets.get(name), content.shape, strides);
        }
        return writer.bytes();
    }

    private static byte[] transposed(Content content) {
        int rows = content.shape.get(0).intValue();
        int columns = content.shape.get(1).intValue();
        int size = content.type.bytes();
        byte[] bytes = new byte[content.bytes.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                System.arraycopy(content.bytes, (i * columns + j) * size, bytes, (j * rows + i) * size, size);
            }
        }
        return bytes;
    }

    private CheckpointEditor with(String name, Content content) {
        Map<String, Content> more = new LinkedHashMap<>(tensors);
        more.put(name, content);
        return new CheckpointEditor(config, more, padding);
    }

    private void writeConfig(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        put(directory.resolve("config.json"), config);
    }

    private byte[] safetensors(List<String> names) {
        ObjectNode header = StrictJson.mapper().createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (String name : names) {
            Content content = tensors.get(name);
            ObjectNode entry = header.putObject(name).put("dtype", content.type.name());
            content.shape.forEach(entry.withArray("/shape")::add);
            entry.withArray("/shape");
            int begin = data.size();
            data.writeBytes(content.bytes);
            entry.putArray("data_offsets").add(begin).add(data.size());
        }
        String json = header.toString();
        json += " ".repeat(Math.floorMod(padding - json.length(), 8));
        ByteBuffer head = ByteBuffer.allocate(8 + json.length()).order(ByteOrder.LITTLE_ENDIAN);
        head.putLong(json.length()).put(json.getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        file.writeBytes(head.array());
        file.writeBytes(data.toByteArray());
        return file.toByteArray();
    }

    private static void put(Path file, byte[] bytes) {
        try {
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
