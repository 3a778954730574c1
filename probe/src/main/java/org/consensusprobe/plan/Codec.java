package org.consensusprobe.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.consensusprobe.common.Shown;
import org.consensusprobe.torch.DType;

/**
 * How values of one type are read and written: one parser for the command line and for JSON.
 *
 * @param json what they are in JSON
 * @param expected what a value must be, in words
 * @param parser throws {@link IllegalArgumentException}, with a detail for the message or none, where a text is no value
 * @param printer the text that the parser reads as this value
 */
public record Codec<T>(Json json, String expected, Function<String, T> parser, Function<T, String> printer) {
    private static final Pattern SIZE =
            Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmgt]?)i?b?", Pattern.CASE_INSENSITIVE);

    /** Types of JSON values. */
    public enum Json {
        TEXT,
        INTEGER,
        NUMBER,
        FLAG,
        /** A list of texts; joined by commas on the command line. */
        TEXTS
    }

    static final Codec<String> TEXT = new Codec<>(Json.TEXT, "text", Codec::notBlank, Function.identity());

    static final Codec<Boolean> FLAG = new Codec<>(
            Json.FLAG,
            "true or false",
            text -> switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw new IllegalArgumentException();
            },
            String::valueOf);

    static final Codec<Double> NUMBER = new Codec<>(
            Json.NUMBER,
            "a finite number",
            text -> {
                double value = Double.parseDouble(text);
                if (!Double.isFinite(value) || !text.strip().matches("[-+.\\deE]+")) {
                    throw new IllegalArgumentException();
                }
                return value;
            },
            String::valueOf);

    /** Finite numbers that pass a test; as text a fraction such as 1/6 too. */
    static Codec<Double> number(String expected, DoublePredicate accepted) {
        return new Codec<>(
                Json.NUMBER,
                expected,
                text -> {
                    String[] parts = text.split("/", 2);
                    double value = NUMBER.parser.apply(parts[0]);
                    value = parts.length == 1 ? value : value / NUMBER.parser.apply(parts[1]);
                    if (!Double.isFinite(value) || !accepted.test(value)) {
                        throw new IllegalArgumentException();
                    }
                    return value;
                },
                String::valueOf);
    }

    /** A size such as 4g, 512m or 1.5GiB, in bytes; units are powers of 1024. */
    static final Codec<Long> SIZE_IN_BYTES =
            new Codec<>(Json.TEXT, "a size such as 4g or 900m", Codec::bytes, String::valueOf);

    static final Codec<List<String>> NAMES = new Codec<>(
            Json.TEXTS,
            "a list of text",
            text -> text.isBlank() ? List.of() : List.of(text.strip().split("\\s*,\\s*", -1)),
            names -> String.join(",", names));

    static final Codec<DType> DTYPE = text(
            "one of " + DType.floatingPointNames(),
            text -> DType.floatingPoint(text.toLowerCase(Locale.ROOT)).orElseThrow(IllegalArgumentException::new),
            DType::torchName);

    /** Whole numbers from one to another, both included. */
    static <T> Codec<T> integer(long least, long most, LongFunction<T> of) {
        return new Codec<>(
                Json.INTEGER,
                most == Integer.MAX_VALUE || most == Long.MAX_VALUE
                        ? "an integer from " + least
                        : "an integer from " + least + " to " + most,
                text -> {
                    long value = Long.parseLong(text);
                    if (value < least || value > most) {
                        throw new IllegalArgumentException();
                    }
                    return of.apply(value);
                },
                String::valueOf);
    }

    /** One of a few, by their names. */
    static <T extends Enum<T>> Codec<T> choice(Class<T> type) {
        List<T> values = Arrays.asList(type.getEnumConstants());
        List<String> names = values.stream().map(Codec::name).toList();
        return text(
                "one of " + String.join(", ", names),
                text -> {
                    int index = names.indexOf(text.toLowerCase(Locale.ROOT));
                    if (index < 0) {
                        throw new IllegalArgumentException();
                    }
                    return values.get(index);
                },
                Codec::name);
    }

    /** Values with a text form of their own. */
    static <T> Codec<T> text(String expected, Function<String, T> parser, Function<T, String> printer) {
        return new Codec<>(Json.TEXT, expected, parser, printer);
    }

    /** The same values, or none, which has no text. */
    Codec<Optional<T>> orNone() {
        return new Codec<>(
                json,
                expected,
                text -> text.isEmpty() ? Optional.empty() : Optional.of(parser.apply(text)),
                value -> value.map(printer).orElse(""));
    }

    /** The name of a choice: {@code RANDOM_EACH_PASS} is {@code random-each-pass}. */
    static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The text of a JSON value that has this codec's type; empty if it has another. */
    Optional<String> textOf(JsonNode node) {
        boolean fits =
                switch (json) {
                    case TEXT -> node.isTextual();
                    case INTEGER -> node.isIntegralNumber() || node.isNumber() && node.asDouble() == node.asLong();
                    case NUMBER -> node.isNumber()
                            || node.isTextual() && node.asText().contains("/"); // "1/6"
                    case FLAG -> node.isBoolean();
                    case TEXTS -> node.isArray() && stream(node).allMatch(JsonNode::isTextual);
                };
        if (!fits) {
            return Optional.empty();
        }
        return Optional.of(
                json == Json.TEXTS
                        ? stream(node).map(JsonNode::asText).collect(Collectors.joining(","))
                        : json == Json.INTEGER ? Long.toString(node.asLong()) : node.asText());
    }

    /** The value in JSON; null for none. */
    JsonNode toJson(T value) {
        String text = printer.apply(value);
        if (value instanceof Optional<?> optional && optional.isEmpty()) {
            return NullNode.instance;
        }
        return switch (json) {
            case TEXT -> TextNode.valueOf(text);
            case INTEGER -> LongNode.valueOf(Long.parseLong(text));
            case NUMBER -> DoubleNode.valueOf(Double.parseDouble(text));
            case FLAG -> BooleanNode.valueOf(Boolean.parseBoolean(text));
            case TEXTS -> {
                ArrayNode list = JsonNodeFactory.instance.arrayNode();
                if (!text.isEmpty()) {
                    List.of(text.split(",")).forEach(list::add);
                }
                yield list;
            }
        };
    }

    private static java.util.stream.Stream<JsonNode> stream(JsonNode list) {
        return java.util.stream.StreamSupport.stream(list.spliterator(), false);
    }

    private static String notBlank(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("it is empty");
        }
        return text;
    }

    private static long bytes(String text) {
        Matcher m = SIZE.matcher(text.strip());
        if (!m.matches()) {
            throw new IllegalArgumentException();
        }
        String unit = m.group(2).toLowerCase(Locale.ROOT);
        double bytes = Double.parseDouble(m.group(1)) * Math.pow(1024, unit.isEmpty() ? 0 : "kmgt".indexOf(unit) + 1);
        if (bytes < 1 || bytes > Long.MAX_VALUE / 2.0) {
            throw new IllegalArgumentException();
        }
        return (long) bytes;
    }

    /** Why a text was refused, in the words of the parser; empty if it has none. */
    static String detail(IllegalArgumentException e) {
        return e instanceof NumberFormatException || e.getMessage() == null ? "" : Shown.text(e.getMessage(), 300);
    }
}
