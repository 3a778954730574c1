package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Checkpoints of float32 zeros, from names and shapes. */
public final class TinyCheckpoint {
    private TinyCheckpoint() {}

    /** Writes config.json and model.safetensors into a directory. */
    public static Path write(Path directory, ObjectNode config, Map<String, long[]> tensors) {
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors.forEach((name, shape) -> writer.tensor(name, StoredType.F32, shape));
        writer.write(directory.resolve("model.safetensors"));
        try {
            Files.writeString(directory.resolve("config.json"), config.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directory;
    }
}
