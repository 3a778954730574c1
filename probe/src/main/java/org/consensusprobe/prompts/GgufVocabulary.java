package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufMetadata;
import org.consensusprobe.prompts.SentencePieces.Kind;

/** What a GGUF file's metadata say of every kind of tokenizer: tokens and their kinds, merges, what goes around a text. */
final class GgufVocabulary {
    static final String PREFIX = "tokenizer.ggml.";
    static final String HELP = "Give the model's tokenizer.json with --tokenizer.";

    private final Path file;
    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final List<Long> kinds;

    /**
     * Reads and checks them.
     *
     * @throws Problem if the lists do not fit each other, or a token is there twice
     */
    GgufVocabulary(GgufFile gguf) {
        this.file = gguf.file();
        this.metadata = gguf.metadata();
        this.tokens = metadata.texts(PREFIX + "tokens");
        this.kinds = metadata.integers(PREFIX + "token_type");
        if (tokens.isEmpty()) {
            throw Problem.input("%s: the tokenizer has no vocabulary (%stokens).%n%s", file, PREFIX, HELP);
        }
        requireOneEach("token_type", kinds.size());
        for (long kind : kinds) {
            if (!Kind.exists(kind)) {
                throw Problem.input(
                        "%s: %stoken_type has the kind %d; expected 1 to %d.",
                        file, PREFIX, kind, Kind.values().length);
            }
        }
        Map<String, Integer> seen = new HashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            Integer other = seen.put(tokens.get(id), id);
            if (other != null) {
                throw Problem.input(
                        "%s: the tokenizer has the token %s twice, as %d and %d.",
                        file, Shown.text(tokens.get(id)), other, id);
            }
        }
    }

    /** Refuses a list that is there and has not one entry for each token. */
    void requireOneEach(String key, int entries) {
        if (entries != 0 && entries != tokens.size()) {
            throw Problem.input("%s: %s%s has %d entries for %d tokens.", file, PREFIX, key, entries, tokens.size());
        }
    }

    List<String> tokens() {
        return tokens;
    }

    /** The kind of a token; an ordinary one where the file does not say. */
    Kind kind(int id) {
        return kinds.isEmpty() ? Kind.NORMAL : Kind.numbered(kinds.get(id));
    }

    /** Adds the tokens that are looked for in a text before it is cut. */
    void added(ArrayNode added) {
        for (int id = 0; id < tokens.size(); id++) {
            if (kind(id) == Kind.CONTROL || kind(id) == Kind.USER_DEFINED) {
                TokenizerParts.added(added, id, tokens.get(id), kind(id) == Kind.CONTROL);
            }
        }
    }

    /** Adds the merges that the file lists; false where it lists none. */
    boolean merges(ArrayNode merges) {
        List<String> listed = metadata.texts(PREFIX + "merges");
        for (String merge : listed) {
            int space = merge.indexOf(' ', 1);
            if (space < 0 || space == merge.length() - 1) {
                throw Problem.input("%s: the tokenizer merges \"%s\"; expected two tokens.", file, Shown.text(merge));
            }
            merges.addArray().add(merge.substring(0, space)).add(merge.substring(space + 1));
        }
        return !listed.isEmpty();
    }

    /**
     * What goes around a text for its model.
     *
     * @param begin whether a token begins it where the file does not say
     * @param end whether a token ends it where the file does not say
     */
    ObjectNode around(boolean begin, boolean end) {
        return TokenizerParts.template(
                metadata.bool(PREFIX + "add_bos_token").orElse(begin) ? one("bos_token_id") : Map.of(),
                metadata.bool(PREFIX + "add_eos_token").orElse(end) ? one("eos_token_id") : Map.of());
    }

    /** A token by the key that has its id. */
    Map<String, Integer> one(String key) {
        int id = id(key, -1);
        Map<String, Integer> token = new LinkedHashMap<>();
        token.put(tokens.get(id), id);
        return token;
    }

    /** The id under a key, or another where the file does not say. */
    int id(String key, int otherwise) {
        long id = metadata.integer(PREFIX + key).orElse(otherwise);
        if (id < 0 || id >= tokens.size()) {
            throw Problem.input(
                    "%s: %s%s is %s; expected one of the %d tokens.",
                    file, PREFIX, key, id < 0 ? "missing" : id, tokens.size());
        }
        return (int) id;
    }
}
