package org.consensusprobe.hub;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * A checkpoint with a short name: one JSON file of {@code models/}.
 *
 * @param alias the short name, such as {@code gpt2-xl}
 * @param id where it is on the hub, at the file's revision; empty for a bundled checkpoint
 * @param directory where it lies beside the file; empty for a checkpoint of the hub
 * @param parameters how many it has, if the file says so
 */
public record KnownModel(String alias, Optional<ModelId> id, Optional<Path> directory, OptionalLong parameters) {
    private static final long LARGEST_FILE = 1 << 20;

    /**
     * Reads every {@code *.json} of a folder, sorted by file name.
     *
     * @throws Problem if one of them is no description of a checkpoint
     */
    public static List<KnownModel> readAll(Path folder) {
        List<KnownModel> models = new ArrayList<>();
        for (Path file : HubCache.children(folder)) {
            if (file.getFileName().toString().endsWith(".json") && Files.isRegularFile(file)) {
                models.add(read(file));
            }
        }
        return List.copyOf(models);
    }

    private static KnownModel read(Path file) {
        JsonNode json = StrictJson.readObject(file, LARGEST_FILE, "model description");
        Optional<String> hubId = text(json, "hub_id");
        Optional<Path> directory = text(json, "directory").map(name -> beside(file, name));
        if (hubId.isEmpty() == directory.isEmpty()) {
            throw Problem.input("%s: expected either 'hub_id' or 'directory'.", file);
        }
        String alias = text(json, "alias").orElseThrow(() -> Problem.input("%s: the field 'alias' is missing.", file));
        JsonNode parameters = json.path("parameters");
        return new KnownModel(
                alias,
                hubId.map(id -> new ModelId(id, text(json, "revision").orElse(ModelId.DEFAULT_REVISION))),
                directory,
                parameters.canConvertToLong() ? OptionalLong.of(parameters.asLong()) : OptionalLong.empty());
    }

    private static Path beside(Path file, String name) {
        if (!RemoteFile.isSafePath(name)) {
            throw Problem.input("%s: 'directory' is '%s'; expected a folder beside the file.", file, name);
        }
        return file.toAbsolutePath().getParent().resolve(name);
    }

    private static Optional<String> text(JsonNode json, String field) {
        return Optional.of(json.path(field)).filter(JsonNode::isTextual).map(JsonNode::asText);
    }
}
