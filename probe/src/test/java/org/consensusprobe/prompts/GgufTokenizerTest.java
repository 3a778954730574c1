package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A vocabulary in a GGUF file gives the ids that it gives in a tokenizer.json. */
class GgufTokenizerTest {
    private static final int TEXTS = 400;
    private static final List<String> PARTS = List.of(
            "the",
            " The",
            " river",
            "ing",
            "ed ",
            "I'm",
            "WE'LL",
            " don't",
            "1793",
            "12",
            "7",
            " 3.14",
            "½",
            "\u0663",
            "²",
            " ",
            "  ",
            "   ",
            "\n",
            "\n\n",
            "\r\n",
            "\t",
            "\u00a0",
            ".",
            "...",
            "?!",
            " (",
            ")",
            "<=",
            "$",
            "_",
            "__init__",
            "#",
            "é",
            "e\u0301",
            "\u6f22\u5b57",
            "\u0928\u092e\u0938",
            "\ud83d\ude42",
            "\ud83d\udc69\u200d\ud83d\ude80",
            "\u0000",
            "<|endoftext|>",
            "<|",
            " naïve",
            "ÀÉ",
            "\u1e69",
            "\u0130");

    /** What the models' own files say ("pre_tokenizer", "normalizer"). */
    private static final String DIGITS =
            "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\",\"individual_digits\":true},"
                    + "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}]}";

    private static final String QWEN2 =
            "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":"
                    + "\"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?\\\\p{L}+|\\\\p{N}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n]*"
                    + "|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+\"},\"behavior\":\"Isolated\",\"invert\":false},"
                    + "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":false,\"use_regex\":false}]}";

    private static final String LLAMA3 = QWEN2.replace("|\\\\p{N}| ?", "|\\\\p{N}{1,3}| ?");

