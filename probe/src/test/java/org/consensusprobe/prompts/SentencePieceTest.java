package org.consensusprobe.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.gguf.GgufWriter;
import org.consensusprobe.prompts.SentencePieces.Kind;
import org.consensusprobe.prompts.SentencePieces.Piece;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SentencePiece's models give the ids of Python's sentencepiece, from their own files and from GGUF files. */
class SentencePieceTest {
    private static final int TRIES = Integer.getInteger("consensus.fuzz.tries", 20_000);
    private static final long SEED = Long.getLong("consensus.fuzz.seed", 42);

    @TempDir
    Path folder;

    private static Path resource(String name) {
        try {
            return Path.of(SentencePieceTest.class
                    .getResource("/sentencepiece/" + name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> texts() throws IOException {
        return List.of(StrictJson.mapper().readValue(Files.readAllBytes(resource("texts.json")), String[].class));
    }

    private static List<int[]> expected(String name) throws IOException {
        return Files.readString(resource(name + ".ids"))
                .lines()
                .map(line -> Stream.of(line.split(" "))
                        .filter(id -> !id.isEmpty())
                        .mapToInt(Integer::parseInt)
                        .toArray())
                .toList();
    }

    /** {@code make.py} writes models, texts and ids. */
    @ParameterizedTest
    @ValueSource(strings = {"bpe-bytes", "bpe-symbols", "bpe-rules", "unigram-rules", "unigram-symbols"})
    void idsAreThoseOfSentencePiece(String name) throws IOException {
        requireIds(resource(name + ".model"), expected(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpe-bytes", "bpe-rules", "unigram-rules"})
    void aGgufFileGivesTheSame(String name) throws IOException {
        requireIds(gguf(SentencePieceFile.read(resource(name + ".model")), "llama"), expected(name));
    }

    /** llama.cpp writes Gemma's symbols of spaces as spaces; transformers takes the order of its ids for that of its merges. */
    @Test
    void gemmasSymbolsOfSpaces() throws IOException {
        requireIds(gguf(SentencePieceFile.read(resource("bpe-symbols.model")), "gemma2"), expected("bpe-symbols"));
    }

    private static void requireIds(Path file, List<int[]> expected) throws IOException {
        List<String> texts = texts();
        assertThat(texts).hasSize(200).hasSameSizeAs(expected);
        try (Tokenizer tokenizer = Tokenizer.load(file)) {
            for (int i = 0; i < texts.size(); i++) {
                assertThat(tokenizer.encode(texts.get(i), false))
                        .as("text %d: \"%s\"", i, texts.get(i))
                        .isEqualTo(expected.get(i));
            }
        }
    }

    /** A model as llama.cpp's conversion writes it. */
    private Path gguf(SentencePieces model, String architecture) {
        boolean unigram = model.algorithm() == SentencePieces.Algorithm.UNIGRAM;
        List<Piece> pieces = model.pieces();
        GgufWriter writer = new GgufWriter()
                .text("general.architecture", architecture)
                .text("tokenizer.ggml.model", unigram ? "t5" : "llama")
                .texts(
                        "tokenizer.ggml.tokens",
                        pieces.stream()
                                .map(p -> p.text().equals("\u2581\u2581") && p.kind() == Kind.USER_DEFINED
                                        ? "  "
                                        : p.text())
                                .toList())
                .float32s(
                        "tokenizer.ggml.scores",
                        pieces.stream().map(Piece::score).toList())
                .int32s(
                        "tokenizer.ggml.token_type",
                        pieces.stream().map(p -> p.kind().ordinal() + 1).toList())
                .bool("tokenizer.ggml.add_space_prefix", model.spacing().prefix())
                .bool("tokenizer.ggml.remove_extra_whitespaces", model.spacing().collapse())
                .uint32("tokenizer.ggml.bos_token_id", 1)
                .uint32("tokenizer.ggml.eos_token_id", unigram ? 1 : 2)
                .uint32("tokenizer.ggml.unknown_token_id", model.unknown());
        if (model.spacing().charsMap().length > 0) {
            writer.int8s("tokenizer.ggml.precompiled_charsmap", model.spacing().charsMap());
        }
        return writer.write(folder.resolve("model.gguf"));
    }

    @Test
    void whatGoesAroundTextsOfGgufFiles() throws IOException {
        try (Tokenizer pairs = Tokenizer.load(gguf(SentencePieceFile.read(resource("bpe-bytes.model")), "llama"))) {
            assertThat(pairs.encode("the", true)).startsWith(1).hasSize(1 + pairs.encode("the", false).length);
            assertThat(pairs.decode(pairs.encode("the \u6f22 model\n", false))).isEqualTo("the \u6f22 model\n");
        }
        try (Tokenizer unigram = Tokenizer.load(gguf(SentencePieceFile.read(resource("unigram-rules.model")), "t5"))) {
            assertThat(unigram.encode("the", true)).endsWith(1).hasSize(1 + unigram.encode("the", false).length);
        }
    }

    @Test
    void wordPiecesOfGgufFiles() throws IOException {
        GgufWriter writer = new GgufWriter()
                .text("tokenizer.ggml.model", "bert")
                .texts(
                        "tokenizer.ggml.tokens",
                        List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "\u2581the", "\u2581cafe", "s", "\u2581."))
                .int32s("tokenizer.ggml.token_type", List.of(3, 3, 3, 3, 1, 1, 1, 1))
                .uint32("tokenizer.ggml.unknown_token_id", 1)
                .uint32("tokenizer.ggml.bos_token_id", 2)
                .uint32("tokenizer.ggml.seperator_token_id", 3);
        try (Tokenizer tokenizer = Tokenizer.load(writer.write(folder.resolve("bert.gguf")))) {
            assertThat(tokenizer.encode("The Caf\u00e9s. odd", true)).containsExactly(2, 4, 5, 6, 7, 1, 3);
        }
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(model(piece("a", 1, 0), unknown(), field(2, number(3, 3))), "cuts text by words"),
                Arguments.of(model(piece("a", 1, 0), unknown(), field(2, number(24, 1))), "treat_whitespace_as_suffix"),
                Arguments.of(model(piece("a", 1, 0), unknown(), field(3, number(5, 0))), "escape_whitespaces"),
                Arguments.of(model(piece("a", 1, 0), piece("a", 1, 0)), "the piece \"a\" is there twice"),
                Arguments.of(model(piece("a", 9, 0)), "its piece 0, \"a\", is of kind 9"),
                Arguments.of(model(piece("a", 1, Float.NaN)), "with score NaN"),
                Arguments.of(model(piece("<0xZZ>", 6, 0)), "stands for a byte"),
                Arguments.of(model(piece("a", 1, 0)), "the piece for what is unknown (unk_id) is 0"),
                Arguments.of(model(unknown(), field(2, number(40, 7))), "(unk_id) is 7; expected one of the 1 pieces"),
                Arguments.of(
                        model(unknown(), field(3, field(2, new byte[] {4, 0, 0, 0, 1}))),
                        "broken precompiled_charsmap"),
                Arguments.of(new byte[] {10, 120}, "no SentencePiece model, or a damaged one"),
                Arguments.of(new byte[0], "it holds no pieces"),
                Arguments.of(
                        "IQ== 0\nIg== 1\n".getBytes(StandardCharsets.US_ASCII),
                        "no SentencePiece model: it holds no pieces"),
                Arguments.of(
                        model(unknown(), field(2, number(3, 2)), piece("<b>", 4, 0)),
                        "user-defined symbol \"<b>\", whose ids together with a space before the text"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatItCannotBuild(byte[] content, String said) throws IOException {
        Path file = Files.write(folder.resolve("some.model"), content);
        assertThatThrownBy(() -> Tokenizer.load(file))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(said);
    }

    /** Damaged models are read or refused, and what is read can be used; more tries with -Dconsensus.fuzz.tries=N. */
    @Test
    void damagedModels() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[][] models = new byte[2][];
        models[0] = Files.readAllBytes(resource("unigram-rules.model"));
        models[1] = Files.readAllBytes(resource("bpe-rules.model"));
        Path file = folder.resolve("damaged.model");
        int read = 0;
        for (int i = 0; i < TRIES; i++) {
            byte[] content = models[i & 1].clone();
            int changes = 1 + random.nextInt(3);
            for (int k = 0; k < changes; k++) {
                content[random.nextInt(content.length)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(8) == 0) {
                content = Arrays.copyOf(content, random.nextInt(content.length));
            }
            try {
                SentencePieceFile.of(file, content);
                read++;
                if (read % 50 == 0) {
                    use(Files.write(file, content));
                }
            } catch (Problem e) {
                assertThat(e).hasMessageContaining(file.toString());
            }
        }
        assertThat(read).as("models that were read").isPositive().isLessThan(TRIES);
    }

    private static void use(Path file) {
        try (Tokenizer tokenizer = Tokenizer.load(file)) {
            tokenizer.decode(tokenizer.encode("the \uff21\uff22 \ufb01ne\u2026 e\u0301\u00a0\u3000 model <sep>", true));
        } catch (Problem e) {
            assertThat(e).hasMessageContaining(file.toString());
        }
    }

    private static byte[] unknown() {
        return piece("<unk>", 2, 0);
    }

    private static byte[] piece(String text, int kind, float score) {
        byte[] number = ByteBuffer.allocate(5)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) (2 << 3 | 5))
                .putFloat(score)
                .array();
        return field(1, model(field(1, text.getBytes(StandardCharsets.UTF_8)), number, number(3, kind)));
    }

    private static byte[] number(int field, int value) {
        return model(varint(field << 3), varint(value));
    }

    private static byte[] field(int field, byte[] content) {
        return model(varint(field << 3 | 2), varint(content.length), content);
    }

    private static byte[] varint(int value) {
        return value < 128 ? new byte[] {(byte) value} : new byte[] {(byte) (value & 127 | 128), (byte) (value >> 7)};
    }

    private static byte[] model(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
