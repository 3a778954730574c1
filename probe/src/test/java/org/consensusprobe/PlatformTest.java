package org.consensusprobe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.experiment.loop.Numerics;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.Npy;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Torch;
import org.consensusprobe.weights.DrawCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every platform must show, in as little time as a slow one allows: one checkpoint a kind of kernel beside transformers,
 * draws, and the same bits for any number of threads. {@code scripts/aarch64 verify} runs it on an emulated processor. With {@code
 * -Dconsensus.platform.show=true} it says what it found.
 */
class PlatformTest {
    /** Fused projections and GELU; local windows; rotary positions and RMSNorm over grouped heads; no mask; capped scores. */
    private static final List<String> CHECKPOINTS =
            List.of("tiny-gpt2", "tiny-gpt-neo", "tiny-llama", "tiny-bert", "tiny-gemma2");

    /** Experts, biases of the distance, latent attention: with the others all kinds of attention and feed-forward layers. */
    private static final List<String> FAMILIES = List.of("mixtral-plain", "bloom-plain", "deepseek_v3-plain");

    static Stream<Path> checkpoints() {
        return Stream.concat(
                CHECKPOINTS.stream().map(Reference::folder),
                FAMILIES.stream().map(name -> Reference.table("families").resolve(name)));
    }

    @ParameterizedTest
    @MethodSource("checkpoints")
    void trainedWeightsGiveWhatTransformersGive(Path checkpoint) throws IOException {
        compare(checkpoint, WeightMode.TRAINED, DType.FLOAT64, 1e-14, 1e-12);
        compare(checkpoint, WeightMode.TRAINED, DType.FLOAT32, 5e-6, 1e-4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-gpt-neo"})
    void drawnWeightsGiveTheSameToTheirRounding(String name) throws IOException {
        // off x86-64 libtorch draws with other code, whose values differ by a rounding of float32
        compare(Reference.folder(name), WeightMode.RANDOM, DType.FLOAT64, isX86() ? 1e-14 : 3e-7, 1e-6);
    }

    @Test
    void bfloat16IsAsFarOffAsItsDigitsAre() throws IOException {
        compare(Reference.folder("tiny-gpt2"), WeightMode.TRAINED, DType.BFLOAT16, 5e-3, 2e-2);
    }

    @Test
    void drawsDifferByRoundingAtMost() {
        Torch.start(0);
        try (Scope scope = Scope.open()) {
            double off = DrawCheck.largestDifference(Kernels.forDevice(scope, "cpu"));
            say("draws: off those of x86-64 by %.1e", off);
            assertThat(off).isLessThanOrEqualTo(Math.scalb(1.0, -20));
        }
    }

    @Test
    void bitsDoNotDependOnTheNumberOfThreads() {
        Subject subject = Runs.demo("demo-gpt2");
        List<int[]> prompts = Runs.prompts(subject.transformer().sizes().vocabulary(), 3, 47, 47, 12);
        Runs runs = Runs.of(WeightMode.TRAINED, DType.FLOAT32, 1);

        Runs.Result one = runs.threads(1).run(subject, prompts);

        for (int threads : new int[] {2, 4}) {
            boolean same = runs.threads(threads).run(subject, prompts).sameBits(one);
            say("%d threads: %s", threads, same ? "the bits of 1" : "other bits than 1");
            assertThat(same).as("%d threads", threads).isTrue();
        }
    }

    @Test
    void instructionSetsAreOfThisArchitecture() {
        Object features = Torch.processor().get("features");
        say(
                "%s %s, bfloat16 products: %s",
                Torch.processor().get("model"), features, Numerics.multipliesBfloat16(Torch.processor()));
        assertThat(features).isInstanceOfSatisfying(List.class, has -> {
            if (isX86()) {
                assertThat(has.contains("asimd") || has.contains("bf16")).isFalse();
            } else {
                assertThat(has.contains("avx2") || has.contains("fma")).isFalse();
            }
        });
    }

    private static void compare(Path checkpoint, WeightMode weights, DType dtype, double error, double hidden)
            throws IOException {
        String name = checkpoint.getFileName().toString();
        int[][] prompts =
                StrictJson.mapper().readValue(checkpoint.resolve("prompts.json").toFile(), int[][].class);
        Subject subject = Subject.fromDirectory(name, checkpoint, weights);
        String expected = "expected-" + (weights == WeightMode.TRAINED ? "trained" : "random");

        Runs.Result found = Runs.of(weights, dtype, Reference.PASSES).run(subject, List.of(prompts));

        double errorOff = largestDifference(
                found.error(), Npy.read(checkpoint.resolve(expected + ".npy")).values());
        double[] states = Npy.read(checkpoint.resolve(expected + "-hidden.npy")).values();
        double largest = Arrays.stream(states).map(Math::abs).max().orElseThrow();
        double hiddenOff = largestDifference(found.hidden(), states) / largest;
        say("%s, %s, %s: errors off by %.1e, states by %.1e", name, weights, dtype, errorOff, hiddenOff);
        assertThat(errorOff).as("error").isLessThanOrEqualTo(error);
        assertThat(hiddenOff).as("hidden").isLessThanOrEqualTo(hidden);
    }

    private static double largestDifference(double[][] found, double[] wanted) {
        double[] flat = Arrays.stream(found).flatMapToDouble(Arrays::stream).toArray();
        assertThat(flat).hasSameSizeAs(wanted);
        double largest = 0;
        for (int i = 0; i < flat.length; i++) {
            double off = Math.abs(flat[i] - wanted[i]);
            largest = Double.isNaN(off) ? Double.POSITIVE_INFINITY : Math.max(largest, off);
        }
        return largest;
    }

    private static boolean isX86() {
        return List.of("amd64", "x86_64").contains(System.getProperty("os.arch"));
    }

    private static void say(String form, Object... values) {
        if (Boolean.getBoolean("consensus.platform.show")) {
            System.out.printf(form + "%n", values);
        }
    }
}
