package org.consensusprobe.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/**
 * The JSON header of a safetensors file, checked entry by entry and against the size of the data that follows it.
 *
 * <p>Read token by token with bounds on every count, so that memory stays within a small multiple of the header.
 */
record SafetensorsHeader(Map<String, StoredTensor> tensors, Map<String, String> metadata) {
    /** Far beyond what the largest mixtures of experts have over all their shards (about 100 000). */
    private static final int MAX_TENSORS = 250_000;

    private static final int MAX_METADATA = 100_000;
    private static final int MAX_NAME_LENGTH = 1000;

    /** As many as libtorch has. */
    private static final int MAX_DIMENSIONS = 64;

    private static final String WHAT = "safetensors header";

    /** One entry as the header states it; begin and end count from the start of the data. */
    private record Entry(String name, StoredType type, List<Long> shape, long begin, long end) {}

    /**
     * Parses and checks a header.
     *
     * @param json the header, first byte <code>{</code>
     * @param file the file it came from
     * @param dataStart where the data starts in the file
     * @param fileSize the file's size in bytes
     */
    static SafetensorsHeader parse(byte[] json, Path file, long dataStart, long fileSize) {
        Parser parser = new Parser(file);
        StrictJson.readTokens(json, file.toString(), WHAT, parser::header);
        List<Entry> entries = parser.entries;
        entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        requireCover(entries, file, dataStart, fileSize);
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (Entry e : entries) {
            tensors.put(e.name, new StoredTensor(e.name, e.type, e.shape, file, dataStart + e.begin, e.end - e.begin));
        }
        return new SafetensorsHeader(
                Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(parser.metadata));
    }

    /** Holes could hide data, overlaps alias it: the reference implementation refuses both. */
    private static void requireCover(List<Entry> entries, Path file, long dataStart, long fileSize) {
        long covered = 0;
        String before = "the start of the data";
        for (Entry e : entries) {
            if (e.begin != covered) {
                throw Problem.input(
                        "%s: tensor %s begins at byte %d of the data, but %s ends at %d: %s are not allowed.",
                        file, Shown.text(e.name), e.begin, before, covered, e.begin < covered ? "overlaps" : "holes");
            }
            covered = e.end;
            before = "tensor " + Shown.text(e.name);
        }
        long present = fileSize - dataStart;
        if (present < covered) {
            throw Problem.input(
                    "%s: the file is truncated: %d bytes are missing (%d of tensor data expected, %d found)."
                            + " Download it again.",
                    file, covered - present, covered, present);
        }
        if (present > covered) {
            throw Problem.input(
                    "%s: %d bytes follow the last tensor (%d of tensor data expected, %d found)."
                            + " Download it again.",
                    file, present - covered, covered, present);
        }
    }

    /** Takes the tokens apart; knows the place for messages. */
    private static final class Parser {
        private final Path file;
        private final List<Entry> entries = new ArrayList<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();

        Parser(Path file) {
            this.file = file;
        }

        void header(JsonParser json) throws IOException {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw Problem.input("%s: the %s must be a JSON object.", file, WHAT);
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                if (name.equals("__metadata__")) {
                    metadata(json);
                } else {
                    entries.add(entry(json, requireName(name)));
                    requireCount(entries.size(), MAX_TENSORS, "tensors");
                }
            }
        }

        private void metadata(JsonParser json) throws IOException {
            if (json.currentToken() == JsonToken.VALUE_NULL) {
                return;
            }
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw Problem.input("%s: __metadata__ of the %s must be an object of strings.", file, WHAT);
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                if (json.nextToken() != JsonToken.VALUE_STRING) {
                    throw Problem.input(
                            "%s: __metadata__ of the %s: %s must be a string.", file, WHAT, Shown.text(key));
                }
                metadata.put(key, json.getText());
                requireCount(metadata.size(), MAX_METADATA, "metadata entries");
            }
        }

        private Entry entry(JsonParser json, String name) throws IOException {
            if (json.currentToken() != JsonToken.START_OBJECT) {
                throw wrong(name, "must be an object of dtype, shape and data_offsets");
            }
            StoredType type = null;
            List<Long> shape = null;
            List<Long> offsets = null;
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                json.nextToken();
                switch (key) {
                    case "dtype" -> type = type(json, name);
                    case "shape" -> shape = integers(json, name, key, MAX_DIMENSIONS);
                    case "data_offsets" -> offsets = integers(json, name, key, 2);
                    default -> throw wrong(
                            name, "has the field " + Shown.text(key) + "; expected dtype, shape and data_offsets");
                }
            }
            if (type == null || shape == null || offsets == null) {
                throw wrong(
                        name,
                        "lacks " + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets")
                                + "; expected dtype, shape and data_offsets");
            }
            return checked(name, type, shape, offsets);
        }

        private Entry checked(String name, StoredType type, List<Long> shape, List<Long> offsets) {
            if (offsets.size() != 2) {
                throw wrong(name, "data_offsets must be [begin, end], found " + offsets);
            }
            long begin = offsets.get(0);
            long end = offsets.get(1);
            if (begin > end) {
                throw wrong(name, "data_offsets end before they begin: " + offsets);
            }
            long bytes;
            try {
                bytes = Math.multiplyExact(StoredTensor.product(shape), type.bytes());
            } catch (ArithmeticException e) {
                throw wrong(name, "shape " + shape + " of " + type + " exceeds 64 bits");
            }
            if (end - begin != bytes) {
                throw wrong(
                        name,
                        "shape " + shape + " of " + type + " needs " + bytes + " bytes, but data_offsets " + offsets
                                + " hold " + (end - begin));
            }
            return new Entry(name, type, shape, begin, end);
        }

        private StoredType type(JsonParser json, String name) throws IOException {
            if (json.currentToken() != JsonToken.VALUE_STRING) {
                throw wrong(name, "dtype must be a string");
            }
            String dtype = json.getText();
            return StoredType.inSafetensors(dtype)
                    .orElseThrow(() -> wrong(
                            name,
                            "dtype " + Shown.text(dtype) + " is unknown; expected one of "
                                    + StoredType.safetensorsNames()));
        }

        /** A list of integers from 0 to 2^63 - 1. */
        private List<Long> integers(JsonParser json, String name, String key, int most) throws IOException {
            if (json.currentToken() != JsonToken.START_ARRAY) {
                throw wrong(name, key + " must be a list of integers");
            }
            List<Long> values = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
                        || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                        || json.getLongValue() < 0) {
                    throw wrong(
                            name, key + " must hold integers from 0 to 2^63 - 1, found " + Shown.text(json.getText()));
                }
                values.add(json.getLongValue());
                if (values.size() > most) {
                    throw wrong(name, key + " has more than " + most + " entries");
                }
            }
            return List.copyOf(values);
        }

        private String requireName(String name) {
            if (name.isEmpty()
                    || name.length() > MAX_NAME_LENGTH
                    || name.chars().anyMatch(Character::isISOControl)) {
                throw Problem.input(
                        "%s: a tensor is named \"%s\"; expected 1 to %d printable characters.",
                        file, Shown.text(name), MAX_NAME_LENGTH);
            }
            return name;
        }

        private void requireCount(int found, int most, String what) {
            if (found > most) {
                throw Problem.input("%s: the %s has more than %d %s.", file, WHAT, most, what);
            }
        }

        private Problem wrong(String name, String what) {
            return Problem.input("%s: tensor %s: %s.", file, Shown.text(name), what);
        }
    }
}
