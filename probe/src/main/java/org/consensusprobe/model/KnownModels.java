package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/** The checkpoints the program knows by name: {@code models/*.json}, one a file, described in {@code models/README.md}. */
public final class KnownModels {
    private static final long MAX_FILE_BYTES = 1 << 20;
    private static final Set<String> FIELDS =
            Set.of("alias", "hub_id", "revision", "config", "directory", "tokenizer", "parameters");
    private static final Pattern ALIAS = Pattern.compile("[a-z0-9][a-z0-9._-]*");
    private static final Pattern HUB_ID = Pattern.compile("[A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*");
    private static final Pattern REVISION = Pattern.compile("[A-Za-z0-9][\\w./-]*");

    private final Map<String, KnownModel> byAlias;

    private KnownModels(Map<String, KnownModel> byAlias) {
        this.byAlias = byAlias;
    }

    /** Those the program is installed with. */
    public static KnownModels installed() {
        return in(Home.models());
    }

    /**
     * Those of a folder.
     *
     * @throws Problem naming the first malformed file
     */
    public static KnownModels in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            Map<String, KnownModel> models = files.filter(
                            f -> f.getFileName().toString().endsWith(".json"))
                    .sorted()
                    .map(f -> read(folder, f))
                    .collect(Collectors.toMap(KnownModel::alias, Function.identity()));
            return new KnownModels(models);
        } catch (IOException e) {
            throw Problem.input(e, "%s: the folder of known models cannot be read: %s.", folder, e.getMessage());
        }
    }

    /** All of them: bundled ones first, then by size. */
    public List<KnownModel> all() {
        return byAlias.values().stream()
                .sorted(Comparator.comparing((KnownModel m) -> m.directory().isEmpty())
                        .thenComparing(KnownModel::parameters)
                        .thenComparing(KnownModel::alias))
                .toList();
    }

    /** The model of that alias, in upper or lower case. */
    public Optional<KnownModel> find(String alias) {
        return Optional.ofNullable(byAlias.get(alias.toLowerCase(Locale.ROOT)));
    }

    /**
     * The model of that alias.
     *
     * @throws Problem if there is none, naming the closest aliases or all of them
     */
    public KnownModel require(String alias) {
        return find(alias).orElseThrow(() -> {
            List<String> closest = closest(alias);
            return closest.isEmpty()
                    ? Problem.input("Unknown model '%s'; known are %s.", alias, String.join(", ", aliases()))
                    : Problem.input("Unknown model '%s'; did you mean %s?", alias, String.join(" or ", closest));
        });
    }

    /** The aliases that a mistyped name most likely meant: the nearest, three at most; none if all are far. */
    public List<String> closest(String name) {
        String typed = letters(name.substring(name.lastIndexOf('/') + 1));
        int tolerance = typed.length() < 4 ? 1 : Math.max(2, typed.length() / 4); // two swapped letters are two edits
        TreeMap<Integer, List<String>> byDistance = aliases().stream()
                .collect(Collectors.groupingBy(a -> edits(typed, letters(a)), TreeMap::new, Collectors.toList()));
        Map.Entry<Integer, List<String>> nearest = byDistance.firstEntry();
        return nearest == null || nearest.getKey() > tolerance
                ? List.of()
                : nearest.getValue().stream().limit(3).toList();
    }

    private Set<String> aliases() {
        return new TreeSet<>(byAlias.keySet());
    }

    /** Case and punctuation are what people mistype most: {@code GPT_Neo-125M} is {@code gptneo125m}. */
    private static String letters(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /** Levenshtein's distance, row by row. */
    private static int edits(String a, String b) {
        int[] row = new int[b.length() + 1];
        Arrays.setAll(row, j -> j);
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    private static KnownModel read(Path folder, Path file) {
        JsonNode json = StrictJson.readObject(file, MAX_FILE_BYTES, "known model");
        json.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                throw Problem.input("%s: unknown field \"%s\"; known are %s.", file, name, new TreeSet<>(FIELDS));
            }
        });
        String alias = text(file, json, "alias", ALIAS).orElseThrow(() -> missing(file, "alias"));
        if (!file.getFileName().toString().equals(alias + ".json")) {
            throw Problem.input("%s: the alias is \"%s\": expected the file's name without .json.", file, alias);
        }
        Optional<String> hubId = text(file, json, "hub_id", HUB_ID);
        Optional<Path> directory = text(file, json, "directory", ALIAS).map(folder::resolve);
        if (hubId.isPresent() == directory.isPresent()) {
            throw Problem.input(
                    "%s: expected either \"hub_id\" or \"directory\", found %s.",
                    file, hubId.isPresent() ? "both" : "neither");
        }
        return new KnownModel(
                alias,
                hubId,
                text(file, json, "revision", REVISION).orElse("main"),
                config(file, json, directory),
                directory,
                tokenizer(folder, file, json, directory),
                parameters(file, json));
    }

    /** A bundled checkpoint has its facts in its own config.json only, so that the two cannot differ. */
    private static JsonNode config(Path file, JsonNode json, Optional<Path> directory) {
        if (directory.isPresent() && json.has("config")) {
            throw Problem.input("%s: \"config\" beside \"directory\": %s/config.json counts.", file, directory.get());
        }
        Path source = directory.map(d -> d.resolve("config.json")).orElse(file);
        JsonNode config =
                directory.isPresent() ? StrictJson.readObject(source, MAX_FILE_BYTES, "config") : json.path("config");
        if (!config.isObject()) {
            throw missing(file, "config");
        }
        if (!config.path("model_type").isTextual()) {
            throw Problem.input("%s: the config names no \"model_type\".", source);
        }
        return config;
    }

    private static Optional<Path> tokenizer(Path folder, Path file, JsonNode json, Optional<Path> directory) {
        Optional<Path> own = directory.map(d -> d.resolve("tokenizer.json")).filter(Files::exists);
        Optional<Path> named = text(file, json, "tokenizer", ALIAS)
                .map(name -> folder.resolve("tokenizers").resolve(name).resolve("tokenizer.json"));
        if (named.isPresent() && !Files.exists(named.get())) {
            throw Problem.input("%s: the tokenizer it names is missing: %s.", file, named.get());
        }
        return named.or(() -> own);
    }

    private static long parameters(Path file, JsonNode json) {
        JsonNode parameters = json.path("parameters");
        if (!parameters.isIntegralNumber() || !parameters.canConvertToLong() || parameters.longValue() < 1) {
            throw Problem.input("%s: \"parameters\" must be their number, a positive integer.", file);
        }
        return parameters.longValue();
    }

    private static Optional<String> text(Path file, JsonNode json, String field, Pattern pattern) {
        JsonNode value = json.get(field);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isTextual() || !pattern.matcher(value.textValue()).matches()) {
            throw Problem.input("%s: \"%s\" is %s: expected text of the form %s.", file, field, value, pattern);
        }
        return Optional.of(value.textValue());
    }

    private static Problem missing(Path file, String field) {
        return Problem.input("%s: the field \"%s\" is missing.", file, field);
    }
}
