package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;

/** The architectures that the program knows, by the {@code model_type} of their config. */
public final class Architectures {
    /** Models that are run whole. */
    private static final Map<String, Architecture> WHOLE = Stream.of(
                    new Architecture("albert", Albert::of, "bert with one layer's weights in many places"),
                    new Architecture("bert", Bert::of, "encoder: full attention, LayerNorm after each half"),
                    new Architecture("bloom", Bloom::of, "LayerNorm on embeddings and before each half, ALiBi"),
                    new Architecture("camembert", Roberta::camembert, "roberta under another name"),
                    new Architecture("codegen", GptJ::codegen, "gptj with q, v, k in one matrix of four parts"),
                    new Architecture(
                            "deberta-v2", DebertaV2::of, "bert with scores by distance: disentangled attention"),
                    new Architecture("deepseek_v2", DeepseekV3::second, "latent attention, experts chosen by softmax"),
                    new Architecture(
                            "deepseek_v3", DeepseekV3::of, "latent attention, experts chosen by sigmoids and groups"),
                    new Architecture("distilbert", DistilBert::of, "bert without token types"),
                    new Architecture("electra", Electra::of, "bert with narrow embeddings"),
                    new Architecture(
                            "esm", Esm::of, "encoder: LayerNorm before each half, rotary or learned positions"),
                    new Architecture("eurobert", EuroBert::of, "encoder: llama's blocks with full attention"),
                    new Architecture("falcon", Falcon::of, "LayerNorm, halves parallel or not, rotary or ALiBi"),
                    new Architecture("gemma", Gemma::of, "RMSNorm by 1 + weight, GELU gate, embeddings times sqrt(D)"),
                    new Architecture("gemma2", Gemma2::of, "gemma with norms around each half, capped scores, windows"),
                    new Architecture(
                            "apertus", Apertus::of, "llama with norms on heads and a learned activation, xIELU"),
                    new Architecture("arcee", Arcee::of, "llama with a feed-forward layer of squared ReLU"),
                    new Architecture("cohere", Cohere::of, "LayerNorm, parallel halves, rotary by neighbours"),
                    new Architecture(
                            "cohere2", Cohere::second, "cohere with windows; no positions in the other layers"),
                    new Architecture("ernie4_5", Ernie45::of, "llama with rotary by neighbours"),
                    new Architecture("exaone4", Exaone4::of, "norms on branches and heads, windows"),
                    new Architecture("gemma3_text", Gemma3Text::of, "gemma2 with norms on heads and two rotary bases"),
                    new Architecture("glm", Glm::of, "llama with rotary by neighbours on half a head"),
                    new Architecture("glm4", Glm::fourth, "glm with norms around each half"),
                    new Architecture("glm4_moe", Glm4Moe::of, "llama with partial rotary, experts chosen by groups"),
                    new Architecture(
                            "glm4_moe_lite",
                            DeepseekV3::lite,
                            "deepseek_v3 with a list of the layers that are mixtures"),
                    new Architecture("gpt_oss", GptOss::of, "sinks in attention, windows, experts with clamped gates"),
                    new Architecture("granitemoe", GraniteMoe::of, "granite with experts in every layer"),
                    new Architecture("granite", Granite::of, "llama with four multipliers"),
                    new Architecture("helium", Helium::of, "llama with rotary by neighbours"),
                    new Architecture("hunyuan_v1_dense", HunyuanV1Dense::of, "llama with norms on rotated heads"),
                    new Architecture("ministral", Mistral::ministral, "mistral with a window in some layers"),
                    new Architecture("ministral3", Ministral3::of, "mistral whose queries grow with their position"),
                    new Architecture("nanochat", Nanochat::of, "bare RMSNorm, norms on rotated heads, squared ReLU"),
                    new Architecture("nemotron", Nemotron::of, "LayerNorm by 1 + weight, squared ReLU"),
                    new Architecture("olmo", Olmo::of, "llama with bare LayerNorm"),
                    new Architecture("olmo2", Olmo2::of, "norms on branches, and on queries and keys over all heads"),
                    new Architecture("olmo3", Olmo2::third, "olmo2 with windows"),
                    new Architecture(
                            "olmoe", Olmoe::of, "llama with experts, and norms on queries and keys over all heads"),
                    new Architecture("seed_oss", SeedOss::of, "llama with biases on q, k, v"),
                    new Architecture("smollm3", Smollm3::of, "llama without positions in every fourth layer"),
                    new Architecture("stablelm", Stablelm::of, "LayerNorm, rotary on a quarter of the head"),
                    new Architecture("gpt2", Gpt2::of, "LayerNorm, learned positions, fused q, k, v"),
                    new Architecture("gpt_bigcode", GptBigCode::of, "gpt2 with one key and value head for all"),
                    new Architecture("gpt_neo", GptNeo::of, "gpt2 with unscaled scores and windows in local layers"),
                    new Architecture(
                            "gpt_neox", GptNeox::of, "LayerNorm, parallel halves, rotary on a fraction of the head"),
                    new Architecture(
                            "huginn_raven",
                            HuginnRaven::of,
                            "a looped core between a prelude and a coda, norms after skips"),
                    new Architecture("gptj", GptJ::of, "LayerNorm, parallel halves, rotary positions by neighbours"),
                    new Architecture("llama", Llama::of, "RMSNorm, rotary positions, grouped heads, SiLU gate"),
                    new Architecture("mistral", Mistral::of, "llama with a window in every layer"),
                    new Architecture("mixtral", Mixtral::of, "mistral with experts in every layer"),
                    new Architecture("modernbert", ModernBert::of, "encoder: LayerNorm, rotary, windows, GELU gate"),
                    new Architecture("mpnet", Mpnet::of, "bert with a bias on scores by distance"),
                    new Architecture("mpt", Mpt::of, "LayerNorm without biases, ALiBi"),
                    new Architecture("nomic_bert", NomicBert::of, "bert with rotary positions and a SiLU gate"),
                    new Architecture("openai-gpt", OpenaiGpt::of, "gpt2 with the norms after the halves"),
                    new Architecture("opt", Opt::of, "LayerNorm before or after each half, learned positions, ReLU"),
                    new Architecture("ouro", Ouro::of, "looped llama: norms around each half, windows as in qwen2"),
                    new Architecture("phi", Phi::of, "LayerNorm, parallel halves, rotary on a part of the head"),
                    new Architecture("phi3", Phi3::of, "llama with fused matrices, rotary on a fraction of the head"),
                    new Architecture("qwen2", Qwen2::of, "llama with biases on q, k, v and optional windows"),
                    new Architecture("qwen2_moe", Qwen2Moe::of, "qwen2 with experts, and one that all tokens pass"),
                    new Architecture("qwen3_moe", Qwen3Moe::of, "qwen3 with experts"),
                    new Architecture("qwen3", Qwen3::of, "llama with an RMSNorm on the queries and keys of each head"),
                    new Architecture("qwen2_vl_text", QwenVl::second, "qwen2, by itself or in a qwen2_vl"),
                    new Architecture("qwen2_5_vl_text", QwenVl::secondAndHalf, "qwen2, by itself or in a qwen2_5_vl"),
                    new Architecture("qwen3_vl_text", QwenVl::third, "qwen3, by itself or in a qwen3_vl"),
                    new Architecture("roberta", Roberta::of, "bert whose positions start after the padding id"),
                    new Architecture("starcoder2", Starcoder2::of, "LayerNorm, rotary positions, grouped heads"),
                    new Architecture("t5", T5::of, "encoder of T5: RMSNorm, unscaled scores, a bias by distance"),
                    new Architecture("beit", Beit::of, "vit with scaled halves, a bias on scores by place"),
                    new Architecture(
                            "clip_vision_model", ClipVision::clip, "CLIP's vit, a norm before the first block"),
                    new Architecture("dinov3_vit", Dinov3Vit::of, "dinov2 with rotary positions of patches"),
                    new Architecture("ijepa", Vit::ijepa, "vit without a class token"),
                    new Architecture("siglip_vision_model", ClipVision::siglip, "SigLIP's vit, no class token"),
                    new Architecture("deit", Vit::deit, "vit with a distillation token"),
                    new Architecture("dinov2", Dinov2::of, "vit with scaled halves, images of any size"),
                    new Architecture("dinov2_with_registers", Dinov2::withRegisters, "dinov2 with registers"),
                    new Architecture("vit", Vit::of, "images: patches as tokens, LayerNorm before each half"),
                    new Architecture("xlm-roberta", Roberta::xlmRoberta, "roberta under another name"),
                    new Architecture("xlnet", Xlnet::of, "content stream: scores by sines of distances"))
            .collect(Collectors.toMap(Architecture::modelType, Function.identity(), (a, b) -> a, TreeMap::new));

