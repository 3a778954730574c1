package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.Runs;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.torch.DType;
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
                    if (Files.exists(checkpoint.resolve("pixels.npy"))) {
                        compare(checkpoint, half, "float32", further * 5e-6, further * 1e-4);
                    } else {
                        compareInFloat32(checkpoint, half, further * 5e-6, further * 1e-4);
                    }
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

        NpyArray errors = Npy.read(out.resolve("error.npy"));
        NpyArray states = Npy.read(out.resolve("hidden.npy"));
        assertThat(errors.shape())
                .isEqualTo(Npy.read(checkpoint.resolve(expected + ".npy")).shape());
        assertThat(states.shape())
                .isEqualTo(
                        Npy.read(checkpoint.resolve(expected + "-hidden.npy")).shape());
        compare(checkpoint, half, dtype, errors.values(), states.values(), error, hidden);
        if (scores) {
            NpyArray found = Npy.read(out.resolve("measures/output-entropy.npy"));
            assertThat(largestDifference(found.values(), Npy.read(entropy).values()))
                    .as("entropy")
                    .isLessThanOrEqualTo(1e-9);
        }
    }

    // without a run directory: its figures take longer than these runs
    private static void compareInFloat32(Path checkpoint, String half, double error, double hidden) throws IOException {
        List<int[]> prompts = new ArrayList<>();
        StrictJson.parse(Files.readAllBytes(checkpoint.resolve("prompts.json")), "prompts.json", "prompts")
                .forEach(ids -> prompts.add(StreamSupport.stream(ids.spliterator(), false)
                        .mapToInt(JsonNode::intValue)
                        .toArray()));
        Subject subject = Subject.fromDirectory(checkpoint.getFileName().toString(), checkpoint, WeightMode.TRAINED);
        Runs.Result result = Runs.of(WeightMode.TRAINED, DType.FLOAT32, Reference.PASSES)
                .feedForward(half.isEmpty())
                .run(subject, prompts);
        double[] errors =
                Arrays.stream(result.error()).flatMapToDouble(Arrays::stream).toArray();
        double[] states =
                Arrays.stream(result.hidden()).flatMapToDouble(Arrays::stream).toArray();
        compare(checkpoint, half, "float32", errors, states, error, hidden);
    }

    private static void compare(
            Path checkpoint, String half, String dtype, double[] errors, double[] states, double error, double hidden) {
        String expected = "expected-trained" + half;
        double[] right = Npy.read(checkpoint.resolve(expected + "-hidden.npy")).values();
        double largest = Arrays.stream(right).map(Math::abs).max().orElseThrow();
        double errorOff = largestDifference(
                errors, Npy.read(checkpoint.resolve(expected + ".npy")).values());
        double hiddenOff = largestDifference(states, right) / largest;
        Reference.show(checkpoint.getFileName().toString(), half, dtype, errorOff, hiddenOff);
        assertThat(errorOff).as(dtype + " error").isLessThanOrEqualTo(error);
        assertThat(hiddenOff).as(dtype + " hidden").isLessThanOrEqualTo(hidden);
    }

    private static double largestDifference(double[] a, double[] b) {
        assertThat(a).hasSameSizeAs(b);
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            boolean neither = Double.isNaN(a[i]) && Double.isNaN(b[i]);
            double difference = neither ? 0 : Math.abs(a[i] - b[i]);
            largest = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(largest, difference);
        }
        return largest;
    }
}
