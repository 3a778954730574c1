package org.consensusprobe.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/**
 * A {@code model.safetensors.index.json} or {@code pytorch_model.bin.index.json}: which shard holds which tensor.
 *
 * @param file the index
 * @param shardOf the shard's file name by tensor name
 */
record ShardIndex(Path file, Map<String, String> shardOf) {
    private static final String WHAT = "shard index";
    private static final long MAX_BYTES = 100_000_000;
    private static final int MAX_TENSORS = 1_000_000;

    /** What {@code metadata} and keys of the future may hold; a bound on memory, not on meaning. */
    private static final int MAX_OTHER_TOKENS = 10_000;

    /**
     * Reads and checks the index alone; the shards are not looked at.
     *
     * @throws Problem if it is no index, or names a shard by more than a plain file name
     */
    static ShardIndex read(Path file) {
        byte[] json = CheckpointFiles.readText(file, MAX_BYTES, WHAT);
        Map<String, String> shardOf = new LinkedHashMap<>();
        StrictJson.readTokens(json, file.toString(), WHAT, parser -> index(parser, file, shardOf));
        if (shardOf.isEmpty()) {
            throw Problem.input(
                    "%s: the %s has no weight_map; expected one that names each tensor's shard.", file, WHAT);
        }
        return new ShardIndex(file, Collections.unmodifiableMap(shardOf));
    }

    /**
     * Opens the shards that are there: all their tensors by name, in shard order, whether the index lists them or not. As
     * transformers, a reader takes a tensor where it lies; one that lies in two shards, where the index says.
     */
    Map<String, StoredTensor> openShards(Path directory) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        Set<String> twice = new LinkedHashSet<>();
        for (String name : new TreeSet<>(shardOf.values())) {
            if (CheckpointFiles.isThere(directory.resolve(name))) {
                Path shard = CheckpointFiles.requireRegular(directory.resolve(name), "shard");
                WeightFormat.of(file).read(shard).forEach((tensor, stored) -> {
                    boolean isFirst = tensors.putIfAbsent(tensor, stored) == null;
                    if (!isFirst && name.equals(shardOf.get(tensor))) {
                        tensors.put(tensor, stored);
                    }
                    if (!isFirst && !shardOf.containsKey(tensor)) {
                        twice.add(tensor);
                    }
                });
            }
        }
        if (!twice.isEmpty()) {
            throw Problem.input(
                    "%s: %d tensors lie in two shards, and the index lists neither: %s. Download all from one revision.",
                    file, twice.size(), Shown.firstFew(twice));
        }
        if (tensors.isEmpty()) {
            whyMissing(directory, shardOf.keySet()).ifPresent(problem -> {
                throw problem;
            });
        }
        return Collections.unmodifiableMap(tensors);
    }

    /** What is wrong with index and shards if tensors of those names are needed and not there; empty if the index never had them. */
    Optional<Problem> whyMissing(Path directory, Set<String> names) {
        List<String> listed =
                names.stream().filter(shardOf::containsKey).sorted().toList();
        Set<String> shards = new TreeSet<>(shardOf.values());
        List<String> missing = listed.stream()
                .map(shardOf::get)
                .filter(shard -> !CheckpointFiles.isThere(directory.resolve(shard)))
                .distinct()
                .toList();
        if (!missing.isEmpty()) {
            return Optional.of(Problem.input(
                    "%s: %d of %d shards are missing: %s. Download them into %s.",
                    file, missing.size(), shards.size(), Shown.firstFew(missing), directory));
        }
        return listed.isEmpty()
                ? Optional.empty()
                : Optional.of(Problem.input(
                        "%s: the index and its shards differ; download both from one revision.%n"
                                + "%d tensors are not in the shard it names: %s.",
                        file,
                        listed.size(),
                        Shown.firstFew(listed.stream()
                                .map(name -> name + " (" + shardOf.get(name) + ")")
                                .toList())));
    }

    private static void index(JsonParser json, Path file, Map<String, String> shardOf) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw Problem.input("%s: the %s must be a JSON object.", file, WHAT);
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = json.currentName();
            json.nextToken();
            if (key.equals("weight_map")) {
                weightMap(json, file, shardOf);
            } else {
                skip(json, file, key);
            }
        }
    }

    private static void weightMap(JsonParser json, Path file, Map<String, String> shardOf) throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw Problem.input("%s: weight_map must be an object of shard names.", file);
        }
        shardOf.clear(); // a second one replaces the first, as in Python
        Map<String, String> names = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String tensor = json.currentName();
            if (json.nextToken() != JsonToken.VALUE_STRING) {
                throw Problem.input("%s: weight_map: the shard of %s must be a string.", file, Shown.text(tensor));
            }
            String text = json.getText();
            shardOf.put(tensor, names.computeIfAbsent(text, name -> requirePlain(name, file)));
            if (shardOf.size() > MAX_TENSORS) {
                throw Problem.input("%s: weight_map has more than %d tensors.", file, MAX_TENSORS);
            }
        }
    }

    /** A name with a folder in it could lead anywhere on the disk: {@code ../../etc/passwd}. */
    private static String requirePlain(String name, Path file) {
        boolean plain = !name.isEmpty()
                && name.length() <= 255
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
        try {
            plain = plain && Path.of(name).getNameCount() == 1;
        } catch (InvalidPathException e) {
            plain = false;
        }
        if (!plain) {
            throw Problem.input(
                    "%s: weight_map names the shard \"%s\"; expected a plain file name in the same directory.",
                    file, Shown.text(name));
        }
        return name;
    }

    private static void skip(JsonParser json, Path file, String key) throws IOException {
        int depth = 0;
        int tokens = 0;
        do {
            JsonToken token = json.currentToken();
            depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
            if (++tokens > MAX_OTHER_TOKENS) {
                throw Problem.input(
                        "%s: %s of the %s has more than %d entries.", file, Shown.text(key), WHAT, tokens - 1);
            }
        } while (depth > 0 && json.nextToken() != null);
    }
}
