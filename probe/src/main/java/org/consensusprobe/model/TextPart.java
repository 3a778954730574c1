package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;

/**
 * Models that take images beside text, of which the part that makes text is run: a decoder of a family of its own, whose fields
 * are in {@code text_config}. Prompts are text, at whose tokens every axis of multimodal rotary positions is the same.
 */
final class TextPart {
    private static final String KEY = "text_config";
    private static final String TIED = "tie_word_embeddings";

    /** Where a whole model keeps it: under transformers' names of today, under those until 4.51, and in a base class's files. */
    private static final List<String> PREFIXES = List.of("model.language_model.", "language_model.");

    /** The names of heads that older files have. */
    static final Map<String, String> OLD_HEADS = Map.of("language_model.lm_head.weight", "lm_head.weight");

    /** What stands beside it: the towers of other kinds of input, and what joins them to it. */
    static final Pattern BESIDE = Pattern.compile(
            "(model\\.)?(vision_tower|vision_model|visual|multi_modal_projector|image_newline)(\\..*)?");

    /** What text models of some families do to scores of the next token, and classes of whole models leave out. */
    private static final Map<String, JsonNode> HEADS = Map.of(
            "final_logit_softcapping", NullNode.getInstance(),
            "logit_scale", IntNode.valueOf(1),
            "logits_scaling", IntNode.valueOf(1));

    /** Mistral 3's text part where a config has none. */
    private static final String MISTRAL3 =
            """
            {"head_dim": 128, "hidden_size": 5120, "intermediate_size": 32768, "num_hidden_layers": 40,
             "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 1000000000.0, "sliding_window": null,
             "vocab_size": 131072}
            """;

    private TextPart() {}

    /** Who says whether the head is tied to the token table. */
    private enum Tie {
        /** The whole model's config, or where that does not, the text part's. */
        EITHER,
        /** The whole model's config, which ties them unless it says otherwise. */
        TIED,
        /** The same, {@code null} being otherwise. */
        TIED_UNLESS_NULL,
        /** The whole model's config, which ties them only if it says so. */
        APART
    }

    /** The registry's entries. */
    static Stream<Architectures.Architecture> all() {
        return Stream.of(
                whole("gemma3", "gemma3_text", f -> fixed(f, "gemma3_text", Tie.TIED_UNLESS_NULL)),
                whole("llava", "llama by default", f -> named(f, "llama", Tie.EITHER, "{}")),
                whole("llava_next", "llama by default", f -> named(f, "llama", Tie.APART, "{}")),
                whole("llava_onevision", "qwen2 by default", f -> named(f, "qwen2", Tie.EITHER, "{}")),
                whole("mistral3", "mistral by default", f -> named(f, "mistral", Tie.TIED, MISTRAL3)),
                whole("qwen2_vl", "qwen2_vl_text", f -> flat(f, "qwen2_vl_text")),
                whole("qwen2_5_vl", "qwen2_5_vl_text", f -> flat(f, "qwen2_5_vl_text")),
                whole("qwen3_vl", "qwen3_vl_text", f -> fixed(f, "qwen3_vl_text", Tie.APART)));
    }

    private static Architectures.Architecture whole(
            String type, String text, Function<JsonFields, Transformer> reader) {
        return new Architectures.Architecture(type, reader, "images and text; its text part alone, " + text);
    }

    /** Whether a model of that type has parts besides the one that is run. */
    static boolean isOf(String modelType) {
        return all().anyMatch(whole -> whole.modelType().equals(modelType));
    }

    /** What a reader of a run should know of such a model. */
    static Optional<String> note(JsonNode config) {
        String type = config.path("model_type").asText();
        return isOf(type)
                ? Optional.of("of a " + type + " the text part alone is run, on text; it takes no images here")
                : Optional.empty();
    }

    /** The prefixes of a family's tensors where it is the text part of a whole model. */
    static Stream<String> prefixes(List<String> own) {
        return Stream.concat(PREFIXES.stream(), own.stream().map("language_model."::concat));
    }

    /** A text part of whatever type its config says. */
    private static Transformer named(JsonFields f, String type, Tie tie, String absent) {
        JsonFields text = f.object(KEY).orElseGet(() -> builtIn(f, absent));
        String named = text.textOr("model_type", type);
        if (isOf(named)) {
            throw text.refused("model_type", "that of a model of text");
        }
        return read(f, text, named, tie);
    }

    /** A text part of a type of its own, whatever its config says. */
    private static Transformer fixed(JsonFields f, String type, Tie tie) {
        return read(f, f.object(KEY).orElseGet(() -> builtIn(f, "{}")), type, tie);
    }

    /** The same, whose older files have the text part's fields beside those of the whole. */
    private static Transformer flat(JsonFields f, String type) {
        return read(f, f.object(KEY).orElse(f), type, Tie.EITHER);
    }

    private static Transformer read(JsonFields whole, JsonFields text, String type, Tie tie) {
        boolean untied = tie == Tie.TIED_UNLESS_NULL && whole.isNull(TIED);
        boolean said = !untied && whole.boolOr(TIED, tie == Tie.TIED || tie == Tie.TIED_UNLESS_NULL);
        boolean own = tie == Tie.EITHER && !said;
        text.boolOr(TIED, false);
        JsonFields fields = own ? text : text.saying(TIED, BooleanNode.valueOf(said));
        for (Map.Entry<String, JsonNode> unused : HEADS.entrySet()) {
            text.optionalNumber(unused.getKey());
            fields = fields.saying(unused.getKey(), unused.getValue());
        }
        return Architectures.reader(type)
                .orElseThrow(() -> Problem.input(
                        "%s: \"%s\" is not known; known are the types of text models that consensus models list names.",
                        text.place("model_type"), type))
                .apply(fields);
    }

    private static JsonFields builtIn(JsonFields f, String json) {
        return JsonFields.of(
                StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), f.place(KEY), "JSON"), f.place(KEY));
    }
}
