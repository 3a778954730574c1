package org.consensusprobe.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.function.BiFunction;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;

/** How a manifest's sections are written as JSON and read back: names in snake case, nothing coerced. */
final class ManifestJson {
    static final JsonMapper MAPPER = StrictJson.mapper()
            .rebuild()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private ManifestJson() {}

    /** Sections in order, two spaces of indentation, a line end at the end. */
    static String text(JsonNode root) {
        DefaultIndenter indent = new DefaultIndenter("  ", "\n");
        try {
            return MAPPER.writer(new DefaultPrettyPrinter().withObjectIndenter(indent))
                            .writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A section as a record; {@code damaged} makes of a reason and a cause the refusal of one that is missing or no such record. */
    static <T> T convert(JsonNode node, Class<T> type, BiFunction<String, Throwable, Problem> damaged) {
        if (node.isMissingNode() || node.isNull()) {
            throw damaged.apply("it is missing", null);
        }
        try {
            return MAPPER.treeToValue(node, type);
        } catch (JsonProcessingException e) {
            Throwable cause = e.getCause() instanceof IllegalArgumentException ? e.getCause() : e;
            String text = cause == e ? e.getOriginalMessage() : cause.getMessage();
            throw damaged.apply(Shown.text(text.lines().findFirst().orElse("unreadable")), e);
        }
    }
}
