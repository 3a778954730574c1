package org.consensusprobe.model;

import static java.util.Map.entry;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;

/** The architectures that the program knows, by the {@code model_type} of their config. */
public final class Architectures {
    private static final Map<String, Function<JsonFields, Transformer>> BY_MODEL_TYPE = new TreeMap<>(Map.ofEntries(
            entry("gemma", Gemma::of),
            entry("gemma2", Gemma2::of),
            entry("gpt2", Gpt2::of),
            entry("gpt_neo", GptNeo::of),
            entry("llama", Llama::of),
            entry("mistral", Mistral::of),
            entry("phi3", Phi3::of),
            entry("qwen2", Qwen2::of),
            entry("qwen3", Qwen3::of)));

    private Architectures() {}

    /**
     * The model that a config describes.
     *
     * @param config the content of a {@code config.json}
     * @param where the file or alias it came from, for messages
     * @throws Problem if the type is unknown, a field is missing, wrong, or asks for what is not implemented
     */
    public static Transformer of(JsonNode config, Object where) {
        JsonFields fields = JsonFields.of(config, where);
        String type = fields.optionalText("model_type")
                .orElseThrow(() -> Problem.input(
                        "%s: no model_type; expected one of %s.", where, String.join(", ", BY_MODEL_TYPE.keySet())));
        Function<JsonFields, Transformer> architecture = BY_MODEL_TYPE.get(type);
        if (architecture == null) {
            throw Problem.input(
                    "%s: model_type \"%s\" is not known; known: %s.",
                    where, type, String.join(", ", BY_MODEL_TYPE.keySet()));
        }
        fields.implementedOnly("quantization_config", (Object) null);
        return architecture.apply(fields);
    }
}
