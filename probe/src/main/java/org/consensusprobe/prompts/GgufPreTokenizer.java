package org.consensusprobe.prompts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.consensusprobe.common.StrictJson;

/**
 * How text is cut before byte pairs are merged, by llama.cpp's names ({@code llama-vocab.cpp}), as the models' own
 * {@code tokenizer.json} say it.
 */
enum GgufPreTokenizer {
    GPT2(List.of("gpt-2", "gpt2", "phi-2")),
    SMOLLM(List.of("smollm", "starcoder")),
    LLAMA3(List.of("llama-bpe", "llama3", "llama-v3")),
    /** Llama 3's cuts with merges alone. */
    DBRX(List.of("smaug-bpe", "dbrx")),
    QWEN2(List.of("qwen2")),
    /** SmolLM's cuts of composed characters. */
    COMMAND_R(List.of("command-r")),
    /** gpt-oss and Llama 4 too. */
    GPT4O(List.of("gpt-4o", "llama4")),
    /** Mistral Nemo and later. */
    TEKKEN(List.of("tekken")),
    DEEPSEEK3(List.of("deepseek-v3")),
    DEFAULT(List.of("default"));

    /** Llama 3's cuts, with so many digits together. */
    private static final String WORDS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|%s"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** A word's capitals and small letters, then, on request, what is contracted with it; with so many digits together. */
    private static final String CASED =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+%1$s"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*%1$s|%2$s"
                    + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    private static final List<String> DEEPSEEK = List.of(
            "\\p{N}{1,3}",
            "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
            "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*"
                    + "|\\s*[\r\n]+|\\s+(?!\\S)|\\s+");

    /** What llama.cpp does where no tokenizer of its list was recognised: one cut after the other. */
    private static final List<String> UNRECOGNISED = List.of(
            "[\\p{P}\\$\\+<=>\\^~\\|]+",
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)",
            "\\p{N}+",
            "[0-9][0-9][0-9]");

    private final List<String> names;

    GgufPreTokenizer(List<String> names) {
        this.names = names;
    }

    static Optional<GgufPreTokenizer> named(String name) {
        return Arrays.stream(values()).filter(p -> p.names.contains(name)).findFirst();
    }

    static String names() {
        return Arrays.stream(values()).flatMap(p -> p.names.stream()).collect(Collectors.joining(", "));
    }

    /** Whether a word that is a token is taken as it is, whatever the merges. */
    boolean takesWholeWords() {
        return this == LLAMA3 || this == TEKKEN;
    }

    /** Whether texts begin with the beginning-of-text token where the file does not say. */
    boolean beginsTexts() {
        return this == LLAMA3;
    }

    JsonNode normalizer() {
        return this == QWEN2 || this == COMMAND_R
                ? StrictJson.mapper().createObjectNode().put("type", "NFC")
                : StrictJson.mapper().nullNode();
    }

    ObjectNode json() {
        ObjectNode sequence = StrictJson.mapper().createObjectNode().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        switch (this) {
            case SMOLLM, COMMAND_R -> steps.addObject().put("type", "Digits").put("individual_digits", true);
            case LLAMA3, DBRX -> split(steps, WORDS.formatted("\\p{N}{1,3}"));
            case QWEN2 -> split(steps, WORDS.formatted("\\p{N}"));
            case GPT4O -> split(steps, CASED.formatted("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "\\p{N}{1,3}"));
            case TEKKEN -> split(steps, CASED.formatted("", "\\p{N}"));
            case DEEPSEEK3 -> DEEPSEEK.forEach(regex -> split(steps, regex));
            case DEFAULT -> UNRECOGNISED.forEach(regex -> split(steps, regex));
            case GPT2 -> {}
        }
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", this == GPT2 || this == SMOLLM || this == COMMAND_R);
        return sequence;
    }

    /** Makes a sequence of it that begins with Qwen 2's and Llama 3's cuts, with digits together as the pattern says. */
    static ArrayNode words(ObjectNode json, String digits) {
        ArrayNode steps = json.put("type", "Sequence").putArray("pretokenizers");
        split(steps, WORDS.formatted(digits));
        return steps;
    }

    private static void split(ArrayNode steps, String regex) {
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", regex);
        split.put("behavior", "Isolated").put("invert", false);
    }
}
