package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/** Reads prompt files as they stand: {@code .json}, {@code .jsonl} and {@code .txt}, in UTF-8. */
final class PromptFile {
    /** The largest prompt file that is believed: far beyond any prompt set, far below any heap. */
    static final long MAX_BYTES = 64L << 20;

    static final String ENDINGS = ".json, .jsonl or .txt";

    /** The last line's end, and blank lines after it. */
    private static final Pattern END = Pattern.compile("(\\r?\\n[ \\t]*)+\\z");

    private PromptFile() {}

    /** Whether a prompt form names a prompt file, by its ending. */
    static boolean isNamedBy(String form) {
        String name = form.toLowerCase(Locale.ROOT);
        return name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".txt");
    }

    /**
     * What a file holds.
     *
     * @param blankLines how many lines among the prompts had nothing in them and were skipped
     */
    record Contents(List<RawPrompt> prompts, int blankLines) {}

    /** Reads the first {@code limit} prompts of a file; what follows them is not looked at. */
    static Contents read(Path file, int limit) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".json")) {
            return new Contents(readList(file, limit), 0);
        }
        return name.endsWith(".jsonl")
                ? readLines(file, limit, PromptFile::promptObject)
                : readLines(file, limit, RawPrompt.Text::new);
    }

    private static List<RawPrompt> readList(Path file, int limit) {
        JsonNode root = StrictJson.parsePython(bytes(file), file.toString(), "prompt file");
        if (!root.isArray()) {
            throw Problem.input(
                    "%s: expected a list of lists of token ids, or a list of strings, found %s.", file, kind(root));
        }
        List<RawPrompt> prompts = new ArrayList<>();
        for (int i = 0; i < Math.min(root.size(), limit); i++) {
            prompts.add(promptValue(file + ", prompt " + (i + 1), root.get(i)));
            if (!prompts.get(i).getClass().equals(prompts.get(0).getClass())) {
                throw Problem.input(
                        "%s, prompt %d is %s and prompt 1 is %s: expected all lists of token ids, or all strings.",
                        file, i + 1, kind(root.get(i)), kind(root.get(0)));
            }
        }
        return prompts;
    }

    private static RawPrompt promptValue(String where, JsonNode value) {
        if (value.isTextual()) {
            return new RawPrompt.Text(where, value.textValue());
        }
        if (value.isArray()) {
            return new RawPrompt.Ids(where, ids(where, value));
        }
        throw Problem.input("%s: expected a list of token ids or a string, found %s.", where, kind(value));
    }

    /** Fields beside {@code ids} and {@code text} are let through: data sets carry urls, titles and the like. */
    private static RawPrompt promptObject(String where, String line) {
        JsonNode object = StrictJson.parsePython(line.getBytes(StandardCharsets.UTF_8), where, "prompt");
        if (!object.isObject() || object.has("ids") == object.has("text")) {
            throw Problem.input(
                    "%s: expected {\"ids\": [...]} or {\"text\": \"...\"}, found %s.",
                    where, !object.isObject() ? kind(object) : object.has("ids") ? "both" : "neither");
        }
        JsonFields fields = JsonFields.of(object, where);
        if (fields.has("ids")) {
            JsonNode ids = object.get("ids");
            if (!ids.isArray()) {
                throw Problem.input("%s: \"ids\" must be a list of token ids, found %s.", where, kind(ids));
            }
            return new RawPrompt.Ids(where, ids(where, ids));
        }
        JsonNode text = fields.has("text") ? object.get("text") : object;
        if (!text.isTextual()) {
            throw Problem.input("%s: \"text\" must be a string, found %s.", where, kind(text));
        }
        return new RawPrompt.Text(where, text.textValue());
    }

    private static long[] ids(String where, JsonNode list) {
        long[] ids = new long[list.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode id = list.get(i);
            if (!id.isNumber() || !id.canConvertToLong() || id.doubleValue() != id.longValue()) {
                throw Problem.input(
                        "%s: token %d is %s: expected a whole number, the token's id.",
                        where, i + 1, id.isNumber() ? clip(id.asText()) : kind(id));
            }
            ids[i] = id.longValue();
        }
        return ids;
    }

    private static Contents readLines(Path file, int limit, BiFunction<String, String, RawPrompt> prompt) {
        List<RawPrompt> prompts = new ArrayList<>();
        List<String> lines = lines(file);
        int blank = 0;
        for (int i = 0; i < lines.size() && prompts.size() < limit; i++) {
            if (lines.get(i).isBlank()) {
                blank++;
            } else {
                prompts.add(prompt.apply(file + ", line " + (i + 1), lines.get(i)));
            }
        }
        return new Contents(prompts, blank);
    }

    /** Lines without their ends; String.lines() would do, did it not split at a lone carriage return too. */
    private static List<String> lines(Path file) {
        String text = decode(file, bytes(file));
        if (text.isEmpty()) {
            return List.of();
        }
        return Arrays.stream(END.matcher(text).replaceFirst("").split("\n", -1))
                .map(line -> line.endsWith("\r") ? line.substring(0, line.length() - 1) : line)
                .toList();
    }

    private static String decode(Path file, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports malformed input
        try {
            String text = decoder.decode(in).toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text; // some Windows editors put a mark there
        } catch (CharacterCodingException e) {
            throw Problem.input(
                    e,
                    "%s, line %d: not valid UTF-8 (byte %d of the file). Save the file as UTF-8.",
                    file,
                    1 + lineEnds(bytes, in.position()),
                    in.position() + 1);
        }
    }

    private static long lineEnds(byte[] bytes, int before) {
        long ends = 0;
        for (int i = 0; i < before; i++) {
            ends += bytes[i] == '\n' ? 1 : 0;
        }
        return ends;
    }

    private static byte[] bytes(Path file) {
        if (!Files.exists(file)) {
            throw Problem.input("%s: no such prompt file.", file);
        }
        if (!Files.isRegularFile(file)) {
            throw Problem.input("%s: expected a prompt file, found a directory or a device.", file);
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw Problem.input(
                        "%s: %d bytes; a prompt file has at most %d. Take fewer prompts.",
                        file, Files.size(file), MAX_BYTES);
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw Problem.input(e, "%s: the prompt file cannot be read: %s.", file, e.getMessage());
        }
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "a string";
            case NUMBER -> "the number " + clip(node.asText());
            case BOOLEAN -> node.asText();
            default -> "null";
        };
    }

    private static String clip(String text) {
        return text.length() > 30 ? text.substring(0, 30) + "…" : text;
    }
}
