package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.model.Architectures;
import org.consensusprobe.model.ImageInput;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.prompts.Images;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.torch.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every family of vision models keeps, at sizes drawn anew for every seed: three layers with drawn weights. */
@Tag("slow")
class VisionPropertiesTest {

    /** Config fields of each family beside those of all. */
    private static final Map<String, String> FAMILIES = new TreeMap<>(Map.of(
            "beit", "'use_relative_position_bias': true, 'use_mean_pooling': false",
            "clip_vision_model", "'hidden_act': 'quick_gelu'",
            "dinov3_vit", "'num_register_tokens': 1, 'use_gated_mlp': true",
            "ijepa", "'qkv_bias': true",
            "siglip_vision_model", "'hidden_act': 'gelu'",
            "vit", "'qkv_bias': true",
            "deit", "'qkv_bias': false",
            "dinov2", "'use_swiglu_ffn': true, 'layerscale_value': 0.7",
            "dinov2_with_registers", "'num_register_tokens': 3"));

    @AfterEach
    void threadsAsBefore() {
        Runs.defaultThreads();
    }

    static Stream<Arguments> cases() {
        return FAMILIES.keySet().stream()
                .flatMap(family ->
                        Stream.of(Arguments.of(family, 1, DType.FLOAT32), Arguments.of(family, 2, DType.FLOAT64)));
    }

    @Test
    void everyVisionModelIsHere() {
        assertThat(FAMILIES.keySet())
                .isEqualTo(Architectures.all().stream()
                        .map(Architectures.Architecture::modelType)
                        .filter(FamilyPropertiesTest.VISION::contains)
                        .collect(Collectors.toSet()));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyPatchIsSeenByAllTokens(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        Runs runs = Runs.of(WeightMode.RANDOM_EACH_PASS, dtype, 2);
        double[][] pixels = pixels(subject, seed, 2);
        double[][] changed = {pixels[0].clone(), pixels[1]};
        changed[0][0] += 1; // in the first patch

        Runs.Result before = runs.run(subject, inputs(subject, pixels));
        Runs.Result after = runs.run(subject, inputs(subject, changed));

        int width = subject.transformer().sizes().width();
        for (int token = 0; token < subject.transformer().sizes().context(); token++) {
            assertThat(Arrays.copyOfRange(after.hidden()[0], token * width, (token + 1) * width))
                    .as("token %d", token)
                    .isNotEqualTo(Arrays.copyOfRange(before.hidden()[0], token * width, (token + 1) * width));
        }
        assertThat(after.hidden()[1]).as("the other image").containsExactly(before.hidden()[1]);
        assertThat(subject.transformer().causal()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalTokensStayEqual(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        Runs.Result result =
                Runs.of(WeightMode.RANDOM, dtype, 1).run(subject, inputs(subject, pixels(subject, seed, 1)));

        assertThat(result.floor()).isLessThanOrEqualTo(dtype == DType.FLOAT64 ? 1e-28 : 1e-11);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void orderAndCompanyOfImagesDoNotMatter(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        double[][] pixels = pixels(subject, seed, 3);
        double[][] reversed = {pixels[2], pixels[1], pixels[0]};
        double bound = dtype == DType.FLOAT64 ? ChunkRule.FLOAT64_BOUND : ChunkRule.FLOAT32_BOUND;
        Runs runs = Runs.of(WeightMode.RANDOM, dtype, 2);

        Runs.Result together = runs.run(subject, inputs(subject, pixels));
        Runs.Result apart = runs.chunk(1).run(subject, inputs(subject, pixels));
        Runs.Result backwards = runs.chunk(2).run(subject, inputs(subject, reversed));

        assertThat(apart.largestErrorDifference(together)).isLessThanOrEqualTo(bound);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < together.error()[i].length; j++) {
                assertThat(Math.abs(backwards.error()[2 - i][j] - together.error()[i][j]))
                        .isLessThanOrEqualTo(bound);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void threadsAndResidentLayersChangeNoBit(String family, int seed, DType dtype) {
        Subject subject = subject(family, seed);
        double[][] pixels = pixels(subject, seed, 3);
        Runs runs = Runs.of(WeightMode.RANDOM, dtype, 2);

        Runs.Result one = runs.threads(1).run(subject, inputs(subject, pixels));
        Runs.Result three = runs.threads(3).memory(3L << 30).run(subject, inputs(subject, pixels));

        assertThat(three.residentLayers()).isEqualTo(3);
        assertThat(three.sameBits(one)).isTrue();
    }

    static Inputs inputs(Subject subject, double[][] pixels) {
        ImageInput input = subject.transformer().images().orElseThrow();
        return Inputs.of(PromptSet.ofImages("a test's images", new Given(input, pixels), input.tokens()));
    }

    static double[][] pixels(Subject subject, int seed, int count) {
        ImageInput input = subject.transformer().images().orElseThrow();
        SplittableRandom random = new SplittableRandom(seed);
        return Stream.generate(() -> random.doubles((long) input.channels() * input.height() * input.width(), -1, 1)
                        .toArray())
                .limit(count)
                .toArray(double[][]::new);
    }

    private static Subject subject(String family, int seed) {
        SplittableRandom random =
                new SplittableRandom(seed + 31L * Arrays.hashCode(family.getBytes(StandardCharsets.UTF_8)));
        int heads = random.nextInt(1, 6);
        int patch = random.nextInt(2, 5);
        String json = ("{'model_type': '%s', 'hidden_size': %d, 'num_attention_heads': %d, 'num_hidden_layers': 3,"
                        + " 'intermediate_size': %d, 'image_size': %d, 'patch_size': %d, 'initializer_range': 0.2, %s}")
                .formatted(
                        family,
                        heads * 4 * random.nextInt(1, 5),
                        heads,
                        random.nextInt(20, 70),
                        patch * random.nextInt(2, 6) + random.nextInt(0, 2),
                        patch,
                        FAMILIES.get(family))
                .replace('\'', '"');
        ObjectNode config = (ObjectNode) StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), family, "config");
        return Subject.fromConfig(family + seed, config, "a test's config");
    }

    /** Pixels of the test's own. */
    private static final class Given extends Images {
        private final Size size;
        private final double[][] pixels;

        Given(ImageInput input, double[][] pixels) {
            this.size = new Size(input.channels(), input.height(), input.width());
            this.pixels = pixels;
        }

        @Override
        public int count() {
            return pixels.length;
        }

        @Override
        public Size size() {
            return size;
        }

        @Override
        public double[] pixels(int i) {
            return pixels[i];
        }

        @Override
        public String name(int i) {
            return "image " + i;
        }

        @Override
        public String processing() {
            return "none";
        }
    }
}
