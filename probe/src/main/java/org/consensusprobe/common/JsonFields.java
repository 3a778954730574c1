package org.consensusprobe.common;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Typed access to the fields of a JSON object such as {@code config.json}, which remembers what was asked for.
 *
 * <p>Nothing is converted: {@code "12"} and {@code 12.5} are no integers ({@code 12.0} is 12). Every refusal is a
 * {@link Problem} that names the file, the key, what was expected and what was found. A field that is absent has the
 * caller's fallback; a field that is {@code null} is absent only to the {@code optional} methods, because Hugging Face
 * configs give {@code null} a meaning of its own (no window, no inner size).
 */
public final class JsonFields {
    private final JsonNode object;
    private final String where;
    private final String prefix;
    private final Map<String, String> otherNames = new LinkedHashMap<>();
    private final Map<String, JsonNode> said = new LinkedHashMap<>();
    private final Set<String> read = new LinkedHashSet<>();
    private final Map<String, JsonFields> children = new LinkedHashMap<>();

    private JsonFields(JsonNode object, String where, String prefix) {
        this.object = object;
        this.where = where;
        this.prefix = prefix;
    }

    /**
     * The fields of an object.
     *
     * @param where the file, for messages
     * @throws Problem if the node is no object
     */
    public static JsonFields of(JsonNode object, Object where) {
        return new JsonFields(StrictJson.requireObject(object, where.toString(), "JSON"), where.toString(), "");
    }

    /** Whether the key is there, be it with {@code null}. */
    public boolean has(String key) {
        return node(key) != null;
    }

    /** Whether the key is there with {@code null}; counts as reading it. */
    public boolean isNull(String key) {
        return value(key).map(JsonNode::isNull).orElse(false);
    }

    /** An integer from 1 to 2147483647. */
    public int positiveInt(String key) {
        return integer(key, 1, Integer.MAX_VALUE);
    }

    /** An integer from 1 to {@code max}, the largest size the caller believes. */
    public int positiveInt(String key, int max) {
        return integer(key, 1, max);
    }

    /** As {@link #positiveInt(String, int)}, with the value of an absent key. */
    public int positiveIntOr(String key, int fallback, int max) {
        return integerOr(key, fallback, 1, max);
    }

    /** An integer from 1 to {@code max}, or nothing if the key is absent or {@code null}. */
    public Optional<Integer> optionalPositiveInt(String key, int max) {
        return isNull(key) ? Optional.empty() : find(key, JsonKind.integers(1, max));
    }

    /** An integer from {@code min} to {@code max}. */
    public int integer(String key, int min, int max) {
        return require(key, JsonKind.integers(min, max));
    }

    /** As {@link #integer}, with the value of an absent key. */
    public int integerOr(String key, int fallback, int min, int max) {
        return find(key, JsonKind.integers(min, max)).orElse(fallback);
    }

    /** A finite number. */
    public double number(String key) {
        return require(key, JsonKind.NUMBERS);
    }

    /** As {@link #number}, with the value of an absent key. */
    public double numberOr(String key, double fallback) {
        return find(key, JsonKind.NUMBERS).orElse(fallback);
    }

    /** A finite number, or nothing if the key is absent or {@code null}. */
    public Optional<Double> optionalNumber(String key) {
        return isNull(key) ? Optional.empty() : find(key, JsonKind.NUMBERS);
    }

    /** A finite number above 0: an epsilon, a rotary base, a standard deviation. */
    public double positiveNumber(String key) {
        return require(key, JsonKind.POSITIVE_NUMBERS);
    }

    /** As {@link #positiveNumber}, with the value of an absent key. */
    public double positiveNumberOr(String key, double fallback) {
        return find(key, JsonKind.POSITIVE_NUMBERS).orElse(fallback);
    }

    /** {@code true} or {@code false}. */
    public boolean bool(String key) {
        return require(key, JsonKind.BOOLEANS);
    }

    /** As {@link #bool}, with the value of an absent key. */
    public boolean boolOr(String key, boolean fallback) {
        return find(key, JsonKind.BOOLEANS).orElse(fallback);
    }

    /** Whether the key is there with a string; counts as reading it. */
    public boolean isText(String key) {
        return value(key).map(JsonNode::isTextual).orElse(false);
    }

    /** A string. */
    public String text(String key) {
        return require(key, JsonKind.TEXTS);
    }

    /** As {@link #text}, with the value of an absent key. */
    public String textOr(String key, String fallback) {
        return find(key, JsonKind.TEXTS).orElse(fallback);
    }

    /** A string, or nothing if the key is absent or {@code null}. */
    public Optional<String> optionalText(String key) {
        return isNull(key) ? Optional.empty() : find(key, JsonKind.TEXTS);
    }

    /** Whether the key is there with a list; counts as reading it. */
    public boolean isList(String key) {
        return value(key).map(JsonNode::isArray).orElse(false);
    }

    /** Whether the key is there with an object; counts as reading it. */
    public boolean isObject(String key) {
        return value(key).map(JsonNode::isObject).orElse(false);
    }

    /** A list of anything; its elements are the caller's to check. */
    public List<JsonNode> list(String key) {
        return require(key, JsonKind.LISTS);
    }

