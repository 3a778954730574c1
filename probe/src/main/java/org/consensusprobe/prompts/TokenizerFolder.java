package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/**
 * A model's own tokenizer files where there is no {@code tokenizer.json}: {@code vocab.json} with {@code merges.txt}
 * (byte-level BPE), {@code vocab.txt} (WordPiece) or a SentencePiece model, with the settings beside them.
 *
 * <p>The {@code tokenizer.json} made of them is the one that transformers' class of that name makes
 * ({@code models/NAME/tokenization_NAME.py}); of a class that is not known for sure nothing is made.
 */
final class TokenizerFolder {
    private static final String SETTINGS = "tokenizer_config.json";

    /** Files that make a folder one of a model with a tokenizer, in the order they are looked for. */
    private static final List<String> OWN_FILES = List.of(
            "vocab.json",
            "vocab.txt",
            "merges.txt",
            "tokenizer.model",
            "spiece.model",
            "sentencepiece.bpe.model",
            "spm.model",
            "tekken.json",
            SETTINGS,
            "special_tokens_map.json",
            "added_tokens.json");

    private static final String HELP =
            "Give a tokenizer.json with --tokenizer: AutoTokenizer.from_pretrained(...).save_pretrained(...) of Python writes one.";

    private final Path folder;
    private final JsonNode settings;
    private final JsonNode config;
    private final String named;

    private TokenizerFolder(Path folder) {
        this.folder = folder;
        this.settings = read(SETTINGS);
        this.config = read("config.json");
        this.named = Optional.ofNullable(settings.path("tokenizer_class").textValue())
                .or(() -> Optional.ofNullable(config.path("tokenizer_class").textValue()))
                .orElse("");
    }

    /** The first file in a folder that says its model has a tokenizer, other than a {@code tokenizer.json}. */
    static Optional<Path> ownFile(Path folder) {
        return OWN_FILES.stream()
                .map(folder::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** Whether a file is one that {@link #ownFile} may return. */
    static boolean isOwnFile(Path file) {
        return OWN_FILES.contains(file.getFileName().toString());
    }

    /** The files that the tokenizer of this file's folder is made of. */
    static List<Path> files(Path file) {
        return OWN_FILES.stream()
                .map(file::resolveSibling)
                .filter(Files::isRegularFile)
                .toList();
    }

    /**
     * The {@code tokenizer.json} of a folder.
     *
     * @param file the {@link #ownFile} of it
     * @throws Problem if it is none that can be built, or a file is damaged
     */
    static ObjectNode json(Path file) {
        return new TokenizerFolder(file.toAbsolutePath().getParent()).json();
    }

    private ObjectNode json() {
        if (settings.path("split_special_tokens").asBoolean()) {
            throw refused("splits special tokens (split_special_tokens), which is not implemented");
        }
        String modelType = config.path("model_type").asText();
        Optional<TokenizerClass> plain = TokenizerClass.find(named, modelType);
        if (plain.isPresent()) {
            return json(plain.get());
        }
        Optional<Path> pieces = SentencePieceFolder.file(folder);
        if (pieces.isPresent() && named.isEmpty() && modelType.isEmpty()) {
            return SentencePieceTokenizer.json(pieces.get());
        }
        Optional<SentencePieceClass> kind =
                SentencePieceClass.find(named, modelType).filter(k -> pieces.isPresent() || !named.isEmpty());
        if (kind.isEmpty()) {
            throw refused(notKnown(modelType));
        }
        Path file = pieces.orElseThrow(() -> refused("is of the class "
                + kind.get().className() + " and has no " + String.join(", ", SentencePieceFolder.FILES)));
        return SentencePieceFolder.json(file, kind.get(), settings);
    }

    private ObjectNode json(TokenizerClass kind) {
        ObjectNode json = StrictJson.mapper().createObjectNode().put("version", "1.0");
        ArrayNode added = json.putArray("added_tokens");
        kind.describe(json, settings);
        ObjectNode model = (ObjectNode) json.get("model");
        if (kind.isWordPiece()) {
            wordPieces(model, kind);
        } else {
            bytePairs(model, kind);
        }
        JsonNode vocab = model.get("vocab");
        AddedTokens tokens = new AddedTokens(folder, settings, kind::special, vocab, vocab.size());
        tokens.into(added);
        kind.postProcessor(json, settings, tokens);
        return json;
    }

    private String notKnown(String modelType) {
        if (!named.isEmpty()) {
            return "is of the class \"" + Shown.text(named) + "\", which is not built here";
        }
        String type = ", and \"" + Shown.text(modelType) + "\" has none that is built from such files";
        return "names no class (tokenizer_class in " + SETTINGS + ")" + (modelType.isEmpty() ? "" : type);
    }

    private void bytePairs(ObjectNode model, TokenizerClass kind) {
        JsonNode vocab = StrictJson.readObject(required("vocab.json", kind), Tokenizer.MAX_BYTES, "vocabulary");
        vocab.properties().forEach(entry -> {
            if (!entry.getValue().isIntegralNumber() || entry.getValue().longValue() < 0) {
                throw Problem.input(
                        "%s: the id of \"%s\" is %s; expected a whole number from 0.",
                        folder.resolve("vocab.json"),
                        Shown.text(entry.getKey()),
                        Shown.text(entry.getValue().toString()));
            }
        });
        model.set("vocab", vocab);
        ArrayNode merges = model.putArray("merges");
        Path file = required("merges.txt", kind);
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.startsWith("#version") || line.isEmpty()) {
                continue;
            }
            String[] pair = line.split(" ", -1);
            if (pair.length != 2 || pair[0].isEmpty() || pair[1].isEmpty()) {
                throw Problem.input(
                        "%s, line %d: \"%s\"; expected two tokens with a space between them.",
                        file, i + 1, Shown.text(line));
            }
            merges.addArray().add(pair[0]).add(pair[1]);
        }
    }

    /** One word a line, its number is the id; of a word that stands there twice the last counts. */
    private void wordPieces(ObjectNode model, TokenizerClass kind) {
        ObjectNode vocab = model.putObject("vocab");
        List<String> lines = lines(required("vocab.txt", kind));
        for (int i = 0; i < lines.size(); i++) {
            vocab.put(lines.get(i).stripTrailing(), i);
        }
    }

    private Path required(String name, TokenizerClass kind) {
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw refused("is of the class " + kind.className() + " and has no " + name);
        }
        return file;
    }

    private List<String> lines(Path file) {
        try {
            if (Files.size(file) > Tokenizer.MAX_BYTES) {
                throw Problem.input(
                        "%s: %d bytes; at most %d are believed.", file, Files.size(file), Tokenizer.MAX_BYTES);
            }
            // String.lines() would split at a lone carriage return too
            List<String> lines = new ArrayList<>(List.of(Files.readString(file).split("\n", -1)));
            lines.replaceAll(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
            if (lines.get(lines.size() - 1).isEmpty()) {
                lines.remove(lines.size() - 1);
            }
            return lines;
        } catch (CharacterCodingException e) {
            throw Problem.input(e, "%s: not valid UTF-8.", file);
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", file, e.getMessage());
        }
    }

    /** A file of settings; an empty object where there is none. */
    private JsonNode read(String name) {
        Path file = folder.resolve(name);
        return Files.isRegularFile(file)
                ? StrictJson.readObject(file, Tokenizer.MAX_BYTES, "file of settings")
                : StrictJson.mapper().createObjectNode();
    }

    private Problem refused(String why) {
        return Problem.input("%s: the tokenizer there has no tokenizer.json and %s.%n%s", folder, why, HELP);
    }
}
