package org.consensusprobe.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.model.KnownModels;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.weights.TensorSpec;

/**
 * A checkpoint of full size and many shards whose values are holes in its files: all zero, and no room on the disk where
 * the file system knows sparse files.
 */
final class SparseCheckpoint implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path directory;

    private SparseCheckpoint(Path directory) {
        this.directory = directory;
    }

    /** Writes the checkpoint of a known model in a temporary folder: one shard a layer, one for the rest. */
    static SparseCheckpoint write(String alias) throws IOException {
        Transformer model = Tensors.model(alias);
        SparseCheckpoint checkpoint = new SparseCheckpoint(Files.createTempDirectory("consensus-bench-"));
        ObjectNode index = JSON.createObjectNode();
        ObjectNode weightMap = index.putObject("weight_map");
        List<TensorSpec> rest = new ArrayList<>(model.embeddings());
        rest.addAll(model.finalNorm());
        checkpoint.shard("rest.safetensors", rest, weightMap);
        for (int layer = 0; layer < model.layers(); layer++) {
            checkpoint.shard("layer-" + layer + ".safetensors", model.layer(layer, true), weightMap);
        }
        JSON.writeValue(
                checkpoint.directory.resolve("model.safetensors.index.json").toFile(), index);
        JSON.writeValue(
                checkpoint.directory.resolve("config.json").toFile(),
                KnownModels.installed().require(alias).config());
        return checkpoint;
    }

    Path directory() {
        return directory;
    }

    private void shard(String name, List<TensorSpec> specs, ObjectNode weightMap) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        long end = 0;
        for (TensorSpec spec : specs) {
            ObjectNode tensor = header.putObject(spec.name());
            tensor.put("dtype", "F32");
            tensor.set("shape", JSON.valueToTree(spec.shape()));
            tensor.putArray("data_offsets").add(end).add(end + 4 * spec.elements());
            end += 4 * spec.elements();
            weightMap.put(spec.name(), name);
        }
        String text = JSON.writeValueAsString(header);
        text += " ".repeat(Math.floorMod(-text.length(), 8));
        byte[] json = text.getBytes(StandardCharsets.US_ASCII);
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve(name).toFile(), "rw")) {
            file.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            file.write(json);
            file.setLength(8 + json.length + end);
        }
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
