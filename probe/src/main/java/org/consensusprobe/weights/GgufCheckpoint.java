package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;

/**
 * A GGUF file as a checkpoint: llama.cpp's names and metadata turned into Hugging Face's.
 *
 * <p>Tensors whose names are not known keep them, so that an architecture that does not expect them says so.
 */
public final class GgufCheckpoint implements Checkpoint {
    private final Path file;
    private final JsonNode config;
    private final Map<String, StoredTensor> tensors;

    private GgufCheckpoint(Path file, JsonNode config, Map<String, StoredTensor> tensors) {
        this.file = file;
        this.config = config;
        this.tensors = Collections.unmodifiableMap(tensors);
    }

    /**
     * Opens a file.
     *
     * @throws Problem if it is damaged, lacks parts, is of an architecture whose names are not known here
     */
    public static GgufCheckpoint open(Path path) {
        GgufFile file = GgufFile.read(path);
        requireWhole(file);
        GgufArchitecture architecture = GgufArchitecture.of(file);
        JsonNode config = GgufConfig.of(file, architecture);
        Map<String, StoredTensor> tensors = GgufTensors.of(file, architecture.names(config), config);
        return new GgufCheckpoint(path, config, tensors);
    }

    @Override
    public Path path() {
        return file;
    }

    @Override
    public JsonNode config() {
        return config;
    }

    @Override
    public Path configFile() {
        return file;
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        return tensors;
    }

    private static void requireWhole(GgufFile file) {
        String type = file.metadata().text("general.type").orElse("model");
        if (!type.equals("model") || file.tensors().isEmpty()) {
            throw Problem.input(
                    "%s: no whole model: a GGUF file of type %s with %d tensors.",
                    file.file(), Shown.text(type), file.tensors().size());
        }
    }
}
