package org.consensusprobe.weights;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.gguf.GgufFile;

/** An architecture under llama.cpp's name, {@code general.architecture}, whose names and metadata are known here. */
enum GgufArchitecture {
    LLAMA("llama", GgufDecoders::llama, GgufTables::llama),
    QWEN2("qwen2", GgufDecoders::qwen2, GgufTables::gated),
    QWEN2_MOE("qwen2moe", GgufMixtures::qwen2, GgufTables::qwen2moe),
    QWEN3("qwen3", GgufDecoders::qwen3, GgufTables::gated),
    QWEN3_MOE("qwen3moe", GgufMixtures::qwen3, GgufTables::experts),
    GEMMA("gemma", GgufDecoders::gemma, GgufTables::gemma),
    GEMMA2("gemma2", GgufDecoders::gemma2, GgufTables::gemma2),
    GEMMA3("gemma3", GgufDecoders::gemma3, GgufTables::gemma2),
    PHI3("phi3", GgufDecoders::phi3, GgufTables::phi3),
    OLMO2("olmo2", GgufDecoders::olmo2, GgufTables::normsAfter),
    OLMOE("olmoe", GgufMixtures::olmoe, GgufTables::experts),
    SMOLLM3("smollm3", GgufDecoders::smollm3, GgufTables::pairs),
    GRANITE("granite", GgufDecoders::granite, GgufTables::pairs),
    GRANITE_MOE("granitemoe", GgufMixtures::granite, GgufTables::granitemoe),
    COMMAND_R("command-r", GgufDecoders::commandR, GgufTables::cohere),
    COHERE2("cohere2", GgufDecoders::cohere2, GgufTables::cohere),
    GPT_OSS("gpt-oss", GgufMixtures::gptOss, GgufTables::gptOss),
    DEEPSEEK2("deepseek2", GgufMixtures::deepseek2, GgufTables::deepseek2),
    GLM4("glm4", GgufDecoders::glm4, GgufTables::glm4),
    GLM4_MOE("glm4moe", GgufMixtures::glm4, GgufTables::glm4moe),
    EXAONE4("exaone4", GgufDecoders::exaone4, GgufTables::normsAfter),
    OLMO("olmo", GgufDecoders::olmo, GgufTables::pairs),
    ARCEE("arcee", GgufDecoders::arcee, GgufTables::pairs),
    ERNIE4_5("ernie4_5", GgufDecoders::ernie, GgufTables::gated),
    SEED_OSS("seed_oss", GgufDecoders::seedOss, GgufOtherTables::seedOss),
    HUNYUAN("hunyuan-dense", GgufDecoders::hunyuan, GgufOtherTables::hunyuan),
    NEMOTRON("nemotron", GgufOthers::nemotron, GgufOtherTables::nemotron),
    PHI2("phi2", GgufOthers::phi2, GgufOtherTables::phi2),
    STARCODER2("starcoder2", GgufOthers::starcoder2, GgufOtherTables::starcoder2),
    STARCODER("starcoder", GgufOthers::bigcode, GgufOtherTables::bigcode),
    STABLELM("stablelm", GgufOthers::stablelm, GgufOtherTables::stablelm),
    FALCON("falcon", GgufOthers::falcon, GgufOtherTables::falcon),
    BLOOM("bloom", GgufOthers::bloom, GgufOtherTables::bloom),
    MPT("mpt", GgufOthers::mpt, GgufOtherTables::mpt),
    GPT_NEOX("gptneox", GgufOthers::neox, GgufOtherTables::neox),
    GPT2("gpt2", GgufOthers::gpt2, GgufOtherTables::gpt2),
    BERT("bert", GgufOthers::bert, GgufOtherTables::bert),
    NOMIC_BERT("nomic-bert", GgufOthers::nomicBert, GgufOtherTables::nomicBert),
    EUROBERT("eurobert", GgufOthers::euroBert, GgufTables::gated);

    /** Those whose tokens meet in recurrent states or linear attention, in some or all of their layers. */
    private static final Set<String> RECURRENT = Set.of(
            "arwkv7",
            "falcon-h1",
            "granitehybrid",
            "jamba",
            "kimi-linear",
            "lfm2",
            "lfm2moe",
            "mamba",
            "mamba2",
            "nemotron_h",
            "nemotron_h_moe",
            "plamo2",
            "qwen35",
            "qwen35moe",
            "qwen3next",
            "rwkv6",
            "rwkv6qwen2",
            "rwkv7");

    private final String prefix;
    private final Consumer<GgufFields> config;
    private final Function<JsonNode, GgufNames> names;

    GgufArchitecture(String prefix, Consumer<GgufFields> config, Function<JsonNode, GgufNames> names) {
        this.prefix = prefix;
        this.config = config;
        this.names = names;
    }

    /** llama.cpp's name, with which metadata keys begin. */
    String prefix() {
        return prefix;
    }

    /** Writes the config of a file's model. */
    void write(GgufFields f) {
        config.accept(f);
    }

    /** The names of its tensors at the sizes of a config. */
    GgufNames names(JsonNode config) {
        return names.apply(config);
    }

    /**
     * The architecture of a file.
     *
     * @throws Problem if it says none, or one that is not known here
     */
    static GgufArchitecture of(GgufFile file) {
        String name = file.metadata()
                .text("general.architecture")
                .orElseThrow(() -> Problem.input("%s: general.architecture is missing.", file.file()));
        return Arrays.stream(values())
                .filter(a -> a.prefix().equals(name))
                .findFirst()
                .orElseThrow(() -> unknown(file, name));
    }

    private static Problem unknown(GgufFile file, String name) {
        if (RECURRENT.contains(name)) {
            return Problem.input(
                    "%s: architecture \"%s\" has layers of linear attention or recurrent states, which are not run here.%n"
                            + "Its hidden states can be measured all the same: save them from Python, then consensus states FILE.",
                    file.file(), name);
        }
        return Problem.input(
                "%s: architecture \"%s\" is not known in GGUF files; known: %s.%n"
                        + "If its Hugging Face form is, give a directory of safetensors.",
                file.file(),
                Shown.text(name),
                Arrays.stream(values()).map(GgufArchitecture::prefix).collect(Collectors.joining(", ")));
    }
}
