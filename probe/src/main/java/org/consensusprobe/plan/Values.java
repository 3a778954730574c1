package org.consensusprobe.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What is said of some fields; the others stand where they stand when nothing is said. */
public final class Values {
    /** Nothing. */
    public static final Values NONE = new Values(Map.of());

    private final Map<Field<?>, Object> said;

    private Values(Map<Field<?>, Object> said) {
        this.said = said;
    }

    /** The value of a field. */
    @SuppressWarnings("unchecked") // with() is the only way in
    public <T> T get(Field<T> field) {
        return said.containsKey(field) ? (T) said.get(field) : field.neutral(this);
    }

    /** Whether something is said of a field. */
    public boolean has(Field<?> field) {
        return said.containsKey(field);
    }

    /** The names of the fields of which something is said. */
    Set<String> names() {
        Set<String> names = new HashSet<>();
        said.keySet().forEach(field -> names.add(field.name()));
        return Collections.unmodifiableSet(names);
    }

    /** These and one more, which wins. */
    public <T> Values with(Field<T> field, T value) {
        Map<Field<?>, Object> more = new LinkedHashMap<>(said);
        more.put(field, value);
        return new Values(more);
    }

    /** These and others, which win. */
    public Values with(Values others) {
        if (others.said.isEmpty()) {
            return this;
        }
        Map<Field<?>, Object> more = new LinkedHashMap<>(said);
        more.putAll(others.said);
        return new Values(more);
    }

    /** These and a field's value as an option writes it. */
    public <T> Values parse(Field<T> field, String text) {
        return with(field, field.parse(text));
    }

    /**
     * The fields of a run in a JSON object; what else is in it stays unread.
     *
     * @param where file and place in it, for messages
     */
    public static Values read(ObjectNode json, String where) {
        Map<Field<?>, Object> said = new LinkedHashMap<>();
        for (Field<?> field : Fields.OF_A_RUN) {
            if (json.hasNonNull(field.name())) {
                said.put(field, field.read(json.get(field.name()), where));
            }
        }
        return new Values(said);
    }

    /** What a plan says of every field. */
    static Values of(RunPlan plan) {
        Map<Field<?>, Object> said = new LinkedHashMap<>();
        Fields.OF_A_RUN.forEach(field -> said.put(field, field.of(plan)));
        return new Values(said);
    }
}
