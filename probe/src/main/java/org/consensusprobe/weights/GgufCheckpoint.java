package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufTensor;

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
        GgufNames names = GgufNames.of(architecture, config);
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (GgufTensor tensor : file.tensors().values()) {
            if (!names.isMetadata(tensor.name())) {
                StoredTensor stored = stored(path, tensor, names);
                if (tensors.put(stored.name(), stored) != null) {
                    throw Problem.input("%s: tensor %s is there under two names.", path, Shown.text(stored.name()));
                }
            }
        }
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

    private static StoredTensor stored(Path path, GgufTensor tensor, GgufNames names) {
        GgufNames.HuggingFace there = names.huggingFace(tensor.name());
        Convention convention = there.convention();
        List<Long> shape = convention.fileShape(tensor.shape());
        if (!convention.fits(shape)) {
            throw Problem.input(
                    "%s: tensor %s has the shape %s, which does not go with the model's heads.",
                    path, Shown.text(tensor.name()), tensor.shape());
        }
        StoredType type = StoredType.valueOf(tensor.type().name());
        return new StoredTensor(there.name(), type, shape, tensor.file(), tensor.offset(), tensor.bytes(), convention);
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
