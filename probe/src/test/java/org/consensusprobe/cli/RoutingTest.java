package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which experts tokens choose from pass to pass, and what keeps them. */
class RoutingTest {
    private static final int PASSES = 4;
    private static final Path MIXTURE = Reference.table("families/mixtral-plain");
    /** Three layers a pass, prompts of 18 tokens. */
    private static final int LAYERS = 3;

    @TempDir
    Path folder;

    @Test
    void flipsAreCountedFromTheSecondPassOn() {
        NpyArray flips = flips(run(MIXTURE, "free"));

        assertThat(flips.shape()).containsExactly(2, 1 + PASSES * LAYERS);
        for (int prompt = 0; prompt < 2; prompt++) {
            double[] own = row(flips, prompt);
            assertThat(Arrays.copyOf(own, 1 + LAYERS)).containsOnly(Double.NaN);
            double[] later = Arrays.copyOfRange(own, 1 + LAYERS, own.length);
            assertThat(Arrays.stream(later)).allMatch(count -> count >= 0 && count <= 18);
            assertThat(Arrays.stream(later).sum()).isPositive();
        }
    }

    /** The first pass is the free run's, none of its choices flips, and the passes after it are others. */
    @Test
    void frozenRoutingKeepsTheChoiceOfTheFirstPass() {
        Path free = run(MIXTURE, "free");
        Path frozen = run(MIXTURE, "frozen", "--freeze-routing");

        double[] flips = row(flips(frozen), 0);
        assertThat(Arrays.copyOfRange(flips, 1 + LAYERS, flips.length)).containsOnly(0);
        double[] errors = row(Npy.read(frozen.resolve("error.npy")), 0);
        double[] freeErrors = row(Npy.read(free.resolve("error.npy")), 0);
        assertThat(Arrays.copyOf(errors, 1 + LAYERS)).containsExactly(Arrays.copyOf(freeErrors, 1 + LAYERS));
        assertThat(errors[errors.length - 1]).isNotEqualTo(freeErrors[errors.length - 1]);
    }

    /** The prompt's own tokens go through the passes of a text as they go through those of a run. */
    @Test
    void textIsMadeWithFrozenRoutingToo() throws IOException {
        Path prompts = Files.writeString(folder.resolve("one.json"), "[[5, 9, 60, 31, 8, 44, 17, 3, 22, 41]]");
        double[] free = firstErrors(prompts, "free-text");
        double[] frozen = firstErrors(prompts, "frozen-text", "--freeze-routing");

        double[] run = row(
                Npy.read(run(MIXTURE, "run", "--freeze-routing", "--prompts", prompts.toString())
                        .resolve("error.npy")),
                0);
        assertThat(frozen).hasSameSizeAs(run);
        for (int depth = 0; depth < run.length; depth++) {
            assertThat(frozen[depth]).isCloseTo(run[depth], within(1e-12));
        }
        assertThat(Arrays.copyOf(frozen, 1 + LAYERS)).containsExactly(Arrays.copyOf(free, 1 + LAYERS));
        assertThat(frozen[run.length - 1]).isNotEqualTo(free[run.length - 1]);
    }

    /** By depth, before the first token is chosen. */
    private double[] firstErrors(Path prompts, String name, String... more) {
        Path out = folder.resolve(name);
        List<String> args = new ArrayList<>(List.of("generate", "--model", MIXTURE.toString(), "--greedy"));
        args.addAll(List.of("--prompts", prompts.toString(), "--passes", "" + PASSES, "--tokens", "2"));
        args.addAll(List.of("--dtype", "float64", "--out", out.toString()));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        NpyArray errors = Npy.read(out.resolve("error-passes-" + PASSES + ".npy")); // [1, 2, depths]
        assertThat(errors.shape()).containsExactly(1, 2, 1 + PASSES * LAYERS);
        return Arrays.copyOf(errors.values(), 1 + PASSES * LAYERS);
    }

    /** Prompts in chunks of one, or all together, are held to their own choices. */
    @Test
    void frozenRoutingIsEveryPromptsOwn() {
        double[] together = Npy.read(run(MIXTURE, "a", "--freeze-routing").resolve("error.npy"))
                .values();
        double[] apart = Npy.read(
                        run(MIXTURE, "b", "--freeze-routing", "--chunk", "1").resolve("error.npy"))
                .values();
        for (int i = 0; i < together.length; i++) {
            assertThat(Math.abs(together[i] - apart[i])).isLessThan(1e-12);
        }
    }

