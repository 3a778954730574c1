package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tokenizers of models that have vocabulary files and no {@code tokenizer.json}. */
class TokenizerFolderTest {
    private static final int BIG = 1 << 20;

    @TempDir
    Path folder;

    static Stream<Path> folders() throws IOException {
        return Files.list(resources()).filter(Files::isDirectory).sorted();
    }

    private static Path resources() {
        try {
            return Path.of(TokenizerFolderTest.class.getResource("/tokenizers").toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What {@code AutoTokenizer.from_pretrained} of transformers 5.18 gives for these folders; {@code make.py} writes it. */
    @ParameterizedTest
    @MethodSource("folders")
    void idsAreThoseOfTransformers(Path of) {
        JsonNode expected = StrictJson.readObject(of.resolve("expected.json"), BIG, "expected ids");
        Path file = Tokenizer.locate(Optional.empty(), Optional.of(of), 50257).orElseThrow();

        try (Tokenizer tokenizer = Tokenizer.load(file)) {
            for (int i = 0; i < expected.path("texts").size(); i++) {
                String text = expected.path("texts").get(i).asText();
                assertThat(tokenizer.encode(text, false)).as(text).isEqualTo(ids(expected, "plain", i));
                assertThat(tokenizer.encode(text, true)).as("special: " + text).isEqualTo(ids(expected, "special", i));
            }
        }
        assertThat(Tokenizer.files(file)).contains(file).allMatch(f -> f.startsWith(of));
    }

    private static int[] ids(JsonNode expected, String how, int text) {
        JsonNode ids = expected.path(how).get(text);
        return java.util.stream.IntStream.range(0, ids.size())
                .map(i -> ids.get(i).intValue())
                .toArray();
    }

    @Test
    void aFolderIsATokenizerToo() {
        Path own = resources().resolve("roberta");

        assertThat(Tokenizer.locate(Optional.of(own), Optional.empty(), 4096)).contains(own.resolve("vocab.json"));
    }

    /** Whatever file says that a model has a tokenizer of its own: another's is never taken in its place. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tekken.json | {} | names no class",
                "tokenizer_config.json | {\"tokenizer_class\": \"TapexTokenizer\"} | is of the class \"TapexTokenizer\", which is not built here",
                "tokenizer_config.json | {\"tokenizer_class\": \"LlamaTokenizer\"} | is of the class LlamaTokenizer and has no tokenizer.model, spiece.model",
                "tokenizer_config.json | {\"tokenizer_class\": \"GPT2Tokenizer\"} | is of the class GPT2Tokenizer and has no vocab.json",
                "vocab.json | {\"a\": 0} | names no class",
                "merges.txt | a b | names no class",
                "special_tokens_map.json | {} | names no class",
            })
    void whatCannotBeBuiltIsRefused(String name, String content, String message) throws IOException {
        Files.writeString(folder.resolve(name), content);
        Path file = Tokenizer.locate(Optional.empty(), Optional.of(folder), PromptReader.PAPER_VOCABULARY)
                .orElseThrow();

        assertThatThrownBy(() -> Tokenizer.load(file))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(folder + ": the tokenizer there has no tokenizer.json and " + message)
                .hasMessageContaining("--tokenizer");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\": 0, \"b\": 1} | a b c | merges.txt, line 1: \"a b c\"; expected two tokens",
                "{\"a\": 0, \"b\": 1} | a b | merges.txt, line 1",
                "{\"a\": \"x\"} | a b | the id of \"a\" is \"x\"; expected a whole number",
                "[] | a b | vocab.json: the vocabulary must be a JSON object",
                "{\"a\": 0, \"b\": 1} | c d | the tokenizer cannot be loaded",
            })
    void damagedFilesAreRefusedByName(String vocab, String merges, String message) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"gpt2\"}");
        Files.writeString(folder.resolve("vocab.json"), vocab);
        Files.writeString(folder.resolve("merges.txt"), message.endsWith("line 1") ? "a  b" : merges);

        assertThatThrownBy(() -> Tokenizer.load(folder.resolve("vocab.json")))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(message);
    }

    @Test
    void tokensOfTextThatAreSplitAreRefused() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\": \"GPT2Tokenizer\", \"split_special_tokens\": true}");

        assertThatThrownBy(() -> Tokenizer.load(folder.resolve("tokenizer_config.json")))
                .hasMessageContaining("split_special_tokens");
    }
}
