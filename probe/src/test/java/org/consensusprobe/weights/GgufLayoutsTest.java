package org.consensusprobe.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.gguf.GgmlType;
import org.consensusprobe.gguf.GgufWriter;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What GGUF files keep in one tensor and Hugging Face in several, or the other way round; older files too. */
class GgufLayoutsTest {
    @TempDir
    Path folder;

    /** Elements 0, 1, 2, ... plus a number. */
    private static float[] counted(int elements, int from) {
        float[] values = new float[elements];
        IntStream.range(0, elements).forEach(i -> values[i] = from + i);
        return values;
    }

    @Test
    void queriesKeysAndValuesOfAllHeadsGoBackToTheirGroups() {
        // 2 groups of 2 heads of 1 entry, 2 columns: q0 q1 q2 q3 k0 k1 v0 v1
        Map<String, StoredTensor> tensors = tensors(falcon().floats("blk.0.attn_qkv.weight", counted(16, 0), 8, 2)
                .floats("blk.0.attn_norm_2.weight", counted(2, 0), 2));
        assertThat(values(tensors.get("transformer.h.0.self_attention.query_key_value.weight")))
                .containsExactly(0, 1, 2, 3, 8, 9, 12, 13, 4, 5, 6, 7, 10, 11, 14, 15);
        assertThat(tensors).containsKey("transformer.h.0.ln_attn.weight");
    }

    @Test
    void keysAndValuesOfLatentAttentionBecomeOneMatrix() {
        // 2 heads, rank 3, keys of 1 that stay and 2 that turn, values of 2
        Map<String, StoredTensor> tensors = tensors(latent().floats("blk.0.attn_k_b.weight", counted(6, 0), 2, 3, 1)
                .floats("blk.0.attn_v_b.weight", counted(12, 100), 2, 2, 3));
        StoredTensor joined = tensors.get("model.layers.0.self_attn.kv_b_proj.weight");
        assertThat(joined.shape()).containsExactly(6L, 3L);
        assertThat(joined.isDequantised()).isFalse();
        assertThat(values(joined))
                .containsExactly(0, 1, 2, 100, 101, 102, 103, 104, 105, 3, 4, 5, 106, 107, 108, 109, 110, 111);
    }

    @Test
    void olderFilesHaveThatMatrix() {
        Map<String, StoredTensor> tensors = tensors(latent().floats("blk.0.attn_kv_b.weight", counted(18, 0), 6, 3));
        assertThat(values(tensors.get("model.layers.0.self_attn.kv_b_proj.weight")))
                .containsExactly(counted(18, 0));
    }

    @Test
    void olderFilesOfPhiHaveQueriesKeysAndValuesInOneMatrix() {
        Map<String, StoredTensor> tensors = tensors(layerNorms("phi2")
                .floats("blk.0.attn_qkv.weight", counted(12, 0), 6, 2)
                .floats("blk.0.attn_qkv.bias", counted(6, 0), 6));
        assertThat(values(tensors.get("model.layers.0.self_attn.k_proj.weight")))
                .containsExactly(4, 5, 6, 7);
        assertThat(values(tensors.get("model.layers.0.self_attn.v_proj.bias"))).containsExactly(4, 5);
    }

