package org.consensusprobe.gguf;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.consensusprobe.common.CheckpointFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** The metadata of a GGUF file by key; every accessor names file and key where the value is of another kind. */
public final class GgufMetadata {
    /** The longest string that is believed; chat templates have some tens of kilobytes. */
    static final int MAX_TEXT_BYTES = 1 << 24;

    /** What is read of a list of numbers or strings at once; the largest vocabularies have some hundred thousand entries. */
    private static final int MAX_LIST = 10_000_000;

    private final Path file;
    private final Map<String, Entry> entries;
    private final Set<String> read = new HashSet<>();

    /** One value: a Long, Double, Float, Boolean, {@link GgufText} or {@link GgufArray}. */
    record Entry(GgufValueType type, Object value) {}

    GgufMetadata(Path file, Map<String, Entry> entries) {
        this.file = file;
        this.entries = Collections.unmodifiableMap(entries);
    }

    /** All keys, in the order of the file. */
    public Set<String> keys() {
        return entries.keySet();
    }

    /** Whether the file has a value for the key. */
    public boolean has(String key) {
        return entry(key) != null;
    }

    /** Whether the value of a key is a list. */
    public boolean isList(String key) {
        return has(key) && entry(key).type == GgufValueType.ARRAY;
    }

    /** Counts keys as read that change no result. */
    public void ignore(String... keys) {
        read.addAll(Arrays.asList(keys));
    }

    /** The keys that begin so and that nobody asked for, in the order of the file. */
    public List<String> unread(String prefix) {
        return entries.keySet().stream()
                .filter(key -> key.startsWith(prefix) && !read.contains(key))
                .toList();
    }

    private Entry entry(String key) {
        read.add(key);
        return entries.get(key);
    }

    /** A string, if it is there. */
    public Optional<String> text(String key) {
        return Optional.ofNullable(entry(key)).map(entry -> {
            if (entry.type != GgufValueType.STRING) {
                throw wrong(key, "a string");
            }
            return ((GgufText) entry.value).read(file, "metadata value " + Shown.text(key));
        });
    }

    /** A truth value, if it is there. */
    public Optional<Boolean> bool(String key) {
        return Optional.ofNullable(entry(key)).map(entry -> {
            if (entry.type != GgufValueType.BOOL) {
                throw wrong(key, "a truth value");
            }
            return (Boolean) entry.value;
        });
    }

    /** An integer from 0 to 2^63 - 1, if it is there; a list of equal ones, as some files have them by layer, counts as one. */
    public OptionalLong integer(String key) {
        Entry entry = entry(key);
        if (entry == null) {
            return OptionalLong.empty();
        }
        if (entry.type == GgufValueType.ARRAY) {
            List<Long> all = integers(key).stream().distinct().toList();
            if (all.size() != 1) {
                throw Problem.input(
                        "%s: %s differs from layer to layer, which is not implemented.", file, Shown.text(key));
            }
            return OptionalLong.of(all.get(0));
        }
        if (!entry.type.isInteger() || (Long) entry.value < 0) {
            throw wrong(key, "an integer that is not negative");
        }
        return OptionalLong.of((Long) entry.value);
    }

    /** A finite number, if it is there; those kept in 32 bits as the shortest decimal that rounds to them. */
    public OptionalDouble number(String key) {
        Entry entry = entry(key);
        if (entry == null) {
            return OptionalDouble.empty();
        }
        double value;
        if (entry.value instanceof Float f) {
            value = shortest(f);
        } else if (entry.value instanceof Double d) {
            value = d;
        } else if (entry.type.isInteger()) {
            value = (Long) entry.value;
        } else {
            throw wrong(key, "a number");
        }
        if (!Double.isFinite(value)) {
            throw Problem.input("%s: %s is %s; expected a finite number.", file, Shown.text(key), value);
        }
        return OptionalDouble.of(value);
    }

    /** A list of strings, read from the file; empty if the key is not there. */
    public List<String> texts(String key) {
        return list(key, GgufValueType.STRING, "strings", (in, what) -> in.text(MAX_TEXT_BYTES, what));
    }

    /** A list of integers, read from the file; empty if the key is not there. */
    public List<Long> integers(String key) {
        GgufValueType type =
                entries.containsKey(key) && entries.get(key).value instanceof GgufArray a ? a.type() : null;
        GgufValueType wanted = type != null && type.isInteger() ? type : GgufValueType.INT32;
        return list(key, wanted, "integers", (in, what) -> (Long) GgufFile.scalar(in, wanted, what));
    }

    /** A list of truth values, which some files keep as integers, read from the file; empty if the key is not there. */
    public List<Boolean> bools(String key) {
        boolean integers = entry(key) != null
                && entry(key).value instanceof GgufArray a
                && a.type().isInteger();
        return integers
                ? integers(key).stream().map(n -> n != 0).toList()
                : list(key, GgufValueType.BOOL, "truth values", (in, what) ->
                        (Boolean) GgufFile.scalar(in, GgufValueType.BOOL, what));
    }

    /** A list of 32-bit floats, read from the file; empty if the key is not there. */
    public List<Float> floats(String key) {
        return list(key, GgufValueType.FLOAT32, "float32 values", (in, what) ->
                (Float) GgufFile.scalar(in, GgufValueType.FLOAT32, what));
    }

    /**
     * The decimal with the fewest digits that rounds to a float, as a double: 1e-5 where the float is 9.99999975e-6. A
     * config.json has such decimals.
     */
    static double shortest(float value) {
        if (!Float.isFinite(value) || value == 0) {
            return value;
        }
        BigDecimal exact = new BigDecimal(value);
        for (int digits = 1; digits < 9; digits++) {
            BigDecimal rounded = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
            if (rounded.floatValue() == value) {
                return rounded.doubleValue();
            }
        }
        return exact.round(new MathContext(9, RoundingMode.HALF_EVEN)).doubleValue();
    }

    @FunctionalInterface
    private interface Reader<T> {
        T read(GgufInput in, String what) throws IOException;
    }

    private <T> List<T> list(String key, GgufValueType type, String what, Reader<T> reader) {
        Entry entry = entry(key);
        if (entry == null) {
            return List.of();
        }
        if (!(entry.value instanceof GgufArray array) || array.type() != type || array.count() > MAX_LIST) {
            throw wrong(key, "a list of at most " + MAX_LIST + " " + what);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            GgufInput in = new GgufInput(file, channel, array.offset());
            List<T> values = new ArrayList<>((int) array.count());
            for (long i = 0; i < array.count(); i++) {
                values.add(reader.read(in, "an entry of " + Shown.text(key)));
            }
            return values;
        } catch (IOException e) {
            throw Problem.input(e, "%s: the GGUF file cannot be read: %s.", file, CheckpointFiles.reason(e));
        }
    }

    private Problem wrong(String key, String expected) {
        Entry entry = entry(key);
        String found = entry.value instanceof GgufArray array
                ? "a list of " + array.count() + " values of type " + array.type()
                : Shown.text(String.valueOf(entry.value)) + " of type " + entry.type;
        return Problem.input("%s: %s must be %s, found %s.", file, Shown.text(key), expected, found);
    }
}
