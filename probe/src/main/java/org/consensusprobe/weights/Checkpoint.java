package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.consensusprobe.common.Problem;
import org.consensusprobe.gguf.GgufFile;

/**
 * A checkpoint, opened: what it says of its model, and where its tensors lie.
 *
 * <p>Whatever the format of its files, names, shapes and fields are those of Hugging Face.
 */
public interface Checkpoint {
    /** The directory, or the file that is all of it, as it was given. */
    Path path();

    /** Fields as a {@code config.json} has them: an object. */
    JsonNode config();

    /** Where those fields were read, for messages. */
    Path configFile();

    /** All tensors by name. */
    Map<String, StoredTensor> tensors();

    /** Why tensors of those names are not there, if the checkpoint knows better than that: a shard was not downloaded. */
    default Optional<Problem> whyMissing(Set<String> names) {
        return Optional.empty();
    }

    /** What is wrong if not all is there that the checkpoint's index lists; a run may not need it. */
    default Optional<Problem> whatIsLost() {
        return Optional.empty();
    }

    /** The forms in which it keeps weights that are made whole before they are computed with, in the order of their names. */
    default List<String> dequantised() {
        return tensors().values().stream()
                .filter(StoredTensor::isDequantised)
                .map(tensor -> tensor.recipe().map(Recipe::form).orElseGet(() -> tensor.type()
                        .name()))
                .distinct()
                .sorted()
                .toList();
    }

    /** The files that hold tensors, in the order of their names. */
    default List<Path> weightFiles() {
        return tensors().values().stream()
                .flatMap(StoredTensor::files)
                .distinct()
                .sorted()
                .toList();
    }

    /**
     * Opens a directory of safetensors or a GGUF file; headers only are read and checked.
     *
     * @throws Problem if files are missing, of another format or damaged
     */
    static Checkpoint open(Path path) {
        return isGguf(path) ? GgufCheckpoint.open(path) : CheckpointDirectory.open(path);
    }

    /** Whether a path is a directory that says what a model is, and holds no weights of it. */
    static boolean isConfigOnly(Path path) {
        return Files.isRegularFile(path.resolve(CheckpointDirectory.CONFIG)) && MissingWeights.leaveNoTrace(path);
    }

    /**
     * What a checkpoint says of its model, for models whose weights are drawn: of whole matrices, in whatever form the files
     * keep them, as {@link #config()} does.
     *
     * @throws Problem if the directory or its config is missing, or the config is no JSON object
     */
    static JsonNode readConfig(Path path) {
        return isGguf(path)
                ? GgufCheckpoint.open(path).config()
                : Quantisation.whole(CheckpointDirectory.readConfig(path));
    }

    /** Where {@link #readConfig} reads, for messages. */
    static Path configFile(Path path) {
        return isGguf(path) ? path : path.resolve(CheckpointDirectory.CONFIG);
    }

    private static boolean isGguf(Path path) {
        return GgufFile.isOne(path);
    }
}