    @Test
    void gateAndUpOfGptOssComeInTurn() {
        // 2 experts of 2 by 3
        Map<String, StoredTensor> tensors =
                tensors(gptOss().floats("blk.0.ffn_gate_exps.weight", counted(12, 0), 2, 2, 3)
                        .floats("blk.0.ffn_up_exps.weight", counted(12, 100), 2, 2, 3)
                        .floats("blk.0.ffn_gate_exps.bias", counted(4, 0), 2, 2)
                        .floats("blk.0.ffn_up_exps.bias", counted(4, 100), 2, 2)
                        .floats("blk.0.ffn_down_exps.weight", counted(12, 0), 2, 3, 2));
        StoredTensor second = tensors.get("model.layers.0.mlp.experts.gate_up_proj.1");
        assertThat(second.shape()).containsExactly(3L, 4L);
        assertThat(values(second)).containsExactly(6, 106, 9, 109, 7, 107, 10, 110, 8, 108, 11, 111);
        assertThat(values(tensors.get("model.layers.0.mlp.experts.gate_up_proj_bias")))
                .containsExactly(0, 100, 1, 101, 2, 102, 3, 103);
        assertThat(values(tensors.get("model.layers.0.mlp.experts.down_proj.1")))
                .containsExactly(6, 8, 10, 7, 9, 11);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                Arguments.of(
                        gptOss().zeros("blk.0.ffn_gate_exps.weight", GgmlType.F32, 2, 2, 3),
                        "a tensor for model.layers.0.mlp.experts.gate.0 and none for model.layers.0.mlp.experts.up.0"),
                Arguments.of(
                        gptOss().zeros("blk.0.ffn_gate_exps.weight", GgmlType.F32, 2, 2, 3)
                                .zeros("blk.0.ffn_up_exps.weight", GgmlType.F32, 2, 3, 2),
                        "[2, 3], which does not go with model.layers.0.mlp.experts.up.0 [3, 2]"),
                Arguments.of(
                        latent().zeros("blk.0.attn_k_b.weight", GgmlType.F32, 2, 3, 1)
                                .zeros("blk.0.attn_v_b.weight", GgmlType.F32, 2, 3, 2),
                        "which does not go with model.layers.0.self_attn.v_b_proj.weight"),
                Arguments.of(
                        falcon().zeros("blk.0.attn_qkv.weight", GgmlType.F32, 7, 2),
                        "[7, 2], which does not go with the model's heads"),
                Arguments.of(
                        layerNorms("phi2").zeros("blk.0.attn_qkv.weight", GgmlType.F32, 7, 2),
                        "[7, 2], which does not go with the model's heads"),
                Arguments.of(
                        gptOss().zeros("blk.0.ffn_down_exps.weight", GgmlType.F32, 70_000, 1, 1),
                        "which does not go with the model's heads"),
                Arguments.of(
                        gated("gemma3")
                                .uint32("gemma3.attention.sliding_window", 4)
                                .uint32("gemma3.attention.head_count_kv", 3)
                                .uint32("gemma3.mystery", 1),
                        "the metadata gemma3.mystery may change results"),
                Arguments.of(
                        new GgufWriter()
                                .text("general.architecture", "gemma3")
                                .uint32("gemma3.block_count", 2_000_000_000)
                                .uint32("gemma3.context_length", 16)
                                .uint32("gemma3.embedding_length", 2)
                                .uint32("gemma3.feed_forward_length", 3)
                                .uint32("gemma3.attention.head_count", 1)
                                .float32("gemma3.attention.layer_norm_rms_epsilon", 1e-5f)
                                .zeros("token_embd.weight", GgmlType.F32, 3, 2),
                        "gemma3.block_count is 2000000000, and the file has 1 tensors"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void whatDoesNotGoTogetherIsRefused(GgufWriter writer, String said) {
        Path file = writer.write(folder.resolve("x.gguf"));
        assertThatThrownBy(() -> GgufCheckpoint.open(file))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(said);
    }

    /** Every architecture says which key it lacks, in a line. */
    @ParameterizedTest
    @EnumSource(GgufArchitecture.class)
    void aMissingKeyIsNamed(GgufArchitecture architecture) {
        Path file = new GgufWriter()
                .text("general.architecture", architecture.prefix())
                .zeros("token_embd.weight", GgmlType.F32, 3, 2)
                .write(folder.resolve("x.gguf"));
        assertThatThrownBy(() -> GgufCheckpoint.open(file))
                .isInstanceOf(Problem.class)
                .hasMessageMatching(".*x\\.gguf: the metadata " + architecture.prefix() + "\\.[a-z_.]+ is missing\\.");
    }

    private Map<String, StoredTensor> tensors(GgufWriter writer) {
        return GgufCheckpoint.open(writer.write(folder.resolve("x.gguf"))).tensors();
    }

    private static GgufWriter sizes(String architecture, int heads) {
        return new GgufWriter()
                .text("general.architecture", architecture)
                .uint32(architecture + ".block_count", 1)
                .uint32(architecture + ".context_length", 16)
                .uint32(architecture + ".embedding_length", 2)
                .uint32(architecture + ".feed_forward_length", 3)
                .uint32(architecture + ".attention.head_count", heads)
                .zeros("token_embd.weight", GgmlType.F32, 3, 2);
    }

    private static GgufWriter gated(String architecture) {
        return sizes(architecture, 1).float32(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
    }

    private static GgufWriter layerNorms(String architecture) {
        return sizes(architecture, 1)
                .float32(architecture + ".attention.layer_norm_epsilon", 1e-5f)
                .zeros("blk.0.ffn_up.weight", GgmlType.F32, 8, 2);
    }

    private static GgufWriter falcon() {
        return new GgufWriter()
                .text("general.architecture", "falcon")
                .uint32("falcon.block_count", 1)
                .uint32("falcon.context_length", 16)
                .uint32("falcon.embedding_length", 4)
                .uint32("falcon.feed_forward_length", 8)
                .uint32("falcon.attention.head_count", 4)
                .uint32("falcon.attention.head_count_kv", 2)
                .float32("falcon.attention.layer_norm_epsilon", 1e-5f)
                .zeros("token_embd.weight", GgmlType.F32, 3, 2)
                .zeros("blk.0.ffn_up.weight", GgmlType.F32, 8, 2);
    }

    private static GgufWriter latent() {
        return gated("deepseek2")
                .uint32("deepseek2.attention.key_length", 3)
                .uint32("deepseek2.attention.value_length", 2)
                .uint32("deepseek2.attention.kv_lora_rank", 3)
                .uint32("deepseek2.rope.dimension_count", 2)
                .uint32("deepseek2.expert_count", 2)
                .uint32("deepseek2.expert_used_count", 1)
                .uint32("deepseek2.expert_shared_count", 1)
                .uint32("deepseek2.expert_feed_forward_length", 3);
    }

    private static GgufWriter gptOss() {
        return gated("gpt-oss")
                .uint32("gpt-oss.attention.sliding_window", 4)
                .uint32("gpt-oss.expert_count", 2)
                .uint32("gpt-oss.expert_used_count", 1)
                .uint32("gpt-oss.expert_feed_forward_length", 2);
    }

    private static float[] values(StoredTensor stored) {
        try (Scope scope = Scope.open();
                MappedTensors files = new MappedTensors()) {
            Kernels kernels = Kernels.plain(scope);
            return kernels.tensors().copy(files.get(kernels, stored)).toFloats();
        }
    }
}
