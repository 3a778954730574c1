package org.consensusprobe.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.PlantedKernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Stage;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.Precision;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.WeightSource;
import org.consensusprobe.weights.Weights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers of checkpoints beside float64: right ones pass, each planted fault is the first stage that is off. */
class SelfTestTest {
    private static final String ATTENTION = "None, 0., causal, scale=torch.mul(scale, beta))";

    /** A kind of kernel each: learned and rotary positions, windows, caps, biases, groups of heads, norms behind branches. */
    private static final List<String> KINDS = List.of(
            "reference/tiny-gpt2",
            "reference/gpt-neo-windows-shards",
            "reference/tiny-gemma2",
            "reference/tiny-qwen3",
            "reference/tiny-bert",
            "families/codegen-heads",
            "families/t5-gated",
            "families/deberta-v2-buckets",
            "families/bloom-plain",
            "families/gpt_oss-plain",
            "families/deepseek_v3-groups",
            "families/beit-own-bias",
            "families/clip_vision_model-plain",
            "families/dinov3_vit-gated");

    /** Those, or with {@code -Dconsensus.doctor.all=true} every reference checkpoint. */
    static Stream<String> checkpoints() throws IOException {
        if (!Boolean.getBoolean("consensus.doctor.all")) {
            return KINDS.stream();
        }
        List<String> all = new ArrayList<>();
        for (String room : List.of("reference", "families")) {
            try (Stream<Path> folders = Files.list(Reference.table(room))) {
                folders.map(folder -> room + "/" + folder.getFileName())
                        .sorted()
                        .forEach(all::add);
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void checkpointsPassInEveryDtype(String folder) {
        Subject subject = subject(folder);
        for (DType dtype : List.of(DType.FLOAT64, DType.FLOAT32, DType.BFLOAT16)) {
            try (Scope scope = Scope.open()) {
                Precision precision = precision(dtype);
                List<Stage> stages = blocks(subject, WeightMode.TRAINED, precision, Kernels.forDevice(scope, "cpu"));

                assertThat(stages).as("%s", dtype).noneMatch(Stage::isOff);
                assertThat(stages)
                        .extracting(Stage::name)
                        .anyMatch(name -> name.startsWith("attention of"))
                        .contains("weights");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SHUFFLED", "RANDOM"})
    void otherWeightsPassToo(WeightMode mode) {
        try (Scope scope = Scope.open()) {
            assertThat(blocks(subject("reference/tiny-gpt2"), mode, precision(DType.BFLOAT16), Kernels.plain(scope)))
                    .noneMatch(Stage::isOff);
        }
    }

    @ParameterizedTest
    @MethodSource("faults")
    void theFirstStageThatIsOffIsNamed(String named, DType dtype, String text, String fault) {
        try (Scope scope = Scope.open()) {
            Kernels planted = PlantedKernels.with(scope, text, fault);
            SelfTest test = new SelfTest(precision(dtype), planted);

            Verdict verdict = tested(test, subject("reference/tiny-gpt2"), WeightMode.TRAINED, precision(dtype))
                    .verdict();

            assertThat(verdict.passed()).isFalse();
            assertThat(verdict.stage()).startsWith(named);
            assertThat(verdict.error()).isGreaterThan(verdict.allowed());
        }
    }

    static Stream<Arguments> faults() {
        return Stream.of(DType.FLOAT64, DType.FLOAT32)
                .flatMap(dtype -> Stream.of(
                        arguments("attention of", dtype, ATTENTION, ATTENTION.replace("causal", "False")),
                        arguments(
                                "attention of",
                                dtype,
                                ATTENTION,
                                ATTENTION.replace("scale, beta", "1.0009999999999999 * scale, beta")),
                        arguments("product", dtype, "approximate=\"tanh\"", "approximate=\"none\""),
                        arguments(
                                "LayerNorm",
                                dtype,
                                "torch.layer_norm(x, ",
                                "torch.layer_norm(torch.to(torch.to(x, 15), ops.prim.dtype(x)), ")));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT64", "FLOAT32", "BFLOAT16"})
    void aTransposedWeightIsFound(DType dtype) {
        Subject subject = subject("reference/tiny-gpt2");
        RunPlan plan = Runs.plan(WeightMode.TRAINED, dtype, 1);
        Precision precision = precision(dtype);
        try (Scope scope = Scope.open();
                WeightSource right = subject.weights(plan, precision);
                WeightSource exact = subject.weights(plan, SelfTest.exactPrecision(precision))) {
            SelfTest test = new SelfTest(precision, Kernels.forDevice(scope, "cpu"));
            test.blocks(subject.transformer(), new Transposed(right, subject), exact);

            assertThat(test.verdict().passed()).isFalse();
            assertThat(test.verdict().stage()).isEqualTo("weights: " + Transposed.ROLE);
        }
    }

    @Test
    void theFirstBlockOfARunIsTestedOnItsOwnPrompts() {
        Subject subject = subject("reference/tiny-gpt2");
        try (Scope scope = Scope.open()) {
            Verdict right = firstBlock(subject, Kernels.forDevice(scope, "cpu"));
            Verdict wrong =
                    firstBlock(subject, PlantedKernels.with(scope, ATTENTION, ATTENTION.replace("causal", "False")));

            assertThat(right.passed()).isTrue();
            assertThat(right.by()).isEqualTo(Verdict.FIRST_BLOCK);
            assertThat(wrong.passed()).isFalse();
            assertThat(wrong.stage()).startsWith("attention of");
        }
    }

    private static Verdict firstBlock(Subject subject, Kernels kernels) {
        RunPlan plan = Runs.plan(WeightMode.TRAINED, DType.FLOAT32, 1);
        Precision precision = precision(DType.FLOAT32);
        try (WeightSource source = subject.weights(plan, precision)) {
            return SelfTest.firstBlock(
                    precision,
                    kernels,
                    subject.transformer(),
                    source,
                    plan.ingredients(),
                    0,
                    List.of(new int[] {1, 2, 3, 4, 5}, new int[] {6, 7}));
        }
    }

    private static List<Stage> blocks(Subject subject, WeightMode mode, Precision precision, Kernels kernels) {
        return tested(new SelfTest(precision, kernels), subject, mode, precision)
                .stages();
    }

    private static SelfTest tested(SelfTest test, Subject subject, WeightMode mode, Precision precision) {
        RunPlan plan = Runs.plan(mode, precision.rounding(), 1);
        try (WeightSource tested = subject.weights(plan, precision);
                WeightSource exact = subject.weights(plan, SelfTest.exactPrecision(precision))) {
            return test.blocks(subject.transformer(), tested, exact);
        }
    }

    private static Subject subject(String folder) {
        return Subject.fromDirectory(folder, Reference.table(folder), WeightMode.TRAINED);
    }

    private static Precision precision(DType dtype) {
        return Numerics.choose(dtype, "cpu", Torch.start(0)).precision();
    }

    /** Hands out one square matrix the wrong way round. */
    private record Transposed(WeightSource source, Subject subject) implements WeightSource {
        static final String ROLE = "attn.c_proj.weight";

        @Override
        public Weights layer(Kernels kernels, int pass, int layer) {
            Weights right = source.layer(kernels, pass, layer);
            Map<String, Tensor> byRole = new LinkedHashMap<>();
            for (TensorSpec spec : subject.transformer().layer(layer, true)) {
                Tensor tensor = right.get(spec.role());
                byRole.put(
                        spec.role(),
                        spec.role().equals(ROLE) ? kernels.tensors().transposedCopy(tensor) : tensor);
            }
            return new Weights(byRole);
        }

        @Override
        public Weights embeddings(Kernels kernels) {
            return source.embeddings(kernels);
        }

        @Override
        public Weights finalNorm(Kernels kernels, int pass) {
            return source.finalNorm(kernels, pass);
        }

        @Override
        public Weights head(Kernels kernels, int pass) {
            return source.head(kernels, pass);
        }

        @Override
        public boolean changesEachPass() {
            return source.changesEachPass();
        }

        @Override
        public void close() {
            source.close();
        }
    }
}
