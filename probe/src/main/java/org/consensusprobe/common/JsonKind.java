package org.consensusprobe.common;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A kind of JSON value. Nothing is converted: {@code "12"} and {@code 12.5} are no integers.
 *
 * @param expected what a value must be, in words
 * @param convert its conversion, empty where the value is not of this kind
 */
record JsonKind<T>(String expected, Function<JsonNode, Optional<T>> convert) {
    static final JsonKind<Double> NUMBERS = new JsonKind<>("a finite number", JsonKind::finite);
    static final JsonKind<Double> POSITIVE_NUMBERS =
            new JsonKind<>("a finite number above 0", node -> finite(node).filter(v -> v > 0));
    static final JsonKind<Boolean> BOOLEANS = new JsonKind<>(
            "true or false",
            node -> Optional.of(node).filter(JsonNode::isBoolean).map(JsonNode::booleanValue));
    static final JsonKind<String> TEXTS = new JsonKind<>(
            "a string", node -> Optional.of(node).filter(JsonNode::isTextual).map(JsonNode::textValue));
    static final JsonKind<JsonNode> OBJECTS =
            new JsonKind<>("an object", node -> Optional.of(node).filter(JsonNode::isObject));
    static final JsonKind<List<JsonNode>> LISTS = new JsonKind<>(
            "a list", node -> Optional.of(node).filter(JsonNode::isArray).map(JsonKind::elements));

    static JsonKind<Integer> integers(int min, int max) {
        String expected =
                min == 1 && max == Integer.MAX_VALUE ? "a positive integer" : "an integer from " + min + " to " + max;
        return new JsonKind<>(expected, node -> Optional.of(node)
                .filter(n -> n.isNumber() && n.canConvertToInt() && n.doubleValue() == n.intValue())
                .map(JsonNode::intValue)
                .filter(v -> min <= v && v <= max));
    }

    static <T> JsonKind<List<T>> listsOf(String expected, JsonKind<T> element) {
        return new JsonKind<>(expected, node -> {
            List<T> converted = new ArrayList<>();
            for (JsonNode e : node) {
                element.convert().apply(e).ifPresent(converted::add);
            }
            return node.isArray() && converted.size() == node.size()
                    ? Optional.of(List.copyOf(converted))
                    : Optional.empty();
        });
    }

    private static Optional<Double> finite(JsonNode node) {
        return Optional.of(node)
                .filter(JsonNode::isNumber)
                .map(JsonNode::doubleValue)
                .filter(Double::isFinite);
    }

    private static List<JsonNode> elements(JsonNode array) {
        List<JsonNode> elements = new ArrayList<>();
        array.forEach(elements::add);
        return List.copyOf(elements);
    }
}
