package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.plan.IngredientFields;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every family keeps, at sizes drawn anew for every seed: three layers with drawn weights, as in a run. */
@Tag("slow")
class FamilyPropertiesTest {
    private static final int VOCABULARY = 97;

    private static final String LATENT = "'q_lora_rank': 12, 'kv_lora_rank': 10, 'qk_nope_head_dim': HEAD,"
            + " 'qk_rope_head_dim': SLICE, 'num_key_value_heads': HEADS, 'v_head_dim': HEAD, 'moe_intermediate_size': INNER, ";

    /** Config fields that differ from a Llama's, by family; upper-case words are sizes, see {@link #sizes}. */
    private static final Map<String, String> FAMILIES = new TreeMap<>(Map.ofEntries(
            Map.entry("albert", "'embedding_size': INNER, 'num_hidden_groups': 2, 'inner_group_num': 1"),
            Map.entry("bert", "'hidden_act': 'gelu'"),
            Map.entry("bloom", "'apply_residual_connection_post_layernorm': true"),
            Map.entry("camembert", "'pad_token_id': 1"),
            Map.entry("codegen", "'rotary_dim': 4"),
            Map.entry(
                    "deberta-v2",
                    "'relative_attention': true, 'pos_att_type': 'c2p|p2c', 'position_buckets': 8,"
                            + " 'norm_rel_ebd': 'layer_norm'"),
            Map.entry("deepseek_v2", LATENT + "'n_routed_experts': 6, 'num_experts_per_tok': 2"),
            Map.entry(
                    "deepseek_v3",
                    LATENT + "'n_routed_experts': 6, 'n_group': 3, 'topk_group': 2, 'num_experts_per_tok': 2"),
            Map.entry("distilbert", "'hidden_dim': INNER"),
            Map.entry("electra", "'embedding_size': INNER"),
            Map.entry("esm", "'position_embedding_type': 'rotary', 'pad_token_id': 1, 'mask_token_id': 2"),
            Map.entry("eurobert", "'attention_bias': true"),
            Map.entry("falcon", "'new_decoder_architecture': true, 'num_kv_heads': GROUPS"),
            Map.entry("apertus", "'attention_bias': true"),
            Map.entry("arcee", "'mlp_bias': true"),
            Map.entry("cohere", "'use_qk_norm': true"),
            Map.entry("cohere2", "'sliding_window': WINDOW, 'sliding_window_pattern': 2"),
            Map.entry("ernie4_5", "'use_bias': true"),
            Map.entry("exaone4", "'sliding_window': WINDOW, 'sliding_window_pattern': 2"),
            Map.entry(
                    "gemma3_text", "'sliding_window': WINDOW, 'sliding_window_pattern': 2, 'query_pre_attn_scalar': 7"),
            Map.entry("glm", "'partial_rotary_factor': 0.5"),
            Map.entry("glm4", "'partial_rotary_factor': 0.5"),
            Map.entry(
                    "glm4_moe",
                    "'n_routed_experts': 6, 'num_experts_per_tok': 2, 'moe_intermediate_size': INNER, 'use_qk_norm': true"),
            Map.entry("glm4_moe_lite", LATENT + "'n_routed_experts': 6, 'num_experts_per_tok': 2"),
            Map.entry("gpt_oss", "'sliding_window': WINDOW, 'num_local_experts': 5, 'num_experts_per_tok': 2"),
            Map.entry("granitemoe", "'num_local_experts': 5, 'attention_multiplier': 0.3"),
            Map.entry("granite", "'attention_multiplier': 0.3, 'residual_multiplier': 0.5, 'embedding_multiplier': 3"),
            Map.entry("helium", "'num_key_value_heads': GROUPS, 'head_dim': SLICE"),
            Map.entry("hunyuan_v1_dense", "'rope_scaling': {'type': 'dynamic', 'alpha': 100.0, 'factor': 1.0}"),
            Map.entry("ministral", "'sliding_window': WINDOW"),
            Map.entry(
                    "ministral3",
                    "'rope_parameters': {'rope_type': 'default', 'llama_4_scaling_beta': 0.2,"
                            + " 'original_max_position_embeddings': 8}"),
            Map.entry("nanochat", "'attention_bias': true"),
            Map.entry("nemotron", "'mlp_bias': true"),
            Map.entry("olmo", "'clip_qkv': 0.5"),
            Map.entry("olmo2", "'attention_bias': true"),
            Map.entry("olmo3", "'sliding_window': WINDOW, 'sliding_window_pattern': 2"),
            Map.entry("olmoe", "'num_experts': 5, 'num_experts_per_tok': 2"),
            Map.entry("seed_oss", "'attention_out_bias': true"),
            Map.entry("smollm3", "'use_sliding_window': true, 'sliding_window': WINDOW, 'no_rope_layer_interval': 2"),
            Map.entry(
                    "stablelm",
                    "'num_key_value_heads': GROUPS, 'partial_rotary_factor': 0.5, 'qk_layernorm': true,"
                            + " 'use_parallel_residual': true"),
            Map.entry("gemma", "'hidden_act': 'gelu'"),
            Map.entry("gemma2", "'sliding_window': WINDOW, 'query_pre_attn_scalar': 7, 'attn_logit_softcapping': 3.0"),
            Map.entry("gpt2", "'n_embd': WIDTH, 'n_head': HEADS, 'n_layer': 3, 'n_positions': 64, 'n_inner': INNER"),
            Map.entry("gpt_bigcode", "'n_inner': INNER"),
            Map.entry(
                    "gpt_neo",
                    "'num_heads': HEADS, 'num_layers': 3, 'window_size': WINDOW,"
                            + " 'attention_types': [[['global', 'local', 'local'], 1]]"),
            Map.entry("gpt_neox", "'rotary_pct': 0.5, 'use_parallel_residual': true"),
            Map.entry(
                    "huginn_raven",
                    "'n_layers_in_prelude': 1, 'n_layers_in_recurrent_block': 3, 'n_layers_in_coda': 1, 'bias': true"),
            Map.entry("gptj", "'rotary_dim': 4, 'n_inner': INNER"),
            Map.entry("llama", "'attention_bias': true, 'rope_scaling': {'type': 'linear', 'factor': 2.0}"),
            Map.entry("mistral", "'sliding_window': WINDOW"),
            Map.entry("mixtral", "'sliding_window': WINDOW, 'num_local_experts': 5"),
            Map.entry("modernbert", "'local_attention': WINDOW"),
            Map.entry("mpnet", "'hidden_act': 'gelu'"),
            Map.entry("mpt", "'attn_config': {'clip_qkv': 0.5}"),
            Map.entry("nomic_bert", "'hidden_act': 'silu'"),
            Map.entry("openai-gpt", "'afn': 'gelu'"),
            Map.entry("opt", "'ffn_dim': INNER, 'init_std': 0.2, 'word_embed_proj_dim': WIDTH"),
            Map.entry("phi", "'qk_layernorm': true"),
            Map.entry("phi3", "'partial_rotary_factor': 0.5, 'sliding_window': WINDOW"),
            Map.entry("ouro", "'use_sliding_window': true, 'sliding_window': WINDOW, 'max_window_layers': 1"),
            Map.entry("qwen2", "'use_sliding_window': true, 'sliding_window': WINDOW, 'max_window_layers': 1"),
            Map.entry(
                    "qwen2_moe",
                    "'num_experts': 5, 'num_experts_per_tok': 2, 'moe_intermediate_size': INNER,"
                            + " 'shared_expert_intermediate_size': INNER"),
            Map.entry("qwen3_moe", "'num_experts': 5, 'num_experts_per_tok': 2, 'moe_intermediate_size': INNER"),
            Map.entry("qwen3", "'attention_bias': true"),
            Map.entry(
                    "qwen2_vl_text",
                    "'num_key_value_heads': GROUPS, 'rope_scaling': {'type': 'mrope', 'mrope_section': [HALF, 0]}"),
            Map.entry(
                    "qwen2_5_vl_text",
                    "'num_key_value_heads': GROUPS, 'rope_scaling': {'type': 'mrope', 'mrope_section': [0, HALF]}"),
            Map.entry("qwen3_vl_text", "'attention_bias': true"),
            Map.entry("roberta", "'pad_token_id': 1"),
            Map.entry("starcoder2", "'sliding_window': WINDOW"),
            Map.entry("t5", "'d_ff': INNER, 'feed_forward_proj': 'gated-gelu', 'initializer_factor': 1.0"),
            Map.entry("xlm-roberta", "'pad_token_id': 1"),
            Map.entry("xlnet", "'d_inner': INNER")));

