package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/** Damages JSON documents and safetensors files for fuzz tests: token by token, byte by byte, and in the length field. */
final class Mutator {
    /** A JSON token, leniently: strings, numbers and words, or any single character. */
    private static final Pattern TOKEN = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*\"|[-+.\\w]+|\\s+|.", Pattern.DOTALL);

    private static final List<String> FRAGMENTS = List.of(
            "0",
            "-1",
            "1.5",
            "1e3",
            "1e99",
            "1e999999999",
            "-0",
            "NaN",
            "9223372036854775807",
            "9223372036854775808",
            "4294967296",
            "18446744073709551616",
            "9".repeat(399),
            "9".repeat(401),
            "null",
            "true",
            "\"\"",
            "\"F32\"",
            "\"F4\"",
            "\"BF16\"",
            "\"__metadata__\"",
            "\"dtype\"",
            "\"shape\"",
            "\"data_offsets\"",
            "\"weight_map\"",
            "\"metadata\"",
            "\"\\u0000\"",
            "\"a\\nb\\u202e\"",
            "\"\\ud800\"",
            "\"../x\"",
            "\"/etc/passwd\"",
            "\"one.safetensors\"",
            "{}",
            "[]",
            "[[0]]",
            "[0,0]",
            "{\"a\":{}}",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\u0000",
            "\ufeff",
            "\u2028",
            "é",
            "/*x*/",
            "#",
            "\n");

    private static final List<JsonNode> VALUES =
            FRAGMENTS.stream().map(Mutator::parsed).flatMap(Optional::stream).toList();

    private final SplittableRandom random;

    /** A valid document in the forms in which it is damaged. */
    record Document(String text, JsonNode tree, List<String> tokens) {
        static Document of(String text) {
            return new Document(
                    text,
                    parsed(text).orElseThrow(),
                    TOKEN.matcher(text).results().map(MatchResult::group).toList());
        }
    }

    Mutator(SplittableRandom random) {
        this.random = random;
    }

    /** A damaged copy of a JSON document: most often still JSON, so that the checks behind the parser are reached. */
    byte[] json(Document document) {
        String damaged = random.nextInt(10) < 7 ? tree(document) : tokens(document);
        byte[] bytes = damaged.getBytes(StandardCharsets.UTF_8);
        return random.nextInt(10) == 0 ? bytes(bytes) : bytes;
    }

    /** A damaged copy of a safetensors file; often with a length field that fits, so that the header gets read. */
    byte[] safetensors(Document header, int dataBytes) {
        byte[] whole = SafetensorsWriter.bytes(header.text(), dataBytes);
        return switch (random.nextInt(8)) {
            case 0 -> bytes(whole);
            case 1 -> length(whole);
            case 2 -> Arrays.copyOf(whole, random.nextInt(whole.length + 9));
            default -> framed(json(header), dataBytes);
        };
    }

    private static byte[] framed(byte[] json, int dataBytes) {
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private byte[] length(byte[] whole) {
        long real = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong();
        long[] candidates = {
            real + random.nextInt(-9, 10),
            random.nextLong(),
            random.nextInt(),
            0,
            1,
            2,
            100_000_000,
            whole.length - 8,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            Integer.MAX_VALUE
        };
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putLong(candidates[random.nextInt(candidates.length)]);
        return whole;
    }

    /** Fields and elements dropped, renamed, copied from elsewhere or replaced by a fragment; the result is JSON. */
    private String tree(Document document) {
        JsonNode root = document.tree().deepCopy();
        int rounds = 1 + random.nextInt(2);
        for (int i = 0; i < rounds; i++) {
            List<ContainerNode<?>> containers = new ArrayList<>();
            collect(root, containers);
            ContainerNode<?> target = containers.get(random.nextInt(containers.size()));
            if (target instanceof ObjectNode object) {
                damage(object, anyValue(containers));
            } else if (target instanceof ArrayNode array) {
                damage(array, anyValue(containers));
            }
        }
        return root.toString();
    }

    private void damage(ObjectNode object, JsonNode value) {
        String key =
                object.isEmpty() ? "new" : any(List.copyOf(object.properties())).getKey();
        switch (random.nextInt(4)) {
            case 0 -> object.remove(key);
            case 1 -> object.set(
                    any(List.of("dtype", "shape", "weight_map", "\u0007", "", key + "x")), object.get(key));
            default -> object.set(key, value);
        }
    }

    private void damage(ArrayNode array, JsonNode value) {
        int at = random.nextInt(array.size() + 1);
        if (at < array.size() && random.nextInt(3) == 0) {
            array.remove(at);
        } else if (at < array.size()) {
            array.set(at, value);
        } else {
            array.add(value);
        }
    }

    private JsonNode anyValue(List<ContainerNode<?>> containers) {
        return random.nextInt(4) == 0 ? any(containers).deepCopy() : any(VALUES).deepCopy();
    }

    private static Optional<JsonNode> parsed(String json) {
        try {
            return Optional.of(StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), "test", "document"));
        } catch (Problem e) {
            return Optional.empty();
        }
    }

    private static void collect(JsonNode node, List<ContainerNode<?>> containers) {
        if (node instanceof ContainerNode<?> container) {
            containers.add(container);
            node.forEach(child -> collect(child, containers));
        }
    }

    private <T> T any(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private String tokens(Document document) {
        List<String> tokens = new ArrayList<>(document.tokens());
        int rounds = 1 + random.nextInt(4);
        for (int i = 0; i < rounds && !tokens.isEmpty(); i++) {
            int at = random.nextInt(tokens.size());
            int to = Math.min(tokens.size(), at + 1 + random.nextInt(12));
            switch (random.nextInt(8)) {
                case 0 -> tokens.subList(at, to).clear();
                case 1 -> tokens.addAll(at, List.copyOf(tokens.subList(at, to)));
                case 2 -> Collections.swap(tokens, at, random.nextInt(tokens.size()));
                case 3 -> tokens.add(at, fragment());
                case 4 -> tokens.set(at, digitsChanged(tokens.get(at)));
                case 5 -> tokens.set(at, tokens.get(random.nextInt(tokens.size())));
                case 6 -> tokens.set(at, random.nextInt(20) == 0 ? repeated(tokens.subList(at, to)) : fragment());
                default -> tokens.set(at, fragment());
            }
        }
        return String.join("", tokens);
    }

    private String fragment() {
        return any(FRAGMENTS);
    }

    /** Many times the same: deep nesting, thousands of entries, very long names. */
    private String repeated(List<String> tokens) {
        return String.join("", tokens).repeat(1 + random.nextInt(3000));
    }

    private String digitsChanged(String token) {
        return token.isEmpty() || !Character.isDigit(token.charAt(0))
                ? fragment()
                : Integer.toString(random.nextInt(64));
    }

    private byte[] bytes(byte[] original) {
        byte[] bytes = original.clone();
        int rounds = 1 + random.nextInt(6);
        for (int i = 0; i < rounds && bytes.length > 0; i++) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                default -> System.arraycopy(bytes, at, bytes, random.nextInt(at + 1), bytes.length - at);
            }
        }
        return bytes;
    }
}
