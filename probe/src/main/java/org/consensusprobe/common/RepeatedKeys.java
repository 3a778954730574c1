package org.consensusprobe.common;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Set;

/** A JSON object that keeps the last value of a key, as Python does, and knows which keys had more than one. */
@SuppressWarnings("unchecked") // of deepCopy(), which the library overrides so
final class RepeatedKeys extends ObjectNode {
    private static final long serialVersionUID = 1L;

    /** Makes every object of a tree one of these. */
    static final JsonNodeFactory NODES = new JsonNodeFactory() {
        private static final long serialVersionUID = 1L;

        @Override
        public ObjectNode objectNode() {
            return new RepeatedKeys(this);
        }
    };

    private transient Set<String> repeated = Set.of();

    private RepeatedKeys(JsonNodeFactory nodes) {
        super(nodes);
    }

    /** Whether a key of an object had more than one value in the text it was read from. */
    static boolean has(JsonNode object, String key) {
        return object instanceof RepeatedKeys known && known.repeated.contains(key);
    }

    // what the parser calls for every field
    @Override
    public JsonNode replace(String key, JsonNode value) {
        JsonNode before = super.replace(key, value);
        if (before != null) {
            repeated = new HashSet<>(repeated);
            repeated.add(key);
        }
        return before;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
