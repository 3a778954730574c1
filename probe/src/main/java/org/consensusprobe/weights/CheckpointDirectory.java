package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * A checkpoint as Hugging Face tools keep it: {@code config.json} beside {@code model.safetensors}, or beside shards
 * with {@code model.safetensors.index.json}; or, as PyTorch keeps it, {@code pytorch_model.bin} in place of these.
 *
 * <p>Opening reads and checks headers only. Where several forms exist the first is taken that transformers would take.
 */
public final class CheckpointDirectory implements Checkpoint {
    static final String CONFIG = "config.json";
    private static final String TOKENIZER = "tokenizer.json";

    /** Real ones have a few kilobytes; those with a thousand class labels, some tens. */
    private static final long MAX_CONFIG_BYTES = 4_000_000;

    private final Path directory;
    private final JsonNode config;
    private final Map<String, StoredTensor> tensors;

    private CheckpointDirectory(Path directory, JsonNode config, Map<String, StoredTensor> tensors) {
        this.directory = directory;
        this.config = config;
        this.tensors = tensors;
    }

    /**
     * Opens a checkpoint.
     *
     * @throws Problem if the directory, its config or its weights are missing, of another format or damaged
     */
    public static CheckpointDirectory open(Path directory) {
        JsonNode config = readConfig(directory);
        Map<String, StoredTensor> tensors =
                Quantisation.undone(config, directory.resolve(CONFIG), openWeights(directory));
        return new CheckpointDirectory(directory, Quantisation.whole(config), tensors);
    }

    /**
     * The config alone, for models whose weights are drawn.
     *
     * @throws Problem if the directory or its config is missing, or the config is no JSON object
     */
    public static JsonNode readConfig(Path directory) {
        requireDirectory(directory);
        Path file = directory.resolve(CONFIG);
        if (!CheckpointFiles.isThere(file)) {
            throw Problem.input(
                    "%s: no config.json in this directory; expected config.json beside model.safetensors.", directory);
        }
        byte[] json = CheckpointFiles.readText(file, MAX_CONFIG_BYTES, "config");
        return StrictJson.requireObject(
                StrictJson.parsePython(json, file.toString(), "config"), file.toString(), "config");
    }

    @Override
    public Path path() {
        return directory;
    }

    @Override
    public JsonNode config() {
        return config;
    }

    @Override
    public Path configFile() {
        return directory.resolve(CONFIG);
    }

    @Override
    public Map<String, StoredTensor> tensors() {
        return tensors;
    }

    @Override
    public Optional<Problem> whyMissing(Set<String> names) {
        return index().flatMap(index -> index.whyMissing(directory, names));
    }

    @Override
    public Optional<Problem> whatIsLost() {
        return index().flatMap(index -> {
            Set<String> lost = new HashSet<>(index.shardOf().keySet());
            lost.removeAll(tensors.keySet());
            return index.whyMissing(directory, lost);
        });
    }

    private Optional<ShardIndex> index() {
        return weights(directory)
                .filter(name -> name.endsWith(".json"))
                .map(directory::resolve)
                .map(ShardIndex::read);
    }

    /** The path of {@code tokenizer.json}, if there is one. */
    public Optional<Path> tokenizer() {
        return Optional.of(directory.resolve(TOKENIZER)).filter(Files::isRegularFile);
    }

    private static void requireDirectory(Path directory) {
        if (!Files.exists(directory)) {
            throw Problem.input(
                    "%s: no such directory; expected one with config.json and model.safetensors.", directory);
        }
        if (!Files.isDirectory(directory)) {
            throw Problem.input(
                    "%s: expected a directory with config.json and model.safetensors, found a file.", directory);
        }
    }

    private static Map<String, StoredTensor> openWeights(Path directory) {
        Path file = directory.resolve(weights(directory).orElseThrow(() -> MissingWeights.explain(directory)));
        if (file.toString().endsWith(".json")) {
            return ShardIndex.read(file).openShards(directory);
        }
        Map<String, StoredTensor> tensors = WeightFormat.of(file).read(file);
        if (tensors.isEmpty()) {
            throw Problem.input("%s: the file holds no tensors. Download it again.", file);
        }
        return tensors;
    }

    /** The file or index that is there and comes first. */
    private static Optional<String> weights(Path directory) {
        return WeightFormat.inOrder().stream()
                .flatMap(format -> Stream.of(format.singleFile(), format.index()))
                .filter(name -> CheckpointFiles.isThere(directory.resolve(name)))
                .findFirst();
    }
}