    /** Without feed-forward there is nothing of an expert in a run: other experts change no bit of it, nor does a frozen choice. */
    @Test
    void withoutFeedForwardExpertsAreGoneWhole() throws IOException {
        Path changed = copyWithOtherExperts();
        byte[] expected = bytes(run(MIXTURE, "own", "--no-feed-forward"));

        assertThat(bytes(run(changed, "other", "--no-feed-forward"))).isEqualTo(expected);
        assertThat(bytes(run(MIXTURE, "kept", "--no-feed-forward", "--freeze-routing")))
                .isEqualTo(expected);
        assertThat(bytes(run(changed, "with"))).isNotEqualTo(bytes(run(MIXTURE, "without")));
        assertThat(row(flips(folder.resolve("own")), 0)).containsOnly(Double.NaN);
    }

    /** An expert that no token chooses is never read: it may hold what no run could go on with. */
    @Test
    void onlyChosenExpertsAreRead() throws IOException {
        Path broken = copy();
        Path weights = broken.resolve("model.safetensors");
        byte[] file = Files.readAllBytes(weights);
        int chosen = 0;
        for (int expert = 0; expert < 6; expert++) {
            byte[] damaged = file.clone();
            fill(damaged, "layers.0.block_sparse_moe.experts." + expert + ".w1.weight", (short) 0x7fc0); // NaN
            Files.write(weights, damaged);
            Path one = broken.resolve("prompts.json");
            Files.writeString(one, "[[5]]");
            CommandResult result = CommandResult.of(
                    "run",
                    "--model",
                    broken.toString(),
                    "--prompts",
                    one.toString(),
                    "--passes",
                    "1",
                    "--out",
                    folder.resolve("broken" + expert).toString());
            chosen += result.exit() == 0 ? 0 : 1;
        }
        assertThat(chosen).isEqualTo(2); // a token has two
    }

    @Test
    void denseModelsHaveNoRouting() {
        CommandResult.of(
                        "run",
                        "--model",
                        Reference.table("families/olmo2-plain").toString(),
                        "--prompts",
                        "random:1x4",
                        "--freeze-routing",
                        "--out",
                        folder.resolve("dense").toString())
                .refused(2, "has no mixtures of experts");
    }

    private Path run(Path model, String name, String... more) {
        Path out = folder.resolve(name);
        List<String> args = new ArrayList<>(List.of("run", "--model", model.toString(), "--passes", "" + PASSES));
        if (!List.of(more).contains("--prompts")) {
            args.addAll(List.of("--prompts", MIXTURE.resolve("prompts.json").toString()));
        }
        args.addAll(List.of("--dtype", "float64"));
        args.addAll(List.of("--measures", "expert-flips", "--out", out.toString(), "--force"));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return out;
    }

    private static NpyArray flips(Path run) {
        return Npy.read(run.resolve("measures/expert-flips.npy"));
    }

    private static byte[] bytes(Path run) throws IOException {
        return Files.readAllBytes(run.resolve("error.npy"));
    }

    private static double[] row(NpyArray array, int row) {
        int columns = array.values().length / array.shape().get(0);
        return Arrays.copyOfRange(array.values(), row * columns, (row + 1) * columns);
    }

    private Path copy() throws IOException {
        Path copy = Files.createDirectories(folder.resolve("copy"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(MIXTURE.resolve(file), copy.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }

    private Path copyWithOtherExperts() throws IOException {
        Path copy = copy();
        byte[] file = Files.readAllBytes(copy.resolve("model.safetensors"));
        for (int expert = 0; expert < 6; expert++) {
            fill(file, "layers.1.block_sparse_moe.experts." + expert + ".w2.weight", (short) 0x3f80); // 1
        }
        Files.write(copy.resolve("model.safetensors"), file);
        return copy;
    }

    /** Overwrites a tensor of 16-bit numbers in a safetensors file. */
    private static void fill(byte[] file, String name, short value) {
        String header = new String(file, 8, file.length - 8, java.nio.charset.StandardCharsets.ISO_8859_1);
        int length = (int) java.nio.ByteBuffer.wrap(file)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .getLong(0);
        java.util.regex.Matcher place = java.util.regex.Pattern.compile(
                        java.util.regex.Pattern.quote(name) + "\"[^}]*\"data_offsets\":\\[(\\d+),(\\d+)")
                .matcher(header.substring(0, length));
        assertThat(place.find()).isTrue();
        for (int at = Integer.parseInt(place.group(1)); at < Integer.parseInt(place.group(2)); at += 2) {
            file[8 + length + at] = (byte) value;
            file[8 + length + at + 1] = (byte) (value >> 8);
        }
    }
}
