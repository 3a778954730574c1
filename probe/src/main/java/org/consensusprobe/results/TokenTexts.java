package org.consensusprobe.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/**
 * Which tokens kept states are those of: {@code tokens.jsonl}, a line {@code {"ids":[...],"texts":[...]}} for each prompt, the
 * texts only where a tokenizer encoded the prompts.
 *
 * @param prompts in the order of the arrays' rows
 */
public record TokenTexts(List<Prompt> prompts) {
    private static final long MAX_BYTES = 1L << 30;
    private static final int MOST_LETTERS = 14;

    /**
     * The tokens of a prompt.
     *
     * @param texts one for each id, or none at all
     */
    public record Prompt(int[] ids, List<String> texts) {
        public Prompt {
            texts = List.copyOf(texts);
            if (!texts.isEmpty() && texts.size() != ids.length) {
                throw new IllegalArgumentException(texts.size() + " texts for " + ids.length + " ids");
            }
        }

        /** What a token, counted from 0, is called in a figure: its text, or its id where there is none to show. */
        String label(int token) {
            String text = texts.isEmpty() ? "" : texts.get(token).strip();
            if (!texts.isEmpty() && text.isEmpty()) {
                return texts.get(token).isEmpty() ? "#" + ids[token] : visible(texts.get(token));
            }
            // a part of a character's bytes has no text of its own
            return text.isEmpty() || text.contains("\ufffd") ? "#" + ids[token] : Shown.text(text, MOST_LETTERS);
        }

        private static String visible(String blank) {
            return Shown.text(blank.replace("\n", "\\n").replace("\t", "\\t").replace(' ', '␣'), MOST_LETTERS);
        }
    }

    public TokenTexts {
        prompts = List.copyOf(prompts);
    }

    /** Writes the file. */
    public void into(Path directory) {
        AtomicFiles.write(directory.resolve(RunDirectory.TOKENS), out -> {
            for (Prompt prompt : prompts) {
                ObjectNode line = StrictJson.mapper().createObjectNode();
                ArrayNode ids = line.putArray("ids");
                for (int id : prompt.ids) {
                    ids.add(id);
                }
                if (!prompt.texts.isEmpty()) {
                    prompt.texts.forEach(line.putArray("texts")::add);
                }
                out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        });
    }

    /**
     * Reads the file; empty if the directory has none.
     *
     * @throws Problem if it is damaged
     */
    public static Optional<TokenTexts> read(Path directory) {
        Path file = directory.resolve(RunDirectory.TOKENS);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        List<Prompt> prompts = new ArrayList<>();
        for (String line : lines(file)) {
            String where = file + ", line " + (prompts.size() + 1);
            JsonNode json = StrictJson.requireObject(
                    StrictJson.parse(line.getBytes(StandardCharsets.UTF_8), where, "tokens"), where, "tokens");
            List<String> texts = new ArrayList<>();
            json.path("texts").forEach(text -> texts.add(text.asText()));
            int[] ids = new int[json.path("ids").size()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = json.path("ids").get(i).asInt();
            }
            if (ids.length == 0 || !texts.isEmpty() && texts.size() != ids.length) {
                throw Problem.input(
                        "%s: expected as many texts as ids, found %d and %d.", where, texts.size(), ids.length);
            }
            prompts.add(new Prompt(ids, texts));
        }
        return Optional.of(new TokenTexts(prompts));
    }

    private static List<String> lines(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw Problem.input(
                        "%s: expected the tokens of a run's prompts, found %d bytes.", file, Files.size(file));
            }
            return Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", file, e.getMessage());
        }
    }

    /**
     * What a token is called in a figure.
     *
     * @param prompt from 0
     * @param token from 0
     */
    public String label(int prompt, int token) {
        return prompts.get(prompt).label(token);
    }
}
