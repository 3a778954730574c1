package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.prompts.TinyTokenizers;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outliers and sinks, measured and taken away, from the command line. */
class OutliersTest {
    private static final List<String> NAMES = List.of(
            "largest-activations",
            "largest-activations-to-median",
            "largest-activations-token",
            "largest-activations-dimension",
            "kurtosis",
            "norm-share",
            "key-norm",
            "value-norm");

    @TempDir
    Path folder;

    private Path run(String model, String... more) {
        Path out = folder.resolve("run-" + Arrays.hashCode(more));
        String[] args = {
            "run",
            "--model",
            Reference.folder(model).toString(),
            "--prompts",
            Reference.folder(model).resolve("prompts.json").toString(),
            "--passes",
            "1",
            "--dtype",
            "float64",
            "--out",
            out.toString()
        };
        CommandResult.of(Stream.concat(Arrays.stream(args), Arrays.stream(more)).toArray(String[]::new))
                .succeeded();
        return out;
    }

    /** The states, keys and values are those of transformers' modules: scripts/reference-outliers.py. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-llama"})
    void measuresAreWhatNumpyMakesOfStates(String model) {
        Path run = run(model, "--measures", String.join(",", NAMES), "--limit-prompts", "2");
        JsonNode expected = StrictJson.readObject(
                        Reference.table("outliers").resolve(model + ".json"), 1 << 20, "reference")
                .get("prompts");
        for (String name : NAMES) {
            NpyArray found = Npy.read(run.resolve("measures/" + name + ".npy"));
            int prompts = expected.size();
            int depths = expected.get(0).size();
            int each = found.values().length / prompts / depths;
            for (int prompt = 0; prompt < prompts; prompt++) {
                for (int depth = 0; depth < depths; depth++) {
                    JsonNode own = expected.get(prompt).get(depth).get(name);
                    for (int i = 0; i < each; i++) {
                        double value = found.values()[(prompt * depths + depth) * each + i];
                        if (own == null) { // at the embedding nothing attends
                            assertThat(value).isNaN();
                        } else {
                            double wanted = own.get(i).asDouble();
                            assertThat(value)
                                    .as("%s of prompt %d at depth %d, %d", name, prompt, depth, i)
                                    .isCloseTo(wanted, within(1e-10 * Math.max(1, Math.abs(wanted))));
                        }
                    }
                }
            }
        }
    }

    @Test
    void whatIsTakenAwayIsInTitleManifestAndFolderName() throws Exception {
        Path run = run("tiny-gpt2", "--no-sink", "--clamp-outliers", "2");
        JsonNode plan = RunReader.open(run).manifest().section("plan");
        assertThat(plan.path("sink").asBoolean(true)).isFalse();
        assertThat(plan.path("clamp_outliers").asInt()).isEqualTo(2);
        assertThat(Files.readString(run.resolve("report.html"))).contains("no sink, 2 outliers clamped");
    }

    @Test
    void moreDimensionsThanThereAreAreRefused() {
        CommandResult.of("run", "--model", "demo-gpt2", "--clamp-outliers", "193", "--passes", "1")
                .refused(2, "--clamp-outliers 193: the states of demo-gpt2 have 192 dimensions");
        CommandResult.of("run", "--model", "demo-gpt2", "--clamp-outliers", "-1")
                .refused(2, "--clamp-outliers", "an integer from 0");
    }

    /** A prompt of one token attends to itself, sink or not. */
    @Test
    void oneTokenKeepsItself() throws Exception {
        Path prompts = folder.resolve("one.json");
        Files.writeString(prompts, "[[5]]");
        double[][] values = new double[2][];
        for (int i = 0; i < 2; i++) {
            Path out = folder.resolve("one-" + i);
            List<String> args = new ArrayList<>(List.of(
                    "run",
                    "--model",
                    Reference.folder("tiny-gpt2").toString(),
                    "--prompts",
                    prompts.toString(),
                    "--passes",
                    "1",
                    "--save-hidden",
                    "--out",
                    out.toString()));
            if (i == 1) {
                args.add("--no-sink");
            }
            CommandResult.of(args.toArray(String[]::new)).succeeded();
            values[i] = Npy.read(out.resolve("hidden.npy")).values();
        }
        assertThat(values[1]).containsExactly(values[0], within(1e-5));
    }