    /** A list of strings. */
    public List<String> texts(String key) {
        return require(key, JsonKind.listsOf("a list of strings", JsonKind.TEXTS));
    }

    /** A list of integers from {@code min} to {@code max}. */
    public List<Integer> integers(String key, int min, int max) {
        return require(
                key, JsonKind.listsOf("a list of integers from " + min + " to " + max, JsonKind.integers(min, max)));
    }

    /** The fields of a nested object, or nothing if the key is absent or {@code null}. */
    public Optional<JsonFields> object(String key) {
        if (isNull(key)) {
            return Optional.empty();
        }
        return find(key, JsonKind.OBJECTS)
                .map(node -> children.computeIfAbsent(key, k -> new JsonFields(node, where, prefix + k + ".")));
    }

    /** As {@link #object}, an empty object being nothing too, and whatever else Python takes for false. */
    public Optional<JsonFields> filledObject(String key) {
        boolean empty = value(key)
                .filter(node -> node.isContainerNode() || node.isTextual())
                .filter(node -> node.isTextual() ? node.textValue().isEmpty() : node.isEmpty())
                .isPresent();
        return empty ? Optional.empty() : object(key);
    }

    /**
     * The same fields under other names: of a family whose class knows a field by two.
     *
     * @param names the name to read a field by, by the other one, which counts where both are there
     */
    public JsonFields renamed(Map<String, String> names) {
        JsonFields renamed = new JsonFields(object, where, prefix);
        names.forEach((other, name) -> renamed.otherNames.put(name, other));
        return renamed;
    }

    /** The same fields, of which one has that value whatever the file says. */
    public JsonFields saying(String key, JsonNode value) {
        JsonFields saying = new JsonFields(object, where, prefix);
        saying.otherNames.putAll(otherNames);
        saying.said.putAll(said);
        saying.said.put(key, value);
        return saying;
    }

    /**
     * Refuses a field that is set to what the program does not implement; absent is always well.
     *
     * @param values the values that change nothing or are implemented: strings, booleans, numbers, {@code null}
     */
    public void implementedOnly(String key, Object... values) {
        value(key).ifPresent(found -> {
            List<JsonNode> allowed = Arrays.stream(values)
                    .<JsonNode>map(StrictJson.mapper()::valueToTree)
                    .toList();
            if (allowed.stream().noneMatch(v -> sameValue(v, found))) {
                throw Problem.input(
                        "%s: %s is %s; only %s is implemented.",
                        where,
                        Shown.text(prefix + key),
                        show(found),
                        String.join(
                                " or ", allowed.stream().map(JsonFields::show).toList()));
            }
        });
    }

    /** The keys nobody asked for, nested ones as {@code outer.inner}; a nested object nobody opened counts as one. */
    public Set<String> unread() {
        Set<String> unread = new LinkedHashSet<>();
        object.fieldNames().forEachRemaining(key -> {
            if (!read.contains(key)) {
                unread.add(prefix + key);
            } else if (children.containsKey(key)) {
                unread.addAll(children.get(key).unread());
            }
        });
        return unread;
    }

    /** File and key, for messages of the caller's own. */
    public String place(String key) {
        return where + ": " + prefix + key;
    }

    /** A refusal of this key's value for the caller's own reason: what was expected of it. */
    public Problem refused(String key, String expected) {
        return value(key)
                .map(found -> Problem.input(
                        "%s: %s must be %s, found %s.", where, Shown.text(prefix + key), expected, show(found)))
                .orElseGet(() ->
                        Problem.input("%s: %s is missing; expected %s.", where, Shown.text(prefix + key), expected));
    }

    private Optional<JsonNode> value(String key) {
        read.add(key);
        read.add(nameThere(key));
        return Optional.ofNullable(node(key));
    }

    private JsonNode node(String key) {
        if (said.containsKey(key)) {
            return said.get(key);
        }
        String there = nameThere(key);
        requireOne(there);
        return object.get(there);
    }

    private String nameThere(String key) {
        String other = otherNames.getOrDefault(key, key);
        return object.has(other) ? other : key;
    }

    private void requireOne(String key) {
        if (RepeatedKeys.has(object, key)) {
            throw Problem.input("%s: %s is there more than once; expected one value.", where, Shown.text(prefix + key));
        }
    }

    private <T> T require(String key, JsonKind<T> kind) {
        return find(key, kind).orElseThrow(() -> refused(key, kind.expected()));
    }

    private <T> Optional<T> find(String key, JsonKind<T> kind) {
        return value(key).map(node -> kind.convert().apply(node).orElseThrow(() -> refused(key, kind.expected())));
    }

    /** Numbers are compared by value: 1 and 1.0 say the same. */
    private static boolean sameValue(JsonNode a, JsonNode b) {
        return a.isNumber() && b.isNumber() ? a.doubleValue() == b.doubleValue() : a.equals(b);
    }

    private static String show(JsonNode found) {
        if (found.isContainerNode()) {
            return (found.isArray() ? "a list" : "an object") + " of " + found.size();
        }
        if (found.isFloatingPointNumber() && !Double.isFinite(found.doubleValue())) {
            return found.asText();
        }
        return found.isTextual() ? '"' + Shown.text(found.textValue()) + '"' : Shown.text(found.toString());
    }
}
