package org.consensusprobe.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GgufFileTest {
    @TempDir
    Path folder;

    private static GgufWriter small() {
        return new GgufWriter().text("general.architecture", "llama");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void saysWhatIsInIt(int version) {
        Path file = small().version(version)
                .uint32("llama.block_count", 30)
                .float32("llama.eps", 1e-5f)
                .bool("flag", true)
                .texts("words", List.of("a", "é", ""))
                .int32s("kinds", List.of(1, -1, 3))
                .floats("norm", new float[] {1, 2, 3}, 3)
                .zeros("matrix", GgmlType.Q4_1, 5, 64)
                .write(folder.resolve("x.gguf"));
        GgufFile read = GgufFile.read(file);
        GgufMetadata metadata = read.metadata();
        assertThat(metadata.text("general.architecture")).contains("llama");
        assertThat(metadata.integer("llama.block_count")).hasValue(30);
        assertThat(metadata.number("llama.eps")).hasValue(1e-5);
        assertThat(metadata.bool("flag")).contains(true);
        assertThat(metadata.texts("words")).containsExactly("a", "é", "");
        assertThat(metadata.integers("kinds")).containsExactly(1L, -1L, 3L);
        assertThat(metadata.text("absent")).isEmpty();
        GgufTensor matrix = read.tensors().get("matrix");
        assertThat(matrix.shape()).containsExactly(5L, 64L);
        assertThat(matrix.bytes()).isEqualTo(5 * 64 / 32 * 20);
        assertThat(matrix.offset() % 32).isZero();
        assertThat(read.floats(read.tensors().get("norm"), 3)).containsExactly(1f, 2f, 3f);
    }

    @ParameterizedTest
    @CsvSource({
        "9.99999975E-6, 1e-5",
        "9.99999997E-7, 1e-6",
        "0.1, 0.1",
        "100000, 100000",
        "1000000, 1e6",
        "0.33333334, 0.33333334",
        "-2.5, -2.5",
        "1.4E-45, 1e-45",
        "3.4028235E38, 3.4028235e38",
        "0.05103104, 0.05103104"
    })
    void floatsAreTheirShortestDecimals(float stored, double expected) {
        assertThat(GgufMetadata.shortest(stored)).isEqualTo(expected);
        assertThat((float) GgufMetadata.shortest(stored)).isEqualTo(stored);
    }

    static Stream<Arguments> damaged() {
        byte[] bigEndian = small().bytes();
        System.arraycopy(new byte[] {0, 0, 0, 3}, 0, bigEndian, 4, 4);
        return Stream.of(
                Arguments.of("big-endian", bigEndian, "a big-endian GGUF file (version 3)"),
                Arguments.of("version 1", small().version(1).bytes(), "a GGUF file of version 1; versions 2 and 3"),
                Arguments.of("version 77", small().version(77).bytes(), "a GGUF file of version 77"),
                Arguments.of("version -1", small().version(-1).bytes(), "a GGUF file of version 4294967295"),
                Arguments.of("safetensors", "{\"a\":1}".getBytes(StandardCharsets.UTF_8), "found JSON text"),
                Arguments.of("nothing", new byte[0], "an empty file"),
                Arguments.of("magic only", "GGUF".getBytes(StandardCharsets.UTF_8), "ends within its header"),
                Arguments.of("tensors", small().counts(1L << 40, 1).bytes(), "1099511627776 tensors"),
                Arguments.of("minus", small().counts(0, -1).bytes(), "18446744073709551615 metadata values"),
                Arguments.of("one too many", small().counts(0, 2).bytes(), "metadata value 2 has no key"),
                Arguments.of("billion", small().array("a", 4, 1_000_000_000).bytes(), "1000000000 entries"),
                Arguments.of("billion strings", small().array("a", 8, 1L << 62).bytes(), "4611686018427387904 entries"),
                Arguments.of("nested", small().array("a", 9, 1).bytes(), "says to have 1 entries"),
                Arguments.of("value type", small().raw("a", 13, new byte[8]).bytes(), "has the type 13"),
                Arguments.of(
                        "string past the end",
                        small().raw("a", 8, new byte[] {0, 1, 0, 0, 0, 0, 0, 0}).bytes(),
                        "metadata value a: it has"),
                Arguments.of(
                        "string of absurd length",
                        small().raw("a", 8, new byte[] {0, 0, 0, 0, 0, 0, 0, 1}).bytes(),
                        "metadata value a: it has"),
                Arguments.of("twice", small().uint32("a", 1).uint32("a", 1).bytes(), "key a is there twice"),
                Arguments.of(
                        "alignment 0", small().uint32("general.alignment", 0).bytes(), "alignment is 0"),
                Arguments.of(
                        "alignment 48", small().uint32("general.alignment", 48).bytes(), "alignment is 48"),
                Arguments.of(
                        "alignment text", small().text("general.alignment", "x").bytes(), "must be an integer"),
                Arguments.of("misaligned", small().entry("a", 0, 4, 1).bytes(), "begins at byte 4 of the data"),
                Arguments.of("out of range", small().entry("a", 0, 1L << 40, 8).bytes(), "before tensor a does"),
                Arguments.of("negative", small().entry("a", 0, -32, 8).bytes(), "begins at byte 18446744073709551584"),
                Arguments.of("truncated", small().entry("a", 0, 0, 8).bytes(), "ends 32 bytes before tensor a does"),
                Arguments.of(
                        "overlapping",
                        small().floats("a", new float[16], 16)
                                .entry("b", 0, 32, 8)
                                .bytes(),
                        "tensor b overlaps tensor a"),
                Arguments.of(
                        "the same name",
                        small().floats("a", new float[8], 8)
                                .floats("a", new float[8], 8)
                                .bytes(),
                        "tensor a is there twice"),
                Arguments.of(
                        "too large",
                        small().entry("a", 0, 0, 1L << 40, 1L << 40).bytes(),
                        "exceeds 64 bits"),
                Arguments.of("dimension 0", small().entry("a", 0, 0, 0).bytes(), "a dimension of 0"),
                Arguments.of("dimension -1", small().entry("a", 0, 0, -1).bytes(), "dimension of 18446744073709551615"),
                Arguments.of(
                        "five dimensions",
                        small().entry("a", 0, 0, 1, 1, 1, 1, 1).bytes(),
                        "has 5 dimensions"),
                Arguments.of("no name", small().entry("", 0, 0, 1).bytes(), "printable"),
                Arguments.of("not implemented", small().entry("a", 9, 0, 256).bytes(), "of type Q8_1, which is not"),
                Arguments.of("integers", small().entry("a", 26, 0, 256).bytes(), "of type I32, which is not"),
                Arguments.of("removed type", small().entry("a", 4, 0, 256).bytes(), "the type numbered 4"),
                Arguments.of("half a block", small().entry("a", 2, 0, 48).bytes(), "has rows of 48 elements"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damaged")
    void refusesDamageInOneLine(String name, byte[] content, String said) throws IOException {
        Path file = Files.write(folder.resolve("x.gguf"), content);
        assertThatThrownBy(() -> GgufFile.read(file))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(said)
                .hasMessageNotContaining("\n");
    }

    @Test
    void whatNobodyReadsMayBeOfAnyTypeAndBytes() throws IOException {
        byte[] one = {1, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff};
        byte[] nested = {9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 7};
        Path file = Files.write(
                folder.resolve("x.gguf"),
                small().raw("a", 8, one).raw("b", 9, nested).bytes());

        GgufMetadata metadata = GgufFile.read(file).metadata();

        assertThat(metadata.unread("")).contains("a", "b");
        assertThatThrownBy(() -> metadata.text("a")).isInstanceOf(Problem.class).hasMessageContaining("is not UTF-8");
        assertThatThrownBy(() -> metadata.integers("b"))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("a list of");
        assertThat(metadata.unread("")).doesNotContain("a", "b");
    }

    @Test
    void refusesEveryTruncation() throws IOException {
        byte[] whole = small().texts("words", List.of("a", "b"))
                .floats("norm", new float[] {1, 2, 3}, 3)
                .bytes();
        for (int length = 0; length < whole.length - 20; length++) { // the last 20 bytes are padding
            Path file = Files.write(folder.resolve("x.gguf"), Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> GgufFile.read(file)).isInstanceOf(Problem.class);
        }
    }
}
