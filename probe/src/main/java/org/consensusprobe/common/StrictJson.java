package org.consensusprobe.common;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * Reads JSON from files nobody vouches for: bounded in size and depth, duplicate keys and trailing text refused.
 *
 * <p>Files that Python writes are read as Python reads them: {@code NaN} and {@code Infinity} are numbers, and of a key that is
 * there twice the last value counts, unless somebody asks {@link JsonFields} for it.
 */
public final class StrictJson {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_REASON = 200;
    /** Where a document is a line of a file, which is said already. */
    private static final Pattern OF_A_LINE = Pattern.compile(", line \\d+$");

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(400)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // off: a table of names seen before, shared by all parsers and filled by untrusted documents
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StrictJson() {}

    /** The one mapper of the program, for writing and for trusted text. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /**
     * Parses a file.
     *
     * @param file the file
     * @param maxBytes the largest size that is believed; a larger file is refused before it is read
     * @param what what the file is, for messages ("config", "shard index")
     * @throws Problem if the file is missing, too large or no JSON object
     */
    public static JsonNode readObject(Path file, long maxBytes, String what) {
        return requireObject(parse(readBytes(file, maxBytes, what), file.toString(), what), file.toString(), what);
    }

    /** Takes a document apart token by token. */
    @FunctionalInterface
    public interface TokenReader {
        void read(JsonParser parser) throws IOException;
    }

    /**
     * Reads bytes that came from {@code where} token by token: for headers whose tree would be many times their size. Keys that
     * are there twice are the reader's to notice.
     *
     * @param reader leaves the parser on the document's last token; whatever follows is refused
     */
    public static void readTokens(byte[] json, String where, String what, TokenReader reader) {
        try (JsonParser parser = asPython(MAPPER.createParser(utf8(json)))) {
            reader.read(parser);
            if (parser.nextToken() != null) {
                throw Problem.input("%s: the %s is followed by more text; expected one JSON value.", where, what);
            }
        } catch (JsonProcessingException e) {
            throw Problem.input(e, "%s: the %s is not valid JSON: %s.", where, what, reason(e, where));
        } catch (CharacterCodingException e) {
            throw Problem.input(e, "%s: the %s is not UTF-8 text.", where, what);
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", where, what, e.getMessage());
        }
    }

    /** As {@link #readObject}, of a file that Python wrote. */
    public static JsonNode readPythonObject(Path file, long maxBytes, String what) {
        byte[] json = readBytes(file, maxBytes, what);
        return requireObject(parsePython(json, file.toString(), what), file.toString(), what);
    }

    /** Parses bytes that came from {@code where}, with the same limits as {@link #readObject}. */
    public static JsonNode parse(byte[] json, String where, String what) {
        return parse(json, where, what, false);
    }

    /**
     * As {@link #parse}, of text that Python wrote: {@code NaN} and {@code Infinity} are numbers, and the last value of a key
     * counts; {@link JsonFields} refuses a key with two of them where it is read.
     */
    public static JsonNode parsePython(byte[] json, String where, String what) {
        return parse(json, where, what, true);
    }

    private static JsonNode parse(byte[] json, String where, String what, boolean python) {
        try (JsonParser parser = MAPPER.createParser(utf8(json))) {
            JsonNode node = python
                    ? MAPPER.reader().with(RepeatedKeys.NODES).readTree(asPython(parser))
                    : MAPPER.readTree(parser);
            if (node == null || node.isMissingNode()) {
                throw Problem.input("%s: the %s is empty; expected JSON.", where, what);
            }
            return node;
        } catch (JsonProcessingException e) {
            throw Problem.input(e, "%s: the %s is not valid JSON: %s.", where, what, reason(e, where));
        } catch (CharacterCodingException e) {
            throw Problem.input(e, "%s: the %s is not UTF-8 text.", where, what);
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", where, what, e.getMessage());
        }
    }

    /** Refuses a value that is no object. */
    public static JsonNode requireObject(JsonNode node, String where, String what) {
        if (!node.isObject()) {
            throw Problem.input(
                    "%s: the %s must be a JSON object, found %s.",
                    where, what, node.getNodeType().toString().toLowerCase(java.util.Locale.ROOT));
        }
        return node;
    }

    private static JsonParser asPython(JsonParser parser) {
        return parser.disable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature());
    }

    /** UTF-8 and nothing else; malformed bytes are an error, where the library would guess or replace. */
    private static Reader utf8(byte[] json) {
        int mark =
                json.length >= 3 && json[0] == (byte) 0xEF && json[1] == (byte) 0xBB && json[2] == (byte) 0xBF ? 3 : 0;
        return new InputStreamReader(
                new ByteArrayInputStream(json, mark, json.length - mark), StandardCharsets.UTF_8.newDecoder());
    }

    private static byte[] readBytes(Path file, long maxBytes, String what) {
        try {
            if (Files.isDirectory(file)) {
                throw Problem.input("%s: expected the %s, found a directory.", file, what);
            }
            long size = Files.size(file);
            if (size > maxBytes) {
                throw Problem.input("%s: the %s has %d bytes; at most %d are believed.", file, what, size, maxBytes);
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw Problem.input(e, "%s: the %s is missing.", file, what);
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", file, what, e.getMessage());
        }
    }

    private static String reason(JsonProcessingException e, String where) {
        String first = e instanceof StreamConstraintsException
                ? "it is nested more than " + MAX_DEPTH + " deep, or a number, name or text in it is too long"
                : JsonMistakes.inPlainWords(e);
        // the message quotes the document: raw control characters could reach a terminal
        String clipped = Shown.text(first, MAX_REASON);
        if (e.getLocation() == null) {
            return clipped;
        }
        String line =
                OF_A_LINE.matcher(where).find() ? "" : "line " + e.getLocation().getLineNr() + ", ";
        return clipped + " (" + line + "column " + e.getLocation().getColumnNr() + ")";
    }
}
