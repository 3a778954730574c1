package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Problem;
import org.consensusprobe.gguf.GgmlType;
import org.consensusprobe.gguf.GgufFile;
import org.consensusprobe.gguf.GgufTensor;
import org.consensusprobe.gguf.GgufWriter;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GGUF files made by the {@code gguf} package: see {@code make.py} beside them. */
@Tag("slow")
class GgufCheckpointTest {
    private static final Path FOLDER = Reference.gguf("types.gguf").getParent();

    @TempDir
    Path folder;

    /** Random bytes, among them every kind of scale, against {@code gguf.dequantize}. */
    @ParameterizedTest
    @EnumSource(
            value = StoredType.class,
            names = {
                "F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"
            })
    void valuesAreThoseOfPython(StoredType type) {
        compare("types", type, 3 * 512);
    }

    @ParameterizedTest
    @EnumSource(
            value = StoredType.class,
            names = {
                "Q8_K", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_NL", "IQ4_XS", "TQ1_0",
                "TQ2_0", "MXFP4", "NVFP4"
            })
    void valuesOfTablesAreThoseOfPython(StoredType type) {
        compare("tables", type, 512);
    }

    private static void compare(String files, StoredType type, int elements) {
        StoredTensor python = SafetensorsFile.read(FOLDER.resolve(files + ".safetensors"))
                .tensors()
                .get(type.name());
        Path file = FOLDER.resolve(files + ".gguf");
        GgufTensor tensor = GgufFile.read(file).tensors().get(type.name());
        StoredTensor here =
                new StoredTensor(tensor.name(), type, tensor.shape(), file, tensor.offset(), tensor.bytes());
        assertThat(bits(here)).isEqualTo(bits(python)).hasSize(elements);
    }

    /** The parts are made by hand, as llama-gguf-split makes them: metadata in the first, tensors in order in all. */
    @Test
    void aModelInPartsIsTheWhole() throws IOException {
        Map<String, StoredTensor> whole =
                GgufCheckpoint.open(FOLDER.resolve("tiny-llama.gguf")).tensors();
        Path first = parts(3, 3, 30);

        GgufCheckpoint checkpoint = GgufCheckpoint.open(first);

        assertThat(checkpoint.tensors().keySet()).isEqualTo(whole.keySet());
        assertThat(checkpoint.weightFiles()).hasSize(3);
        checkpoint
                .tensors()
                .forEach((name, tensor) -> assertThat(bits(tensor)).as(name).isEqualTo(bits(whole.get(name))));
        assertThat(checkpoint.config())
                .isEqualTo(
                        GgufCheckpoint.open(FOLDER.resolve("tiny-llama.gguf")).config());
    }

    @Test
    void partsAreHeldAgainstOneAnother() throws IOException {
        Path first = parts(3, 3, 30);
        Path second = first.resolveSibling("m-00002-of-00003.gguf");
        Path third = first.resolveSibling("m-00003-of-00003.gguf");
        refuses(second, "part 2 of 3 of a model. Give the first: m-00001-of-00003.gguf");
        byte[] kept = Files.readAllBytes(third);
        Files.delete(third);
        refuses(first, "m-00003-of-00003.gguf: the GGUF file is missing");
        Files.copy(second, third);
        refuses(first, "says that it is part 2 of 3; expected 3 of 3");
        Files.write(third, kept);
        Files.copy(first, folder.resolve("other.gguf"));
        refuses(folder.resolve("other.gguf"), "expected a name that ends with -00001-of-00003.gguf");
        refuses(parts(3, 3, 31), "its 3 parts have 30 tensors; expected 31");
    }

    /** tiny-llama's tensors in so many parts, which say that they are parts of another number, of so many tensors. */
    private Path parts(int parts, int said, int tensors) throws IOException {
        GgufFile whole = GgufFile.read(FOLDER.resolve("tiny-llama.gguf"));
        List<GgufTensor> all = List.copyOf(whole.tensors().values());
        Path directory = Files.createTempDirectory(folder, "parts");
        byte[] content = Files.readAllBytes(whole.file());
        for (int part = 0; part < parts; part++) {
            GgufWriter writer = part == 0 ? metadata(new GgufWriter()) : new GgufWriter();
            writer.uint32("split.no", part).uint32("split.count", said).uint32("split.tensors.count", tensors);
            for (GgufTensor tensor : all.subList(all.size() * part / parts, all.size() * (part + 1) / parts)) {
                float[] values = new float[(int) tensor.bytes() / 4];
                ByteBuffer.wrap(content, (int) tensor.offset(), (int) tensor.bytes())
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(values);
                long[] shape =
                        tensor.shape().stream().mapToLong(Long::longValue).toArray();
                writer.floats(tensor.name(), values, shape);
            }
            writer.write(directory.resolve(String.format("m-%05d-of-%05d.gguf", part + 1, said)));
        }
        return directory.resolve(String.format("m-00001-of-%05d.gguf", said));
    }

