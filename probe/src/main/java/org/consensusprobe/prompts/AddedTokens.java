package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/**
 * Tokens that are looked for in a text before it is cut, in the order transformers adds them: those listed with an id, then
 * the named special tokens, then further ones. One that the vocabulary lacks gets the next free id.
 *
 * <p>They are listed in {@code tokenizer_config.json} as {@code added_tokens_decoder}; of older folders in
 * {@code added_tokens.json} and {@code special_tokens_map.json}.
 */
final class AddedTokens {
    private static final String LISTED = "added_tokens_decoder";

    private final Path folder;
    private final Map<String, ObjectNode> tokens = new LinkedHashMap<>();
    private final ObjectNode settings;
    private final UnaryOperator<String> defaults;

    /**
     * Reads them.
     *
     * @param folder of the tokenizer's files
     * @param config what its {@code tokenizer_config.json} says
     * @param defaults the special token of a name where the settings say nothing; null where there is none
     * @param vocab from token to id
     * @param next the first free id
     */
    AddedTokens(Path folder, JsonNode config, UnaryOperator<String> defaults, JsonNode vocab, int next) {
        this.folder = folder;
        this.defaults = defaults;
        this.settings = config.deepCopy();
        if (!config.has(LISTED)) {
            read("special_tokens_map.json").properties().forEach(e -> settings.set(e.getKey(), e.getValue()));
        }
        listed().values().forEach(this::add);
        for (String name : TokenizerClass.NAMES) {
            special(name).ifPresent(this::addSpecial);
        }
        settings.properties().stream()
                .filter(e -> e.getKey().endsWith("_token") && !TokenizerClass.NAMES.contains(e.getKey()))
                .filter(e -> e.getValue().isTextual())
                .forEach(e -> addSpecial(e.getValue()));
        for (String list : new String[] {"additional_special_tokens", "extra_special_tokens"}) {
            settings.path(list).forEach(this::addSpecial);
        }
        int free = next;
        for (Map.Entry<String, ObjectNode> token : tokens.entrySet()) {
            JsonNode id = vocab.get(token.getKey());
            token.getValue().put("id", id == null ? free++ : id.intValue());
        }
    }

    /** The text of a named special token by settings and class, if there is one. */
    static Optional<String> named(JsonNode settings, String name, UnaryOperator<String> defaults) {
        return settings.has(name) ? content(settings.get(name)) : Optional.ofNullable(defaults.apply(name));
    }

    Optional<String> named(String name) {
        return named(settings, name, defaults);
    }

    /** The id of one of them. */
    int id(String token) {
        return tokens.get(token).path("id").intValue();
    }

    /** Some of them with their ids. */
    Map<String, Integer> ids(Optional<String> token) {
        return token.map(t -> Map.of(t, id(t))).orElse(Map.of());
    }

    /** Writes them into the {@code added_tokens} of a {@code tokenizer.json}. */
    void into(ArrayNode list) {
        tokens.values().forEach(list::add);
    }

    /** Those with an id, by it. */
    private Map<Long, ObjectNode> listed() {
        Map<Long, ObjectNode> byId = new TreeMap<>();
        if (settings.has(LISTED)) {
            settings.path(LISTED).properties().forEach(e -> byId.put(number(e.getKey()), token(e.getValue())));
        } else {
            read("added_tokens.json").properties().forEach(e -> {
                boolean special = TokenizerClass.NAMES.stream()
                        .anyMatch(
                                n -> settings.has(n) && content(settings.get(n)).equals(Optional.of(e.getKey())));
                byId.put(number(e.getValue().asText()), plain(e.getKey(), special));
            });
        }
        return byId;
    }

    private Optional<JsonNode> special(String name) {
        if (!settings.has(name)) {
            return Optional.ofNullable(defaults.apply(name))
                    .map(text -> StrictJson.mapper().getNodeFactory().textNode(text));
        }
        return Optional.of(settings.get(name)).filter(token -> !token.isNull());
    }

    private void addSpecial(JsonNode given) {
        ObjectNode token = given.isTextual() ? plain(given.textValue(), true) : token(given);
        String text = token.path("content").asText();
        if (tokens.containsKey(text)) {
            tokens.get(text).put("special", true);
        } else {
            add(token.put("special", true));
        }
    }

    private void add(ObjectNode token) {
        tokens.putIfAbsent(token.path("content").asText(), token);
    }

    private ObjectNode token(JsonNode given) {
        String text = content(given)
                .filter(t -> !t.isEmpty())
                .orElseThrow(() -> Problem.input(
                        "%s: the tokenizer's settings hold %s; expected a token with its \"content\".",
                        folder, Shown.text(given.toString())));
        ObjectNode token = plain(text, given.path("special").asBoolean());
        for (String flag : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
            if (given.path(flag).isBoolean()) {
                token.set(flag, given.get(flag));
            }
        }
        return token;
    }

    private static ObjectNode plain(String text, boolean special) {
        return StrictJson.mapper()
                .createObjectNode()
                .put("content", text)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", !special)
                .put("special", special);
    }

    private static Optional<String> content(JsonNode token) {
        return Optional.ofNullable(token.isObject() ? token.path("content").textValue() : token.textValue());
    }

    private long number(String id) {
        try {
            return Long.parseLong(id);
        } catch (NumberFormatException e) {
            throw Problem.input(
                    e, "%s: the tokenizer's settings list a token with the id \"%s\".", folder, Shown.text(id));
        }
    }

    private JsonNode read(String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file)
                ? StrictJson.readObject(file, Tokenizer.MAX_BYTES, "list of tokens")
                : StrictJson.mapper().createObjectNode();
    }
}