    /** With the default measures, of prompts of several lengths: token 1's is eq. 25, the mean of all the mean over pairs. */
    @Test
    void everyTokenHasItsError() throws Exception {
        Path prompts = folder.resolve("lengths.json");
        Files.writeString(prompts, "[[5,9,7,30,2,11],[4,8,15],[16,23,42,3,9]]");
        int[] lengths = {6, 3, 5};
        Path out = folder.resolve("tokens");
        CommandResult.of(
                        "run",
                        "--model",
                        Reference.folder("tiny-gpt2").toString(),
                        "--prompts",
                        prompts.toString(),
                        "--passes",
                        "2",
                        "--dtype",
                        "float64",
                        "--per-token",
                        "--out",
                        out.toString())
                .succeeded();
        NpyArray tokens = Npy.read(out.resolve("measures/error-token.npy"));
        double[][] error = Npy.read(out.resolve("error.npy")).rows();
        double[][] pairs = Npy.read(out.resolve("measures/pairwise-mean.npy")).rows();
        assertThat(tokens.shape()).containsExactly(3, 7, 6);
        for (int prompt = 0; prompt < 3; prompt++) {
            for (int depth = 0; depth < 7; depth++) {
                int at = (prompt * 7 + depth) * 6;
                double[] own = Arrays.copyOfRange(tokens.values(), at, at + 6);
                assertThat(own[0]).isCloseTo(error[prompt][depth], within(1e-13));
                assertThat(Arrays.stream(own, 0, lengths[prompt]).average().orElseThrow())
                        .isCloseTo(pairs[prompt][depth], within(1e-13));
                assertThat(Arrays.stream(own, lengths[prompt], 6)).allMatch(v -> Double.isNaN(v));
            }
        }
        for (String name : List.of("error-without-token-1-token", "across-prompt-similarity-token")) {
            assertThat(out.resolve("measures/" + name + ".npy")).isNotEmptyFile();
        }
        assertThat(out.resolve("measures/mu-token.npy")).doesNotExist();
        assertThat(RunReader.open(out)
                        .manifest()
                        .section("plan")
                        .path("per_token")
                        .asBoolean())
                .isTrue();
        assertThat(Files.readString(out.resolve("report.html")))
                .contains("Position by position", "At native depth token ", "below half of its error");
        assertThat(CommandResult.of("measures", "mu", "residual").succeeded().out())
                .contains("per token: mu-token", "per token: no");
    }

    @Test
    void withAndWithoutBosAreTwoRunsAndTheirComparison() throws Exception {
        Path tokenizer = TinyTokenizers.withSpecialTokens(folder);
        Path out = folder.resolve("both");
        String[] args = {
            "run",
            "--model",
            Reference.folder("tiny-gpt2").toString(),
            "--prompts",
            "random:3x6",
            "--tokenizer",
            tokenizer.toString(),
            "--passes",
            "1",
            "--bos",
            "both",
            "--out",
            out.toString()
        };
        String said = CommandResult.of(args).succeeded().out();
        assertThat(said).contains("with BOS", "without BOS", "report: ");
        assertThat(Files.readString(out.resolve("bos-on/report.html"))).contains("with feed-forward · with BOS ·");
        assertThat(Files.readString(out.resolve("bos-off/report.html"))).contains("with feed-forward · without BOS ·");
        assertThat(Files.readString(out.resolve("compare.csv"))).contains("with BOS", "without BOS");
        assertThat(out.resolve("compare.png")).isNotEmptyFile();
        RunReader on = RunReader.open(out.resolve("bos-on"));
        assertThat(on.manifest().section("plan").path("bos").asText()).isEqualTo("on");
        assertThat(on.manifest().section("tokenizer").path("file").asText()).isEqualTo("tokenizer.json");
        double[][] off = RunReader.open(out.resolve("bos-off")).error();
        assertThat(on.error()[0][0]).isNotEqualTo(off[0][0]);
        CommandResult.of(args).refused(2, "bos-on");
        CommandResult.of(Stream.concat(Arrays.stream(args), Stream.of("--resume"))
                        .toArray(String[]::new))
                .succeeded();
    }

    @Test
    void bosIsRefusedWhereItMeansNothing() {
        CommandResult.of("run", "--model", "demo-gpt2", "--bos", "on", "--passes", "1")
                .refused(2, "--bos: the tokenizer of demo-gpt2 puts no special token in front of a text");
        CommandResult.of("run", "--model", "demo-gpt2", "--bos", "maybe").refused(2, "--bos", "on, off, both");
        CommandResult.of("check", "demo-gpt2", "--bos", "both").refused(2, "--bos both");
        CommandResult.of(
                        "run",
                        "--model",
                        Reference.table("families").resolve("vit-plain").toString(),
                        "--prompts",
                        "random:2",
                        "--bos",
                        "on")
                .refused(2, "--bos is for models of text");
    }
}