    /** Those that take images, see {@link VisionPropertiesTest}. */
    static final Set<String> VISION = Set.of(
            "beit",
            "clip_vision_model",
            "deit",
            "dinov2",
            "dinov2_with_registers",
            "dinov3_vit",
            "ijepa",
            "siglip_vision_model",
            "vit");

    private static final Set<String> ENCODERS = Set.of(
            "albert",
            "bert",
            "camembert",
            "deberta-v2",
            "distilbert",
            "electra",
            "esm",
            "eurobert",
            "modernbert",
            "mpnet",
            "nomic_bert",
            "roberta",
            "t5",
            "xlm-roberta",
            "xlnet");
    private static final Set<String> ONE_HEAD_SIZE = Set.of(
            "albert",
            "bert",
            "bloom",
            "codegen",
            "falcon",
            "gpt_bigcode",
            "gpt_neox",
            "gptj",
            "helium",
            "qwen2_vl_text",
            "qwen2_5_vl_text",
            "huginn_raven",
            "stablelm",
            "mpt",
            "openai-gpt",
            "opt",
            "phi",
            "roberta",
            "camembert",
            "deberta-v2",
            "deepseek_v2",
            "deepseek_v3",
            "glm4_moe_lite",
            "olmoe",
            "distilbert",
            "electra",
            "esm",
            "modernbert",
            "mpnet",
            "xlm-roberta",
            "xlnet");

