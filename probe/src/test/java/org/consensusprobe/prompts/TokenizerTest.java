package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    @TempDir
    Path folder;

    /** Ids are those of Python's {@code tokenizers} for the same file. */
    static Stream<Arguments> idsOfPython() {
        return Stream.of(
                arguments("Hello, world!", List.of(15496, 11, 995, 0)),
                arguments(
                        " na\u00efve caf\u00e9 \u2014 \u6f22\u5b57 \ud83d\ude42",
                        List.of(41492, 40304, 851, 10545, 120, 95, 27764, 245, 32485)),
                arguments("a\tb\n\nc  d", List.of(64, 197, 65, 198, 198, 66, 220, 288)),
                arguments("<|endoftext|>", List.of(50256)),
                arguments("x\0y", List.of(87, 188, 88)),
                arguments("It's 2024's test.", List.of(1026, 338, 48609, 338, 1332, 13)),
                arguments("", List.of()));
    }

    @ParameterizedTest
    @MethodSource("idsOfPython")
    void encodesAsPythonDoes(String text, List<Integer> ids) {
        try (Tokenizer gpt2 = Tokenizer.load(Tokenizer.gpt2())) {
            int[] encoded = gpt2.encode(text, false);

            assertThat(encoded).containsExactly(ids.stream().mapToInt(i -> i).toArray());
            assertThat(gpt2.decode(encoded)).isEqualTo(text);
            assertThat(gpt2.vocabulary()).isEqualTo(50257);
        }
    }

    @Test
    void charactersSpreadOverTokensAreWholeOnlyTogether() {
        try (Tokenizer gpt2 = Tokenizer.load(Tokenizer.gpt2())) {
            assertThat(gpt2.decode(new int[] {12520})).isEqualTo(" \uFFFD");
            assertThat(gpt2.decode(gpt2.encode(" \ud83e\udd80", false))).isEqualTo(" \ud83e\udd80");
            assertThat(gpt2.decode(new int[] {50256, 15496})).isEqualTo("<|endoftext|>Hello");
        }
    }

    @Test
    void longTextsAreNeitherCutNorPadded() throws IOException {
        try (Tokenizer gpt2 = Tokenizer.load(Tokenizer.gpt2());
                Tokenizer tiny = Tokenizer.load(TinyTokenizers.withSpecialTokens(folder))) {
            assertThat(gpt2.encode("a ".repeat(3000), false)).hasSize(3001);
            assertThat(tiny.encode("in the beginning", false)).containsExactly(3, 4, 5);
            assertThat(tiny.encode("in the beginning", true)).containsExactly(1, 3, 4, 5, 2);
            assertThat(tiny.vocabulary()).isEqualTo(901);
        }
    }

    @Test
    void textThatATokenizerCannotEncodeIsRefused() throws IOException {
        try (Tokenizer tiny = Tokenizer.load(TinyTokenizers.withoutUnknown(folder))) {
            assertThatThrownBy(() -> tiny.encode("unknown", false))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("without-unknown.json cannot encode the text");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "version https://git-lfs.example/spec/v1\noid sha256:0\nsize 1355256\n",
                "<!doctype html><html></html>",
                "",
                "[]",
                "{\"model\": ",
                "{\"model_type\":\"gpt2\"}",
                "{\"version\":\"1.0\",\"model\":{}}",
                "{\"version\":\"1.0\",\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}",
                "{\"version\":\"1.0\",\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}",
                "{\"version\":\"1.0\",\"model\":{\"type\":\"Unigram\",\"vocab\":[],\"unk_id\":5}}",
                "{\"version\":\"9.0\",\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},\"unk_token\":\"a\"}}"
            })
    void whatIsNoTokenizerIsRefusedByName(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), content);

        assertThatThrownBy(() -> Tokenizer.load(file))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining("tokenizer");
    }

    /** Each of these would end the process inside the native library. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AQ==\"} | has a cut-off precompiled_charsmap",
                "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"////fwAAAAA=\"} | has a broken precompiled_charsmap",
                "\"normalizer\":{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"BAAAAAAAAAD//w==\"} | has a broken precompiled_charsmap",
                "\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"AQ==\"}]} | has a cut-off precompiled_charsmap",
                "\"pre_tokenizer\":{\"type\":\"FixedLength\",\"length\":0} | has a FixedLength of 0",
                "\"decoder\":{\"type\":\"Strip\",\"content\":\"a\",\"start\":0,\"stop\":9} | has a Strip of more than one trailing character",
            })
    void whatWouldAbortTheLibraryIsRefused(String part, String message) throws IOException {
        Path file = Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"version\":\"1.0\",\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":0},\"unk_token\":\"a\"},"
                        + part + "}");

        assertThatThrownBy(() -> Tokenizer.load(file)).hasMessage(file + ": the tokenizer " + message + ".");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},\"merges\":[\"a b\"],\"continuing_subword_prefix\":\"##\" | merges \"a b\", whose second half lacks the subword prefix \"##\"",
                "\"WordLevel\",\"vocab\":{\"a\":4294967295},\"unk_token\":\"a\" | names the token id 4294967295",
                "\"WordLevel\",\"vocab\":{},\"unk_token\":\"a\" | has no vocabulary",
            })
    void aModelThatCannotWorkIsRefused(String model, String message) throws IOException {
        Path file = Files.writeString(
                folder.resolve("tokenizer.json"), "{\"version\":\"1.0\",\"model\":{\"type\":" + model + "}}");

        assertThatThrownBy(() -> Tokenizer.load(file)).hasMessage(file + ": the tokenizer " + message + ".");
    }

    @Test
    void aMissingTokenizerIsNamed() {
        assertThatThrownBy(() -> Tokenizer.load(folder.resolve("no.json")))
                .isInstanceOf(Problem.class)
                .hasMessage(folder.resolve("no.json") + ": the tokenizer is missing.");
    }

    @Test
    void theOneAskedForComesFirstThenTheCheckpointsThenGpt2s() throws IOException {
        Path demo = Home.models().resolve("demo-gpt2");
        Path asked = folder.resolve("mine.json");

        assertThat(Tokenizer.locate(Optional.of(asked), Optional.of(demo), 4096))
                .contains(asked);
        assertThat(Tokenizer.locate(Optional.of(folder), Optional.of(demo), 4096))
                .contains(folder.resolve("tokenizer.json"));
        assertThat(Tokenizer.locate(Optional.empty(), Optional.of(demo), 50257))
                .contains(demo.resolve("tokenizer.json"));
        assertThat(Tokenizer.locate(Optional.empty(), Optional.of(folder), 50257))
                .contains(Tokenizer.gpt2());
        assertThat(Tokenizer.locate(Optional.empty(), Optional.of(folder), 4096))
                .isEmpty();
    }

    /** Byte-level tokenizers lose nothing, whatever the text. */
    @Property(tries = 200)
    void anyTextComesBack(@ForAll String text) {
        String valid = text.codePoints()
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        Tokenizer gpt2 = Shared.GPT2;

        assertThat(gpt2.decode(gpt2.encode(valid, false))).isEqualTo(valid);
    }

    private static final class Shared {
        private static final Tokenizer GPT2 = Tokenizer.load(Tokenizer.gpt2());
    }
}
