package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    @Test
    void readsNamesTypesShapesAndAbsolutePlaces() {
        Path file = new SafetensorsWriter()
                .metadata("format", "pt")
                .tensor("wte.weight", StoredType.F32, 5, 3)
                .tensor("scale", StoredType.BF16)
                .tensor("nothing", StoredType.F16, 0, 7)
                .tensor("ids", StoredType.I64, 2)
                .write(folder.resolve("model.safetensors"));

        SafetensorsFile read = SafetensorsFile.read(file);

        assertThat(read.file()).isEqualTo(file);
        assertThat(read.metadata()).containsExactly(java.util.Map.entry("format", "pt"));
        assertThat(read.tensors().keySet()).containsExactly("wte.weight", "scale", "nothing", "ids");
        long data = file.toFile().length() - (60 + 2 + 16);
        assertThat(read.tensors().get("wte.weight"))
                .isEqualTo(new StoredTensor("wte.weight", StoredType.F32, List.of(5L, 3L), file, data, 60));
        assertThat(read.tensors().get("scale"))
                .isEqualTo(new StoredTensor("scale", StoredType.BF16, List.of(), file, data + 60, 2));
        assertThat(read.tensors().get("scale").elements()).isEqualTo(1);
        assertThat(read.tensors().get("nothing").elements()).isZero();
        assertThat(read.tensors().get("ids").offset()).isEqualTo(data + 62);
    }

    @Test
    void tensorsMayBeListedInAnyOrderAndTheHeaderPadded() {
        Path file = raw("{\"b\":" + entry("U8", "[2]", "[3,5]") + ",\"a\":" + entry("U8", "[3]", "[0,3]") + "}   ", 5);

        assertThat(SafetensorsFile.read(file).tensors().keySet()).containsExactly("a", "b");
    }

    @Test
    void aFileWithoutTensorsIsWellFormed() {
        assertThat(SafetensorsFile.read(raw("{}", 0)).tensors()).isEmpty();
        assertThat(SafetensorsFile.read(raw("{\"__metadata__\":null}", 0)).metadata())
                .isEmpty();
    }

    @Test
    void readsTheHeaderOnly() throws IOException {
        // a sparse file of 8 GB: reading its data would take seconds and more memory than the tests have
        byte[] header = SafetensorsWriter.bytes("{\"w\":" + entry("F32", "[2000000000]", "[0,8000000000]") + "}", 0);
        Path file = SafetensorsWriter.write(folder.resolve("huge.safetensors"), header);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(header.length + 8_000_000_000L);
        }

        assertThat(SafetensorsFile.read(file).tensors().get("w").bytes()).isEqualTo(8_000_000_000L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            {"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,1]}}                       | tensor a: dtype Q4 is unknown; expected one of BOOL, U8
            {"a":{"dtype":7,"shape":[1],"data_offsets":[0,1]}}                          | tensor a: dtype must be a string
            {"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}                      | tensor a: shape must hold integers from 0 to 2^63 - 1, found -1
            {"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}                     | shape must hold integers from 0 to 2^63 - 1, found 1.5
            {"a":{"dtype":"U8","shape":["1"],"data_offsets":[0,1]}}                     | shape must hold integers from 0 to 2^63 - 1, found 1
            {"a":{"dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1]}}     | found 9223372036854775808
            {"a":{"dtype":"U8","shape":[[1]],"data_offsets":[0,1]}}                     | shape must hold integers
            {"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}                         | shape must be a list of integers
            {"a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,1]}}   | shape [4294967296, 4294967296] of U8 exceeds 64 bits
            {"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,1]}}    | exceeds 64 bits
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}                         | data_offsets must be [begin, end], found [0]
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,2]}}                     | data_offsets has more than 2 entries
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}                       | data_offsets end before they begin: [1, 0]
            {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1]}}                      | shape [1] of F32 needs 4 bytes, but data_offsets [0, 1] hold 1
            {"a":{"dtype":"U8","shape":[1]}}                                            | tensor a: lacks data_offsets
            {"a":{"shape":[1],"data_offsets":[0,1]}}                                    | tensor a: lacks dtype
            {"a":{"dtype":"U8","data_offsets":[0,1]}}                                   | tensor a: lacks shape
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"stride":[1]}}          | tensor a: has the field stride; expected dtype, shape and data_offsets
            {"a":5}                                                                     | tensor a: must be an object of dtype, shape and data_offsets
            {"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}                        | a tensor is named "";
            {"a\\nb":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}                   | a tensor is named "a\\u000ab";
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{}}                | is not valid JSON: Duplicate
            {"__metadata__":{"format":1}}                                               | __metadata__ of the safetensors header: format must be a string
            {"__metadata__":[]}                                                         | __metadata__ of the safetensors header must be an object of strings
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}} {}                    | is followed by more text
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}                        | is not valid JSON
            {"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}                       | tensor a begins at byte 1 of the data, but the start of the data ends at 0: holes are not allowed
            """)
    void refusesAHeaderThatIsWrong(String header, String expected) {
        assertRefused(raw(header, 1), expected);
    }

    @Test
    void refusesOverlapsAndHolesBetweenTensors() {
        String a = "{\"a\":" + entry("U8", "[4]", "[0,4]");
        assertRefused(
                raw(a + ",\"b\":" + entry("U8", "[4]", "[2,6]") + "}", 6),
                "tensor b begins at byte 2 of the data, but tensor a ends at 4: overlaps are not allowed");
        assertRefused(
                raw(a + ",\"b\":" + entry("U8", "[4]", "[5,9]") + "}", 9),
                "tensor b begins at byte 5 of the data, but tensor a ends at 4: holes are not allowed");
    }

    @Test
    void saysHowManyBytesATruncatedFileLacks() {
        String header = "{\"a\":" + entry("F32", "[100]", "[0,400]") + "}";

        assertRefused(raw(header, 150), "truncated: 250 bytes are missing (400 of tensor data expected, 150 found)");
        assertRefused(raw(header, 407), "7 bytes follow the last tensor (400 of tensor data expected, 407 found)");
        byte[] whole = SafetensorsWriter.bytes(header, 400);
        assertRefused(write(Arrays.copyOf(whole, 20)), "bytes before its header does");
        assertRefused(write(Arrays.copyOf(whole, 5)), "found a file of 5 bytes, which ends within the header's length");
    }

    @Test
    void refusesAnUnbelievableHeaderLength() {
        assertRefused(write(withLength(100_000_001, "{}")), "a header of 100000001 bytes; expected 2 to 100000000");
        assertRefused(write(withLength(-1, "{}")), "a header of 18446744073709551615 bytes");
        assertRefused(write(withLength(0, "")), "a header of 0 bytes");
        assertRefused(write(withLength(3, "[1]")), "its header does not begin with {");
    }

    @Test
    void refusesAHeaderThatIsNotUtf8() {
        byte[] wide = "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE);
        assertRefused(write(withLength(wide.length, new String(wide, StandardCharsets.ISO_8859_1))), "not valid JSON");
        assertRefused(write(withLength(7, "{\"\u00ff\":1}")), "the safetensors header is not UTF-8 text");
    }

    @Test
    void refusesDeepNesting() {
        assertRefused(raw("{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}", 0), "tensor a: must be an object");
        assertRefused(
                raw("{\"a\":{\"shape\":" + "[".repeat(5000) + "]".repeat(5000) + "}}", 0),
                "tensor a: shape must hold integers");
    }

    @Test
    void namesWhatLiesInPlaceOfWeights() {
        assertRefused(
                text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 548105171\n"),
                "expected a safetensors file, found a git-LFS pointer (the file itself has 548105171 bytes)."
                        + " Run `git lfs pull`");
        assertRefused(text("\n <!DOCTYPE html><html><body>Sign in</body></html>"), "found a web page");
        assertRefused(text("PK\3\4\0\0\b\b archive/data.pkl"), "found a zip archive, as torch.save writes");
        assertRefused(
                text("\u0080\2\u008a\nlF\u00fc\u009c F\u00f9 j"),
                "found a Python pickle, as old torch.save writes. Convert it in Python: AutoModelForCausalLM");
        assertRefused(text("\u0089HDF\r\n\u001a\n    "), "found an HDF5 file");
        assertRefused(text("GGUF\3\0\0\0\0\0\0\0\0\0"), "found a GGUF file");
        assertRefused(text("{\"error\":\"Repository not found\"}"), "found JSON text, perhaps a server's answer");
        assertRefused(text(""), "found an empty file");
    }

    @Test
    void refusesWhatIsNoFile() throws IOException {
        assertRefused(folder.resolve("absent.safetensors"), "the safetensors file is missing");
        assertRefused(Files.createDirectory(folder.resolve("d.safetensors")), "found a directory");
        Path dangling = Files.createSymbolicLink(folder.resolve("l.safetensors"), Path.of("../blobs/1234"));
        assertRefused(dangling, "is a link to ../blobs/1234, which is missing. Download the checkpoint again");
    }

    @Test
    void refusesMoreEntriesThanAnyCheckpointHas() {
        StringBuilder metadata = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"");
        StringBuilder tensors = new StringBuilder("{\"w\":" + entry("U8", "[0]", "[0,0]"));
        for (int i = 0; i < 250_001; i++) {
            metadata.append(",\"").append(i).append("\":\"\"");
            tensors.append(",\"").append(i).append("\":").append(entry("U8", "[0]", "[0,0]"));
        }

        assertRefused(raw(metadata + "}}", 0), "has more than 100000 metadata entries");
        assertRefused(raw(tensors + "}", 0), "has more than 250000 tensors");
        assertRefused(
                raw("{\"a\":" + entry("U8", "[" + "1,".repeat(64) + "1]", "[0,1]") + "}", 1),
                "tensor a: shape has more than 64 entries");
    }

    private static String entry(String dtype, String shape, String offsets) {
        return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    private static byte[] withLength(long length, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocate(8 + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(bytes)
                .array();
    }

    private Path text(String latin1) {
        return write(latin1.getBytes(StandardCharsets.ISO_8859_1));
    }

    private Path raw(String header, int dataBytes) {
        return write(SafetensorsWriter.bytes(header, dataBytes));
    }

    private Path write(byte[] bytes) {
        return SafetensorsWriter.write(folder.resolve("model.safetensors"), bytes);
    }

    private static void assertRefused(Path file, String expected) {
        assertThatThrownBy(() -> SafetensorsFile.read(file))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(expected)
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSizeLessThanOrEqualTo(2));
    }
}
