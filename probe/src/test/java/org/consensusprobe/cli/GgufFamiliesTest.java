package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
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
 * Checkpoints that llama.cpp's own converter has made GGUF files of ({@code families.py} beside them), against the directories that
 * they were made of: the same errors, hidden states and entropies of the next token, to the last bit; in float64 and float32, with
 * and without feed-forward.
 */
@Tag("slow")
class GgufFamiliesTest {
    /** A norm's 1 + w is rounded when the file is made, a divisor of a rotary frequency when it is kept in 32 bits. */
    private static final Set<String> ROUNDED = Set.of("exaone4-whole", "gemma3_text-windows.sixth", "nemotron-plain");

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> runsAreThoseOfTheDirectory() throws IOException {
        Pattern only = Pattern.compile(System.getProperty("consensus.parity.only", ".*"));
        List<Path> files;
        try (Stream<Path> all = Files.list(Reference.gguf("families"))) {
            files = all.filter(path -> path.toString().endsWith(".gguf"))
                    .filter(path -> only.matcher(path.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
        assertThat(files).isNotEmpty();
        return files.stream()
                .map(file ->
                        DynamicTest.dynamicTest(file.getFileName().toString(), () -> compare(file, directory(file))));
    }

    /** What a file was made of: a folder of {@code families} or {@code reference}, or that with another config, and perhaps other weights. */
    private Path directory(Path file) {
        String name = file.getFileName().toString().replace(".gguf", "");
        String what = name.replaceFirst("\\..*", "");
        Path family = Reference.table("families").resolve(what);
        Path source = Files.isDirectory(family) ? family : Reference.folder(what);
        Path own = file.resolveSibling(name);
        if (!Files.isDirectory(own)) {
            return source;
        }
        try {
            Path whole = Files.createDirectory(folder.resolve(name));
            for (String part : List.of("config.json", "model.safetensors", "prompts.json")) {
                Path from = Files.exists(own.resolve(part)) ? own.resolve(part) : source.resolve(part);
                Files.copy(from, whole.resolve(part));
            }
            return whole;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void compare(Path file, Path directory) throws IOException {
        boolean scores = !StrictJson.readObject(directory.resolve("config.json"), 1 << 20, "config")
                .path("model_type")
                .asText()
                .endsWith("bert");
        Path here = run(file, directory, "here", scores);
        Path there = run(directory, directory, "there", scores);
        List<String> arrays = new ArrayList<>(List.of("error.npy", "hidden.npy"));
        if (scores) {
            arrays.add("measures/output-entropy.npy");
        }
        boolean rounded = ROUNDED.contains(directory.getFileName().toString());
        for (String array : arrays) {
            NpyArray found = Npy.read(here.resolve(array));
            NpyArray expected = Npy.read(there.resolve(array));
            double largest =
                    Arrays.stream(expected.values()).map(Math::abs).max().orElseThrow();
            assertThat(found.shape()).isEqualTo(expected.shape());
            for (int i = 0; i < found.values().length; i++) {
                double off = Math.abs(found.values()[i] - expected.values()[i]) / largest;
                boolean neither = Double.isNaN(found.values()[i]) && Double.isNaN(expected.values()[i]);
                assertThat(neither ? 0 : off).as("%s at %d", array, i).isLessThanOrEqualTo(rounded ? 1e-5 : 0);
            }
        }
        compareWithin(file, directory, DType.FLOAT32, true, rounded);
        compareWithin(file, directory, DType.FLOAT64, false, rounded);
    }

    // without a run directory: its figures take longer than these runs
    private static void compareWithin(Path file, Path directory, DType dtype, boolean feedForward, boolean rounded)
            throws IOException {
        List<int[]> prompts = List.of(
                StrictJson.mapper().readValue(directory.resolve("prompts.json").toFile(), int[][].class));
        Runs runs = Runs.of(WeightMode.TRAINED, dtype, 1).feedForward(feedForward);
        Runs.Result here = runs.run(Subject.fromDirectory("file", file, WeightMode.TRAINED), prompts);
        Runs.Result there = runs.run(Subject.fromDirectory("directory", directory, WeightMode.TRAINED), prompts);
        String how = dtype + (feedForward ? "" : " without feed-forward");
        assertThat(here.largestErrorDifference(there)).as(how).isLessThanOrEqualTo(5e-6);
        assertThat(rounded || here.sameBits(there)).as(how + ", every bit").isTrue();
    }

    private Path run(Path model, Path directory, String name, boolean scores) {
        Path out = folder.resolve(directory.getFileName() + "-" + name);
        List<String> args = new ArrayList<>(List.of("run", "--model", model.toString(), "--weights", "trained"));
        args.addAll(List.of("--prompts", directory.resolve("prompts.json").toString()));
        args.addAll(List.of("--passes", "2", "--dtype", "float64", "--save-hidden", "--out", out.toString()));
        if (scores) {
            args.addAll(List.of("--measures", "output-entropy"));
        }
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return out;
    }
}
