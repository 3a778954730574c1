package org.consensusprobe.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Kernels held to float64: right ones pass in every dtype, each planted fault is found where it is. */
class KernelCheckTest {
    @BeforeAll
    static void start() {
        Torch.start(0);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT64, FLOAT64", "FLOAT32, FLOAT32", "FLOAT32, BFLOAT16"})
    void thisProcessorIsRight(DType state, DType product) {
        try (Scope scope = Scope.open()) {
            List<Stage> stages = battery(Kernels.forDevice(scope, "cpu"), state, product);

            assertThat(stages).hasSizeGreaterThan(40).noneMatch(Stage::isOff);
            assertThat(stages).anyMatch(stage -> stage.error() > 0);
        }
    }

    /** The kernels of other devices, and on this one. */
    @ParameterizedTest
    @CsvSource({"FLOAT64, FLOAT64", "FLOAT32, FLOAT32", "FLOAT32, BFLOAT16"})
    void plainKernelsAreRight(DType state, DType product) {
        try (Scope scope = Scope.open()) {
            assertThat(battery(Kernels.plain(scope), state, product)).noneMatch(Stage::isOff);
        }
    }

    /** What is wrong is named, and nothing else is: a step of a block is only called by what is made of it. */
    @ParameterizedTest
    @MethodSource("faults")
    void aPlantedFaultIsFound(String named, DType product, String text, String fault) {
        try (Scope scope = Scope.open()) {
            List<Stage> off = battery(PlantedKernels.with(scope, text, fault), DType.FLOAT32, product).stream()
                    .filter(Stage::isOff)
                    .toList();

            assertThat(off).isNotEmpty().allMatch(stage -> stage.name().contains(named));
        }
    }

    static Stream<Arguments> faults() {
        String own = "None, 0., causal, scale=torch.mul(scale, beta))";
        String windowed = "torch.ge(back, 0) if causal else";
        String tanh = "torch.gelu_(x, approximate=\"tanh\")";
        String norm = "torch.layer_norm(x, [torch.size(x, -1)], weight, bias, eps)";
        String lower = "y = (self).by_mkl(x,";
        return Stream.of(
                arguments("attention", DType.FLOAT32, own, own.replace("causal", "False")),
                arguments("attention", DType.BFLOAT16, windowed, windowed.replace("0", "-1")),
                arguments(
                        "attention",
                        DType.FLOAT32,
                        own,
                        own.replace("scale, beta", "1.0009999999999999 * scale, beta")),
                arguments("gelu tanh", DType.FLOAT32, tanh, "torch.gelu_(x)"),
                arguments("gelu tanh", DType.BFLOAT16, "\"gelu\", \"tanh\"", "\"gelu\", \"none\""),
                arguments(
                        "LayerNorm",
                        DType.FLOAT32,
                        norm,
                        norm.replace("(x,", "(torch.to(torch.to(x, 15), ops.prim.dtype(x)),")),
                arguments("product", DType.FLOAT32, lower, lower.replace("(x,", "(torch.to(torch.to(x, 5), 6),")),
                arguments(
                        "product",
                        DType.BFLOAT16,
                        "h = torch.to(x, ops.prim.dtype(w))",
                        "h = torch.to(torch.mul(torch.to(x, 15), 1.0078125), ops.prim.dtype(w))"));
    }

    private static List<Stage> battery(Kernels kernels, DType state, DType product) {
        KernelCheck check = KernelCheck.begin();
        KernelBattery.run(kernels, check, "cpu", state, product);
        return check.stages();
    }
}