    private static final String GPT4O = cuts(
            "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                    + "|\\\\p{N}{1,3}| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+");

    private static final String TEKKEN = cuts(
            "[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+"
                    + "|[^\\\\r\\\\n\\\\p{L}\\\\p{N}]?[\\\\p{Lu}\\\\p{Lt}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]+[\\\\p{Ll}\\\\p{Lm}\\\\p{Lo}\\\\p{M}]*|\\\\p{N}"
                    + "| ?[^\\\\s\\\\p{L}\\\\p{N}]+[\\\\r\\\\n/]*|\\\\s*[\\\\r\\\\n]+|\\\\s+(?!\\\\S)|\\\\s+");

    private static final String DEEPSEEK = cuts(
            "\\\\p{N}{1,3}",
            "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
            "[!\\\"#$%&'()*+,\\\\-./:;<=>?@\\\\[\\\\\\\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\\\p{L}\\\\p{P}\\\\p{S}]?[\\\\p{L}\\\\p{M}]+"
                    + "| ?[\\\\p{P}\\\\p{S}]+[\\r\\n]*|\\\\s*[\\r\\n]+|\\\\s+(?!\\\\S)|\\\\s+");

    @TempDir
    Path folder;

    /** One cut after the other, as JSON has them. */
    private static String cuts(String... regexes) {
        String split =
                "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"%s\"},\"behavior\":\"Isolated\",\"invert\":false},";
        StringBuilder steps = new StringBuilder("{\"type\":\"Sequence\",\"pretokenizers\":[");
        Arrays.stream(regexes).forEach(regex -> steps.append(split.replace("%s", regex)));
        return steps.append(
                        "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":false}]}")
                .toString();
    }

    static Stream<Arguments> preTokenizers() {
        return Stream.of(
                Arguments.of("gpt-2", "", "null", false),
                Arguments.of("smollm", DIGITS, "null", false),
                Arguments.of("qwen2", QWEN2, "{\"type\":\"NFC\"}", false),
                Arguments.of("llama-bpe", LLAMA3, "null", true),
                Arguments.of("dbrx", LLAMA3, "null", false),
                Arguments.of("command-r", DIGITS, "{\"type\":\"NFC\"}", false),
                Arguments.of("gpt-4o", GPT4O, "null", false),
                Arguments.of("tekken", TEKKEN, "null", true),
                Arguments.of("deepseek-v3", DEEPSEEK, "null", false));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("preTokenizers")
    void idsAreThoseOfTheTokenizerJson(String name, String cuts, String normalizer, boolean wholeWords)
            throws IOException {
        ObjectNode json = demo();
        if (!cuts.isEmpty()) {
            json.set("pre_tokenizer", StrictJson.mapper().readTree(cuts));
        }
        json.set("normalizer", StrictJson.mapper().readTree(normalizer));
        json.withObject("/model").put("ignore_merges", wholeWords);
        Path there = Files.writeString(folder.resolve("tokenizer.json"), json.toString());
        Path here = gguf(json)
                .text("tokenizer.ggml.pre", name)
                .uint32("tokenizer.ggml.bos_token_id", 0)
                .write(folder.resolve("model.gguf"));
        SplittableRandom random = new SplittableRandom(11);
        try (Tokenizer python = Tokenizer.load(there);
                Tokenizer ours = Tokenizer.load(here)) {
            assertThat(ours.vocabulary()).isEqualTo(python.vocabulary());
            for (int i = 0; i < TEXTS; i++) {
                String text = text(random);
                int[] ids = ours.encode(text, false);
                assertThat(ids).as(text).isEqualTo(python.encode(text, false));
                assertThat(ours.decode(ids)).isEqualTo(python.decode(ids));
            }
        }
    }

    @Test
    void endAndBeginningAreAddedOnRequest() throws IOException {
        Path here = gguf(demo())
                .text("tokenizer.ggml.pre", "gpt-2")
                .bool("tokenizer.ggml.add_bos_token", true)
                .uint32("tokenizer.ggml.bos_token_id", 5)
                .bool("tokenizer.ggml.add_eos_token", true)
                .uint32("tokenizer.ggml.eos_token_id", 0)
                .write(folder.resolve("model.gguf"));
        try (Tokenizer tokenizer = Tokenizer.load(here)) {
            int[] plain = tokenizer.encode("the river", false);
            int[] special = tokenizer.encode("the river", true);
            assertThat(special).hasSize(plain.length + 2).startsWith(5).endsWith(0);
            assertThat(Arrays.copyOfRange(special, 1, special.length - 1)).isEqualTo(plain);
        }
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(new GgufWriter(), "the file has no tokenizer"),
                Arguments.of(two("rwkv"), "of the kind \"rwkv\"; byte-level BPE (gpt2), SentencePiece (llama, t5)"),
                Arguments.of(two("llama"), "has no scores (tokenizer.ggml.scores)"),
                Arguments.of(
                        two("t5").float32s("tokenizer.ggml.scores", List.of(1f)), "scores has 1 entries for 2 tokens"),
                Arguments.of(
                        two("llama").float32s("tokenizer.ggml.scores", List.of(0f, Float.NaN)),
                        "the token 1, \"b\", has the score NaN"),
                Arguments.of(
                        two("llama").int32s("tokenizer.ggml.token_type", List.of(1, 7)),
                        "token_type has the kind 7; expected 1 to 6"),
                Arguments.of(two("gpt2"), "(tokenizer.ggml.pre) is missing"),
                Arguments.of(
                        two("gpt2").text("tokenizer.ggml.pre", "viking"),
                        "(tokenizer.ggml.pre) is \"viking\"; known: gpt-2"),
                Arguments.of(bytePairs(), "has no vocabulary"),
                Arguments.of(bytePairs().texts("tokenizer.ggml.tokens", List.of("a", "b", "a")), "the token a twice"),
                Arguments.of(
                        bytePairs()
                                .texts("tokenizer.ggml.tokens", List.of("a", "b"))
                                .int32s("tokenizer.ggml.token_type", List.of(1)),
                        "token_type has 1 entries for 2 tokens"),
                Arguments.of(
                        bytePairs()
                                .texts("tokenizer.ggml.tokens", List.of("a", "b"))
                                .texts("tokenizer.ggml.merges", List.of("ab")),
                        "merges \"ab\"; expected two tokens"),
                Arguments.of(
                        bytePairs()
                                .texts("tokenizer.ggml.tokens", List.of("a", "b"))
                                .texts("tokenizer.ggml.merges", List.of("a b")),
                        "the tokenizer cannot be loaded"),
                Arguments.of(
                        bytePairs()
                                .texts("tokenizer.ggml.tokens", List.of("a", "b"))
                                .bool("tokenizer.ggml.add_bos_token", true)
                                .uint32("tokenizer.ggml.bos_token_id", 2),
                        "bos_token_id is 2; expected one of the 2 tokens"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatItCannotBuild(GgufWriter writer, String said) {
        Path file = writer.write(folder.resolve("model.gguf"));
        assertThatThrownBy(() -> Tokenizer.load(file))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(said);
    }

    private static GgufWriter two(String model) {
        return new GgufWriter().text("tokenizer.ggml.model", model).texts("tokenizer.ggml.tokens", List.of("a", "b"));
    }

    private static GgufWriter bytePairs() {
        return new GgufWriter().text("tokenizer.ggml.model", "gpt2").text("tokenizer.ggml.pre", "gpt-2");
    }

    private static ObjectNode demo() throws IOException {
        Path file = Home.models().resolve("demo-gpt2").resolve("tokenizer.json");
        return (ObjectNode) StrictJson.mapper().readTree(Files.readAllBytes(file));
    }

    /** The vocabulary and the merges as llama.cpp's conversion writes them. */
    private static GgufWriter gguf(JsonNode json) {
        JsonNode vocab = json.path("model").path("vocab");
        int size = vocab.size();
        for (JsonNode token : json.path("added_tokens")) {
            size = Math.max(size, token.path("id").asInt() + 1);
        }
        List<String> tokens = new ArrayList<>(Collections.nCopies(size, ""));
        List<Integer> kinds = new ArrayList<>(Collections.nCopies(size, 1));
        vocab.properties().forEach(e -> tokens.set(e.getValue().asInt(), e.getKey()));
        for (JsonNode token : json.path("added_tokens")) {
            tokens.set(token.path("id").asInt(), token.path("content").asText());
            kinds.set(token.path("id").asInt(), token.path("special").asBoolean() ? 3 : 4);
        }
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : json.path("model").path("merges")) {
            merges.add(
                    merge.isArray() ? merge.get(0).asText() + " " + merge.get(1).asText() : merge.asText());
        }
        return new GgufWriter()
                .text("tokenizer.ggml.model", "gpt2")
                .texts("tokenizer.ggml.tokens", tokens)
                .int32s("tokenizer.ggml.token_type", kinds)
                .texts("tokenizer.ggml.merges", merges);
    }

    private static String text(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        int parts = 1 + random.nextInt(24);
        for (int i = 0; i < parts; i++) {
            text.append(PARTS.get(random.nextInt(PARTS.size())));
        }
        return text.toString();
    }
}
