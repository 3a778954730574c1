package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every checkpoint of {@code families}, from the command line to the run directory, against transformers' modules: errors,
 * hidden states, and where the reference has it the entropy of the next token.
 */
@Tag("slow")
class FamilyParityTest {
    /**
     * Checkpoints that multiply rounding, with how much further off they may be in float32: three miss 5e-6 (docs/families.md has
     * the figures), four come so near it that another processor's rounding may pass it.
     */
    private static final Map<String, Double> FURTHER_OFF = Map.of(
            "modernbert-plain", 40.0,
            "nomic_bert-plain", 10.0,
            "t5-gated", 40.0,
            "modernbert-bias", 4.0,
            "eurobert-plain", 4.0,
            "xlnet-plain", 4.0,
            "dinov2_with_registers-smaller", 4.0);

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> errorsAndHiddenStatesAreThoseOfTransformers() throws IOException {
        List<Path> checkpoints;
        Pattern only = Pattern.compile(System.getProperty("consensus.parity.only", ".*"));
        try (Stream<Path> all = Files.list(Reference.table("families"))) {
            checkpoints = all.filter(Files::isDirectory)
                    .filter(path -> only.matcher(path.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
        assertThat(checkpoints).isNotEmpty();
        return checkpoints.stream().flatMap(checkpoint -> Stream.of("", "-no-feed-forward")
                .map(half -> DynamicTest.dynamicTest(checkpoint.getFileName() + half, () -> {
                    compare(checkpoint, half, "float64", 1e-9, 1e-8);
                    String name = checkpoint.getFileName().toString();
                    double further = FURTHER_OFF.getOrDefault(name, 1.0);
                    compare(checkpoint, half, "float32", further * 5e-6, further * 1e-4);
                })));
    }

    private void compare(Path checkpoint, String half, String dtype, double error, double hidden) {
        String expected = "expected-trained" + half;
        Path entropy = checkpoint.resolve(expected + "-output-entropy.npy");
        boolean scores = dtype.equals("float64") && Files.exists(entropy);
        Path out = folder.resolve(checkpoint.getFileName() + half + dtype);
        List<String> args = new ArrayList<>(List.of("run", "--model", checkpoint.toString(), "--weights", "trained"));
        Path pixels = checkpoint.resolve("pixels.npy");
        Path prompts = Files.exists(pixels) ? pixels : checkpoint.resolve("prompts.json");
        args.addAll(List.of("--prompts", prompts.toString()));
        args.addAll(List.of("--passes", "" + Reference.PASSES, "--dtype", dtype));
        args.addAll(List.of("--save-hidden", "--out", out.toString()));
        if (!half.isEmpty()) {
            args.add("--no-feed-forward");
        }
        if (scores) {
            args.addAll(List.of("--measures", "output-entropy"));
        }
        CommandResult.of(args.toArray(String[]::new)).succeeded();

        NpyArray states = Npy.read(checkpoint.resolve(expected + "-hidden.npy"));
        double largest = Arrays.stream(states.values()).map(Math::abs).max().orElseThrow();
        double errorOff =
                largestDifference(Npy.read(out.resolve("error.npy")), Npy.read(checkpoint.resolve(expected + ".npy")));
        double hiddenOff = largestDifference(Npy.read(out.resolve("hidden.npy")), states) / largest;
        if (Boolean.getBoolean("consensus.parity.show")) {
            System.out.printf("%s%s %s: %.1g, %.1g%n", checkpoint.getFileName(), half, dtype, errorOff, hiddenOff);
        }
        assertThat(errorOff).as(dtype + " error").isLessThanOrEqualTo(error);
        assertThat(hiddenOff).as(dtype + " hidden").isLessThanOrEqualTo(hidden);
        if (scores) {
            NpyArray found = Npy.read(out.resolve("measures/output-entropy.npy"));
            assertThat(largestDifference(found, Npy.read(entropy)))
                    .as("entropy")
                    .isLessThanOrEqualTo(1e-9);
        }
    }

    private static double largestDifference(NpyArray a, NpyArray b) {
        assertThat(a.shape()).isEqualTo(b.shape());
        double largest = 0;
        for (int i = 0; i < a.values().length; i++) {
            boolean neither = Double.isNaN(a.values()[i]) && Double.isNaN(b.values()[i]);
            double difference = neither ? 0 : Math.abs(a.values()[i] - b.values()[i]);
            largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
        }
        return largest;
    }
}