    @AfterEach
    void threadsAsBefore() {
        Runs.defaultThreads();
    }

    static Stream<Arguments> cases() {
        return FAMILIES.keySet().stream()
                .filter(family -> family.matches(System.getProperty("consensus.properties.only", ".*")))
                .flatMap(family ->
                        Stream.of(Arguments.of(family, 1, DType.FLOAT32), Arguments.of(family, 2, DType.FLOAT64)));
    }

    @Test
    void everyArchitectureIsHere() {
        assertThat(FAMILIES.keySet())
                .isEqualTo(Architectures.all().stream()
                        .map(Architectures.Architecture::modelType)
                        .filter(family -> !VISION.contains(family))
                        .filter(family -> !Architectures.isTextPart(family)) // what they read is one of the others
                        .collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aTokenIsSeenByThoseThatTheFamilyLetsSeeIt(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        List<int[]> prompts = Runs.prompts(VOCABULARY, seed, 11, 11);
        List<int[]> perturbed = prompts.stream().map(int[]::clone).toList();
        perturbed.get(0)[7] = (perturbed.get(0)[7] + 1) % VOCABULARY;
        Runs runs = Runs.of(WeightMode.RANDOM_EACH_PASS, dtype, 2);

        Runs.Result before = runs.run(subject, prompts);
        Runs.Result after = runs.run(subject, perturbed);

        int width = subject.transformer().sizes().width();
        double[] earlier = Arrays.copyOf(before.hidden()[0], 7 * width);
        double[] earlierAfter = Arrays.copyOf(after.hidden()[0], 7 * width);
        assertThat(Arrays.equals(earlier, earlierAfter)).isEqualTo(!ENCODERS.contains(family));
        assertThat(subject.transformer().causal()).isEqualTo(!ENCODERS.contains(family));
        double[] own = Arrays.copyOfRange(before.hidden()[0], 7 * width, 8 * width);
        assertThat(Arrays.copyOfRange(after.hidden()[0], 7 * width, 8 * width)).isNotEqualTo(own);
        assertThat(after.hidden()[1]).as("the other prompt").containsExactly(before.hidden()[1]);
    }

    /** Then every token but the first is what it would be behind any other. */
    @ParameterizedTest
    @MethodSource("cases")
    void withoutSinkNoOtherTokenSeesTheFirst(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        List<int[]> prompts = Runs.prompts(VOCABULARY, seed, 11, 11);
        List<int[]> perturbed = prompts.stream().map(int[]::clone).toList();
        perturbed.get(0)[0] = 3 + (perturbed.get(0)[0] + 1) % (VOCABULARY - 3);
        Runs runs = Runs.of(WeightMode.RANDOM, dtype, 2).with(IngredientFields.SINK, false);

        double[] before = runs.run(subject, prompts).hidden()[0];
        double[] after = runs.run(subject, perturbed).hidden()[0];

        int width = subject.transformer().sizes().width();
        assertThat(Arrays.copyOf(after, width)).isNotEqualTo(Arrays.copyOf(before, width));
        assertThat(Arrays.copyOfRange(after, width, after.length))
                .isEqualTo(Arrays.copyOfRange(before, width, before.length));
    }

    /** All dimensions at their medians: all tokens equal, behind every block. */
    @ParameterizedTest
    @MethodSource("cases")
    void allDimensionsClampedIsConsensus(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        int width = subject.transformer().sizes().width();
        Runs runs = Runs.of(WeightMode.RANDOM, dtype, 2).with(IngredientFields.CLAMP_OUTLIERS, width);
        for (double[] errors :
                runs.run(subject, Runs.prompts(VOCABULARY, seed, 11, 8)).error()) {
            assertThat(errors[0]).isPositive();
            assertThat(Arrays.copyOfRange(errors, 1, errors.length)).containsOnly(0);
        }
    }

    /** The floor of a run is the largest error that equal tokens reach. */
    @ParameterizedTest
    @MethodSource("cases")
    void equalTokensStayEqual(String family, int seed, DType dtype) {
        Runs.Result result =
                Runs.of(WeightMode.RANDOM, dtype, 1).run(subject(family, seed), Runs.prompts(VOCABULARY, seed, 40));

        assertThat(result.floor()).isLessThanOrEqualTo(dtype == DType.FLOAT64 ? 1e-28 : 1e-11);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void orderAndCompanyOfPromptsDoNotMatter(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        List<int[]> prompts = Runs.prompts(VOCABULARY, seed, 9, 9, 9, 14, 9);
        List<int[]> reversed = new java.util.ArrayList<>(prompts);
        Collections.reverse(reversed);
        double bound = dtype == DType.FLOAT64 ? ChunkRule.FLOAT64_BOUND : ChunkRule.FLOAT32_BOUND;
        Runs runs = Runs.of(WeightMode.RANDOM, dtype, 2);
        Runs.Result together = runs.run(subject, prompts);

        Runs.Result apart = runs.chunk(1).run(subject, prompts);
        Runs.Result backwards = runs.chunk(2).run(subject, reversed);

        assertThat(apart.largestErrorDifference(together)).isLessThanOrEqualTo(bound);
        for (int i = 0; i < prompts.size(); i++) {
            double[] expected = together.error()[i];
            double[] found = backwards.error()[prompts.size() - 1 - i];
            for (int j = 0; j < expected.length; j++) {
                assertThat(Math.abs(found[j] - expected[j])).isLessThanOrEqualTo(bound);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void threadsAndResidentLayersChangeNoBit(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        List<int[]> prompts = Runs.prompts(VOCABULARY, seed, 33, 33, 50);
        Runs runs = Runs.of(WeightMode.RANDOM, dtype, 2);

        Runs.Result one = runs.threads(1).run(subject, prompts);
        Runs.Result three = runs.threads(3).memory(3L << 30).run(subject, prompts);

        assertThat(one.residentLayers()).isZero();
        assertThat(three.residentLayers()).isEqualTo(3);
        assertThat(three.sameBits(one)).isTrue();
    }

    private static Subject subject(String family, int seed) {
        Map<String, Integer> sizes = sizes(
                new SplittableRandom(seed + 31L * Arrays.hashCode(family.getBytes(StandardCharsets.UTF_8))), family);
        String fields = "'hidden_size': WIDTH, 'num_attention_heads': HEADS, 'intermediate_size': INNER,"
                + "'num_hidden_layers': 3, 'max_position_embeddings': 64, 'initializer_range': 0.2, "
                + (ONE_HEAD_SIZE.contains(family) ? "" : "'num_key_value_heads': GROUPS, ")
                + (ONE_HEAD_SIZE.contains(family) || family.equals("phi3") ? "" : "'head_dim': HEAD, ")
                + FAMILIES.get(family);
        for (Map.Entry<String, Integer> size : sizes.entrySet()) {
            fields = fields.replaceAll(
                    "\\b" + size.getKey() + "\\b", size.getValue().toString());
        }
        String json = "{" + fields.replace('\'', '"') + "}";
        ObjectNode config = (ObjectNode) StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), family, "config");
        config.put("model_type", family).put("vocab_size", VOCABULARY);
        return Subject.fromConfig(family + seed, config, "a test's config");
    }

    private static Map<String, Integer> sizes(SplittableRandom random, String family) {
        int groups = random.nextInt(1, 4);
        int heads = groups * (family.equals("codegen") ? 4 : random.nextInt(1, 4));
        int head = 4 * random.nextInt(1, 5);
        return Map.of(
                "HALF",
                head / 2,
                "GROUPS",
                groups,
                "HEADS",
                heads,
                "HEAD",
                head + 2,
                "SLICE",
                head,
                "WIDTH",
                heads * head,
                "INNER",
                random.nextInt(20, 70),
                "WINDOW",
                random.nextInt(2, 9));
    }
}