    private static final Map<String, Architecture> BY_MODEL_TYPE = Stream.concat(
                    WHOLE.values().stream(), TextPart.all())
            .collect(Collectors.toMap(Architecture::modelType, Function.identity(), (a, b) -> a, TreeMap::new));

    /** Models of two towers whose image tower can be run by itself, and what it is called. */
    private static final Map<String, String> IMAGE_TOWERS =
            Map.of("clip", "clip_vision_model", "siglip", "siglip_vision_model");

    /** Where configs of vision-language and other composed models keep the one of their text part. */
    private static final List<String> TEXT_PARTS = List.of("text_config", "llm_config", "language_config");

    /** Families with linear attention or recurrent states in some or all of their layers. */
    private static final Pattern RECURRENT =
            Pattern.compile("(qwen3_next|qwen3_5|nemotron_h|lfm2|falcon_h1|falcon_mamba|mamba"
                    + "|mamba2|rwkv|rwkv[5-7]|jamba|bamba|zamba2?|recurrent_gemma|granitemoehybrid|minimax|xlstm|olmo_hybrid|kimi_linear|glm5_next|qwen4_exp|zaya"
                    + "|plamo2)(_text|_moe|_moe_text|_vl|_omni)?");

    private static final String OTHER_WAY =
            "Its hidden states can be measured all the same: save them from Python, then consensus states FILE.";

