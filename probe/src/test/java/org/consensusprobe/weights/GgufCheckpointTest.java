package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
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
        StoredTensor python = SafetensorsFile.read(FOLDER.resolve("types.safetensors"))
                .tensors()
                .get(type.name());
        GgufTensor tensor =
                GgufFile.read(FOLDER.resolve("types.gguf")).tensors().get(type.name());
        StoredTensor here = new StoredTensor(
                tensor.name(), type, tensor.shape(), FOLDER.resolve("types.gguf"), tensor.offset(), tensor.bytes());
        assertThat(bits(here)).isEqualTo(bits(python)).hasSize(3 * 512);
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
                        new GgufWriter().text("general.architecture", "bert").zeros("a", GgmlType.F32, 1),
                        "architecture \"bert\" is not known in GGUF files; known: llama, qwen2, qwen3, gemma, gemma2"),
                Arguments.of(new GgufWriter().text("general.architecture", "llama"), "no whole model"),
                Arguments.of(llama().text("general.type", "adapter"), "GGUF file of type adapter"),
                Arguments.of(llama().uint32("split.count", 3), "one of 3 parts of a model"),
                Arguments.of(llama().uint32("llama.expert_count", 8), "a mixture of experts (llama.expert_count)"),
                Arguments.of(llama().float32("llama.attention.clamp_kqv", 8), "clamp_kqv is set"),
                Arguments.of(llama().uint32("llama.rope.dimension_count", 4), "heads have 8 entries"),
                Arguments.of(llama().int32s("llama.expert_used_count", List.of(0, 2)), "differs from layer to layer"),
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
