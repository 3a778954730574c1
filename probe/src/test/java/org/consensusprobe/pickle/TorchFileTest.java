package org.consensusprobe.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.weights.SafetensorsFile;
import org.consensusprobe.weights.StoredTensor;
import org.consensusprobe.weights.StoredType;
import org.consensusprobe.weights.TorchWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that torch saved are read to the bit; what asks for more than tensors is refused in a line, and nothing is run. */
class TorchFileTest {
    /** Made by scripts/pickled-checkpoints.py. */
    private static final Path SAVED = Path.of("src/test/resources/pickle");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"values.bin", "protocol4.bin"})
    void tensorsAreThoseThatTorchSaved(String name) throws IOException {
        Path file = SAVED.resolve(name);
        Map<String, StoredTensor> expected =
                SafetensorsFile.read(SAVED.resolve("values.safetensors")).tensors();
        byte[] safetensors = Files.readAllBytes(SAVED.resolve("values.safetensors"));

        Map<String, PickledTensor> tensors = TorchFile.read(file);

        assertThat(tensors.keySet()).isEqualTo(expected.keySet());
        byte[] content = Files.readAllBytes(file);
        tensors.forEach((key, tensor) -> {
            StoredTensor wanted = expected.get(key);
            assertThat(tensor.shape()).as(key).isEqualTo(wanted.shape());
            assertThat(tensor.type().name()).as(key).isEqualTo(wanted.type().name());
            assertThat(elements(content, tensor))
                    .as(key)
                    .isEqualTo(Arrays.copyOfRange(
                            safetensors, (int) wanted.offset(), (int) (wanted.offset() + wanted.bytes())));
        });
        assertThat(tensors.get("transposed").offset())
                .isEqualTo(tensors.get("whole").offset());
        assertThat(tensors.get("transposed").isContiguous()).isFalse();
        assertThat(tensors.get("whole").isContiguous()).isTrue();
    }

    @Test
    void attributesOfModulesAreNoTensors() {
        assertThat(TorchFile.read(SAVED.resolve("module.bin")).keySet()).containsExactly("weight", "bias");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            legacy.bin       | before PyTorch 1.6, which is not read
            deflated.bin     | is compressed or encrypted
            training.bin     | epoch is no tensor
            whole-module.bin | asks for torch.nn.modules.linear.Linear
            sparse.bin       | asks for torch._utils._rebuild_sparse_tensor
            torchscript.bin  | a TorchScript program
            values.safetensors | expected a file of torch.save, found
            """)
    void otherFormsAreRefusedWithTheWayOut(String name, String words) {
        assertThatThrownBy(() -> TorchFile.read(SAVED.resolve(name)))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(name)
                .hasMessageContaining(words);
    }

    @Test
    void convertibleFormsNameTheConversion() {
        for (String name : List.of("legacy.bin", "deflated.bin")) {
            assertThatThrownBy(() -> TorchFile.read(SAVED.resolve(name)))
                    .hasMessageContaining(
                            "torch.save(torch.load(FILE, map_location=\"cpu\", weights_only=True), FILE)");
        }
    }

    @Test
    void bigEndianIsRefused() throws IOException {
        byte[] file = new TorchWriter().byteOrder("big").bytes();
        refuses(file, "byte order \"big\"");
    }

    /** Each would make a file, were it run: by a call while the pickle is read, as os.system, subprocess and open do. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "posix\nsystem",
                "os\nsystem",
                "nt\nsystem",
                "subprocess\ncheck_output",
                "builtins\neval",
                "builtins\ngetattr",
                "torch\nload",
                "torch.storage\n_load_from_bytes",
                "torch._utils\n_rebuild_tensor_v2\u0000"
            })
    void foreignNamesAreRefusedBeforeAnythingIsMadeOfThem(String name) throws IOException {
        Path made = folder.resolve("made");

        refuses(TorchWriter.of(bytes(0x80, 2, "c" + name + "\n", "(", text("touch " + made), "tR.")), "asks for");
        refuses(
                TorchWriter.of(bytes(
                        0x80,
                        4,
                        text(name.split("\n")[0]),
                        text(name.split("\n")[1]),
                        0x93,
                        text("touch " + made),
                        0x85,
                        "R.")),
                "asks for");

        assertThat(made).doesNotExist();
    }

    @Test
    void opcodesThatMakeObjectsByNameAreRefused() throws IOException {
        Path made = folder.resolve("made");
        String command = "S'touch " + made + "'\n";
        for (Object hostile : List.of(
                "(" + command + "iposix\nsystem\n.", // INST
                "(cposix\nsystem\n" + command + "o.", // OBJ
                "Pstorage\n.", // PERSID
                "\u0082\u0001.", // EXT1
                "}(X\u0001\u0000\u0000\u0000aX\u0001\u0000\u0000\u0000b\u0081u.")) { // NEWOBJ
            refuses(TorchWriter.of(bytes(0x80, 2, hostile)), "its pickle");
        }
        assertThat(made).doesNotExist();
    }

    @Test
    void callsOfKnownNamesWithOtherArgumentsAreRefused() throws IOException {
        refuses(TorchWriter.of(bytes(0x80, 2, "ctorch._utils\n_rebuild_tensor_v2\n)R.")), "calls a name");
        refuses(TorchWriter.of(bytes(0x80, 2, "ctorch\nFloatStorage\n)R.")), "calls a name");
        refuses(TorchWriter.of(bytes(0x80, 2, "ctorch\nfloat32\n)R.")), "calls a name");
        refuses(TorchWriter.of(bytes(0x80, 2, "ccollections\nOrderedDict\n(K\u0001tR.")), "calls a name");
        refuses(TorchWriter.of(bytes(0x80, 2, "K\u0001)R.")), "another value than its opcode takes");
    }

    @Test
    void persistentIdsAreStoragesOfTheArchiveOnly() throws IOException {
        String storage = "(" + text("storage") + "ctorch\nFloatStorage\n";
        refuses(TorchWriter.of(bytes(0x80, 2, text("../../etc/passwd"), "Q.")), "persistent id that is no storage");
        refuses(
                TorchWriter.of(bytes(
                        0x80, 2, "(", text("module"), "ctorch\nFloatStorage\n", text("0"), text("cpu"), "K\u0001tQ.")),
                "persistent id that is no storage");
        String tensor = "}" + text("a") + "ctorch._utils\n_rebuild_tensor_v2\n(";
        String rest = "QK\u0000K\u0001\u0085K\u0001\u0085\u0089}tRs.";
        refuses(
                TorchWriter.of(
                        bytes(0x80, 2, tensor, storage, text("../../../etc/passwd"), text("cpu"), "K\u0001t", rest)),
                "its storage is not in the archive");
    }

    /** Python would make 2^40 elements of it when it hashes or prints the key. */
    @Test
    void memoBombsStaySmall() throws IOException {
        StringBuilder bomb = new StringBuilder(")q\u0000");
        for (int i = 0; i < 40; i++) {
            bomb.append("h\u0000h\u0000\u0086q\u0000");
        }
        byte[] asKey = bytes(0x80, 2, "}", bomb.toString(), "K\u0001s.");
        refuses(TorchWriter.of(asKey), "takes a value that is not there|neither text nor a number|another value");
        refuses(TorchWriter.of(bytes(0x80, 2, "}h\u0007K\u0001s.")), "refers to a value that it does not have");
    }

    @Test
    void lengthsAreNotBelieved() throws IOException {
        refuses(
                TorchWriter.of(bytes(0x80, 4, "}(", 0x8d, "\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f", "u.")),
                "ends within a value");
        refuses(TorchWriter.of(bytes(0x80, 4, "}X\u00ff\u00ff\u00ff\u007fa.")), "ends within a value");
        refuses(TorchWriter.of(bytes(0x80, 4, 0x8b, "\u00ff\u00ff\u00ff\u007f.")), "an integer of 2147483647 bytes");
    }

    /** A billion entries would need as many opcodes, of which so many are not carried out. */
    @Test
    void aPickleThatGoesOnAndOnIsLeft() throws IOException {
        byte[] ones = new byte[20_000_000];
        Arrays.fill(ones, (byte) 'N');
        refuses(
                TorchWriter.of(bytes(0x80, 2, "}(", new String(ones, StandardCharsets.ISO_8859_1), "u.")),
                "more than 4000000 opcodes");
    }

    @Test
    void tensorsStayWithinTheirStorage() throws IOException {
        byte[] data = new byte[16];
        refuses(view(data, 1, List.of(4L), List.of(1L)), "reaches beyond its storage");
        refuses(view(data, 0, List.of(2L, 2L), List.of(3L, 1L)), "reaches beyond its storage");
        refuses(view(data, 0, List.of(1L << 30, 1L << 30, 1L << 30), List.of(0L, 0L, 0L)), "exceed 64 bits");
        refuses(view(data, 0, List.of(2L), List.of(-1L)), "calls a name");
        TorchFile.read(Files.write(folder.resolve("whole.bin"), view(data, 0, List.of(2L, 2L), List.of(1L, 2L))));
    }

    @Test
    void truncatedFilesAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(SAVED.resolve("values.bin"));
        for (int length : List.of(4, 100, whole.length / 2, whole.length - 1)) {
            refuses(Arrays.copyOf(whole, length), "damaged or unfinished zip archive");
        }
    }

    private static byte[] view(byte[] data, long offset, List<Long> shape, List<Long> strides) {
        TorchWriter writer = new TorchWriter();
        return writer.tensor("a", StoredType.F32, writer.storage(data), offset, shape, strides)
                .bytes();
    }

    private void refuses(byte[] content, String pattern) throws IOException {
        Path file = Files.write(folder.resolve("pytorch_model.bin"), content);
        assertThatThrownBy(() -> TorchFile.read(file))
                .isInstanceOf(Problem.class)
                .hasMessageMatching("(?s)[^\\n]*(" + pattern + ")[^\\n]*(\\n[^\\n]*)?");
    }

    private static String text(String text) {
        int length = text.getBytes(StandardCharsets.ISO_8859_1).length;
        return "X" + (char) (length & 255) + (char) (length >> 8) + "\u0000\u0000" + text;
    }

    /** Numbers are bytes, texts their characters. */
    private static byte[] bytes(Object... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Object part : parts) {
            if (part instanceof Integer number) {
                bytes.write(number);
            } else {
                bytes.writeBytes(part.toString().getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return bytes.toByteArray();
    }

    /** A tensor's elements, row-major. */
    private static byte[] elements(byte[] file, PickledTensor tensor) {
        int size = tensor.type().bytes();
        long count = tensor.shape().stream().reduce(1L, (a, b) -> a * b);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (long index = 0; index < count; index++) {
            long rest = index;
            long at = 0;
            for (int axis = tensor.shape().size() - 1; axis >= 0; axis--) {
                at += rest % tensor.shape().get(axis) * tensor.strides().get(axis);
                rest /= tensor.shape().get(axis);
            }
            bytes.write(file, (int) (tensor.offset() + at * size), size);
        }
        return bytes.toByteArray();
    }
}