    /** What tiny-llama.gguf says of itself. */
    private static GgufWriter metadata(GgufWriter writer) {
        return writer.text("general.architecture", "llama")
                .uint32("llama.block_count", 3)
                .uint32("llama.context_length", 64)
                .uint32("llama.embedding_length", 48)
                .uint32("llama.feed_forward_length", 80)
                .uint32("llama.attention.head_count", 4)
                .uint32("llama.attention.head_count_kv", 2)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-6f)
                .float32("llama.rope.freq_base", 10000)
                .uint32("llama.rope.dimension_count", 12);
    }

    private void refuses(Path file, String words) {
        assertThatThrownBy(() -> GgufCheckpoint.open(file))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(words);
    }

    /** More than one piece, and a piece that is not full. */
    @Test
    void largeTensorsAreExpandedPieceByPiece() {
        Path file = new GgufWriter().zeros("a", GgmlType.Q8_0, 70_001, 64).write(folder.resolve("x.gguf"));
        GgufTensor tensor = GgufFile.read(file).tensors().get("a");
        StoredTensor stored =
                new StoredTensor("a", StoredType.Q8_0, tensor.shape(), file, tensor.offset(), tensor.bytes());
        int[] values = bits(stored);
        assertThat(values.length).isEqualTo(70_001 * 64);
        assertThat(IntStream.of(values).allMatch(b -> b == 0)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "phi3", "gpt2"})
    void tensorsAreThoseOfTheirHuggingFaceForm(String family) {
        Map<String, StoredTensor> there = safetensors(family);
        Map<String, StoredTensor> here =
                Checkpoint.open(FOLDER.resolve("tiny-" + family + ".gguf")).tensors();
        assertThat(new TreeSet<>(here.keySet())).isEqualTo(new TreeSet<>(there.keySet()));
        here.forEach((name, tensor) -> {
            assertThat(tensor.shape()).as(name).isEqualTo(there.get(name).shape());
            assertThat(bits(tensor)).as(name).isEqualTo(bits(there.get(name)));
        });
    }

    /** Adding 1 to a norm's weight and taking it away again costs a rounding; the rest is the same. */
    @ParameterizedTest
    @ValueSource(strings = {"gemma", "gemma2"})
    void normsOfGemmaLoseTheirOne(String family) {
        Map<String, StoredTensor> there = safetensors(family);
        Map<String, StoredTensor> here =
                Checkpoint.open(FOLDER.resolve("tiny-" + family + ".gguf")).tensors();
        assertThat(new TreeSet<>(here.keySet())).isEqualTo(new TreeSet<>(there.keySet()));
        here.forEach((name, tensor) -> {
            int[] found = bits(tensor);
            int[] expected = bits(there.get(name));
            if (name.endsWith("norm.weight")) {
                expected = IntStream.of(expected)
                        .map(b -> Float.floatToRawIntBits(Float.intBitsToFloat(b) + 1 - 1))
                        .toArray();
            }
            assertThat(found).as(name).isEqualTo(expected);
        });
    }

    @Test
    void quantisedTensorsAreThoseOfPythonInHuggingFacesOrder() {
        Map<String, StoredTensor> there = SafetensorsFile.read(FOLDER.resolve("quantised/model.safetensors"))
                .tensors();
        Map<String, StoredTensor> here =
                Checkpoint.open(FOLDER.resolve("quantised.gguf")).tensors();
        assertThat(new TreeSet<>(here.keySet())).isEqualTo(new TreeSet<>(there.keySet()));
        here.forEach((name, tensor) -> assertThat(bits(tensor)).as(name).isEqualTo(bits(there.get(name))));
        Set<StoredType> types = here.values().stream().map(StoredTensor::type).collect(Collectors.toSet());
        assertThat(types).hasSize(8);
    }

    /** Every field that the GGUF file has, as the checkpoint's own config.json says it. */
    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen2", "qwen3", "gemma", "gemma2", "phi3", "gpt2"})
    void configIsThatOfTheHuggingFaceForm(String family) {
        JsonNode there = Checkpoint.readConfig(Reference.folder("tiny-" + family));
        JsonNode here = Checkpoint.readConfig(FOLDER.resolve("tiny-" + family + ".gguf"));
        assertThat(here.size()).isGreaterThan(8);
        here.properties().forEach(field -> {
            JsonNode expected = there.path(field.getKey());
            switch (field.getKey()) {
                    // defaults, or said elsewhere
                case "rope_theta" -> assertThat(field.getValue().asDouble()).isEqualTo(10_000);
                case "head_dim" -> assertThat(field.getValue().asInt()).isEqualTo(expected.asInt(12));
                case "n_inner" -> assertThat(field.getValue().asInt()).isEqualTo(4 * 48);
                case "partial_rotary_factor" -> assertThat(field.getValue().asDouble())
                        .isEqualTo(1);
                    // a GGUF file does not have it: the head's size is what all but the largest have
                case "query_pre_attn_scalar" -> assertThat(field.getValue().asInt())
                        .isEqualTo(16);
                case "hidden_activation" -> assertThat(field.getValue().asText())
                        .isEqualTo("gelu_pytorch_tanh");
                default -> assertThat(field.getValue().asText())
                        .as(field.getKey())
                        .isEqualTo(expected.asText());
            }
        });
    }

    @Test
    void ropeFrequenciesBecomeFactors() {
        Path file = llama().floats("rope_freqs.weight", new float[] {1, 1, 2.5f, 8}, 4)
                .write(folder.resolve("x.gguf"));
        Checkpoint checkpoint = Checkpoint.open(file);
        assertThat(checkpoint.config().path("rope_scaling").toString())
                .isEqualTo("{\"rope_type\":\"longrope\",\"attention_factor\":1.0,"
                        + "\"short_factor\":[1.0,1.0,2.5,8.0],\"long_factor\":[1.0,1.0,2.5,8.0]}");
        assertThat(checkpoint.tensors()).doesNotContainKey("rope_freqs.weight");
    }

    static Stream<Arguments> refused() {
        return Stream.of(
                Arguments.of(new GgufWriter().zeros("a", GgmlType.F32, 1), "general.architecture is missing"),
                Arguments.of(
                        new GgufWriter().text("general.architecture", "bart").zeros("a", GgmlType.F32, 1),
                        "architecture \"bart\" is not known in GGUF files; known: llama, qwen2, qwen2moe, qwen3, qwen3moe, gemma"),
                Arguments.of(
                        new GgufWriter()
                                .text("general.architecture", "qwen35moe")
                                .zeros("a", GgmlType.F32, 1),
                        "\"qwen35moe\" has layers of linear attention or recurrent states, which are not run here."),
                Arguments.of(new GgufWriter().text("general.architecture", "llama"), "no whole model"),
                Arguments.of(llama().text("general.type", "adapter"), "GGUF file of type adapter"),
                Arguments.of(
                        llama().uint32("split.count", 3), "part 1 of 3 of a model; expected a name that ends with"),
                Arguments.of(
                        llama().uint32("llama.expert_count", 8), "the metadata llama.expert_used_count is missing"),
                Arguments.of(llama().float32("llama.attention.clamp_kqv", 8), "clamp_kqv is set"),
                Arguments.of(llama().uint32("llama.rope.dimension_count", 4), "heads have 8 entries"),
                Arguments.of(
                        llama().int32s("llama.attention.head_count_kv", List.of(0, 2)), "differs from layer to layer"),
                Arguments.of(llama().floats("rope_freqs.weight", new float[9], 9), "at most 8 elements of type F32"),
                Arguments.of(
                        llama().zeros("blk.0.attn_q.weight", GgmlType.F32, 18, 32),
                        "does not go with the model's heads"));
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesWhatItDoesNotImplement(GgufWriter writer, String said) {
        Path file = writer.write(folder.resolve("x.gguf"));
        assertThatThrownBy(() -> Checkpoint.open(file))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(said);
    }

    private static GgufWriter llama() {
        return new GgufWriter()
                .text("general.architecture", "llama")
                .uint32("llama.block_count", 1)
                .uint32("llama.context_length", 16)
                .uint32("llama.embedding_length", 32)
                .uint32("llama.feed_forward_length", 32)
                .uint32("llama.attention.head_count", 4)
                .float32("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .zeros("token_embd.weight", GgmlType.F32, 3, 32);
    }

    private static Map<String, StoredTensor> safetensors(String family) {
        return CheckpointDirectory.open(Reference.folder("tiny-" + family)).tensors();
    }

    /** The values in float32, as bits. */
    private static int[] bits(StoredTensor stored) {
        try (Scope scope = Scope.open();
                MappedTensors files = new MappedTensors()) {
            Kernels kernels = Kernels.plain(scope);
            float[] values = kernels.tensors()
                    .copy(kernels.tensors().convert(files.get(kernels, stored), DType.FLOAT32))
                    .toFloats();
            return IntStream.range(0, values.length)
                    .map(i -> Float.floatToRawIntBits(values[i]))
                    .toArray();
        }
    }
}