    private static final String TOKENS_AGAIN =
            "its layers are given the tokens again (an embedding for each layer) and may"
                    + " read keys and values of other layers, so that no pass goes on from hidden states alone";

    /** Families that are not run for reasons of their own. */
    private static final Map<String, String> OTHERWISE = Map.of(
            "gemma3n", TOKENS_AGAIN,
            "gemma3n_text", TOKENS_AGAIN,
            "gemma4", TOKENS_AGAIN,
            "gemma4_text", TOKENS_AGAIN,
            "mllama", "some of its layers attend to an image instead of the text",
            "paligemma", "the tokens of its prompt see each other both ways, those of its answer do not");

    private Architectures() {}

    /**
     * A family of models.
     *
     * @param modelType the {@code model_type} of its configs
     * @param reader makes a model from a config
     * @param description what sets it apart, in a line
     */
    public record Architecture(String modelType, Function<JsonFields, Transformer> reader, String description) {}

    /** All of them, by name. */
    public static Collection<Architecture> all() {
        return BY_MODEL_TYPE.values();
    }

    /** What makes models of a type, if it is known. */
    static Optional<Function<JsonFields, Transformer>> reader(String modelType) {
        return Optional.ofNullable(BY_MODEL_TYPE.get(modelType)).map(Architecture::reader);
    }

    /** Whether models of that type have parts besides text, of which the text part alone is run. */
    public static boolean isTextPart(String modelType) {
        return TextPart.isOf(modelType);
    }

    /** What a reader of a run should know of a model of which a part is run; empty for others. */
    public static Optional<String> note(JsonNode config) {
        String type = config.path("model_type").asText();
        return IMAGE_TOWERS.containsKey(type)
                ? Optional.of("of a " + type + " the image tower alone is run; it takes no text here")
                : TextPart.note(config);
    }

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
                .orElseThrow(() -> Problem.input("%s: no model_type; expected one of %s.", where, known()));
        if (IMAGE_TOWERS.containsKey(type)) {
            return BY_MODEL_TYPE
                    .get(IMAGE_TOWERS.get(type))
                    .reader
                    .apply(fields.object("vision_config")
                            .orElseThrow(() -> fields.refused("vision_config", "the image tower's fields")));
        }
        Architecture architecture = BY_MODEL_TYPE.get(type);
        if (architecture == null) {
            requireAttention(type, where);
            textPart(config).ifPresent(text -> {
                throw Problem.input(
                        "%s: model_type \"%s\" has parts besides text, and only text models are run.%n%s",
                        where,
                        type,
                        BY_MODEL_TYPE.containsKey(text)
                                ? "Its text part is a " + text + ": save that alone, in Python: "
                                        + "model.language_model.save_pretrained(dir)."
                                : "Its text part, " + Shown.text(text) + ", is not known either; known: " + known()
                                        + ".");
            });
            throw Problem.input("%s: model_type \"%s\" is not known; known: %s.", where, type, known());
        }
        fields.implementedOnly("quantization_config", (Object) null);
        return architecture.reader.apply(fields);
    }

    /** Refuses families whose tokens meet in other ways than attention from state to state, and says how they can be measured. */
    private static void requireAttention(String type, Object where) {
        if (RECURRENT.matcher(type).matches()) {
            throw Problem.input(
                    "%s: model_type \"%s\" has layers of linear attention or recurrent states, which are not run here.%n%s",
                    where, type, OTHER_WAY);
        }
        if (OTHERWISE.containsKey(type)) {
            throw Problem.input(
                    "%s: model_type \"%s\" is not run here: %s.%n%s", where, type, OTHERWISE.get(type), OTHER_WAY);
        }
    }

    private static Optional<String> textPart(JsonNode config) {
        return TEXT_PARTS.stream()
                .map(key -> config.path(key).path("model_type"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::textValue)
                .findFirst();
    }

    private static String known() {
        return String.join(", ", BY_MODEL_TYPE.keySet());
    }
}
