package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.Npy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TheoryCommandTest {
    private static final int PROMPTS = 3;
    private static final int DEPTHS = 9;

    @TempDir
    Path folder;

    private static JsonNode theory(Path run) {
        return StrictJson.readObject(run.resolve("theory.json"), 1 << 22, "theory");
    }

    private Path measured() {
        Path run = folder.resolve("measured");
        Manifest manifest = FakeRuns.manifest("gpt2", 4, "random", true, 2, PROMPTS, 2e-13);
        manifest.measures(List.of(
                measure("hemisphere-margin"),
                measure("order-parameter"),
                measure("energy-deficit", "beta"),
                measure("cluster-components", "threshold_degrees"),
                measure("token-diameter"),
                measure("verified-bound"),
                measure("doubly-stochastic-defect")));
        FakeRuns.write(run, manifest, FakeRuns.error(PROMPTS, 2, 4, 3, 2e-13, 1));
        return run;
    }

    private static ManifestSections.Measure measure(String name, String... more) {
        return new ManifestSections.Measure(
                name, "1", more.length == 0 ? List.of("prompt", "depth") : List.of("prompt", "depth", more[0]));
    }

    private interface Value {
        double at(int depth, int entry);
    }

    private static void write(Path run, String name, int entries, Value value) throws IOException {
        Files.createDirectories(run.resolve("measures"));
        double[] values = new double[PROMPTS * DEPTHS * entries];
        for (int i = 0; i < values.length; i++) {
            values[i] = value.at(i / entries % DEPTHS, i % entries);
        }
        int[] shape = entries == 1 ? new int[] {PROMPTS, DEPTHS} : new int[] {PROMPTS, DEPTHS, entries};
        Npy.write(run.resolve("measures").resolve(name + ".npy"), values, shape);
    }

    @Test
    void recordedMeasuresBecomeFindings() throws IOException {
        Path run = measured();
        write(run, "hemisphere-margin", 1, (d, e) -> 0.1 * d);
        write(run, "order-parameter", 1, (d, e) -> d == 4 ? 0.1 : 0.5 + 0.01 * d);
        write(run, "energy-deficit", 4, (d, e) -> e == 1 ? 0.5 - 0.01 * d : 99);
        write(run, "cluster-components", 4, (d, e) -> e == 1 ? (d < 2 ? 12 : d < 7 ? 3 : 1) : 99);
        // the diameter halves once, the bound every block by 0.9: violated from the third block on
        write(run, "token-diameter", 1, (d, e) -> d == 0 ? 2 : 1.6);
        write(run, "verified-bound", 1, (d, e) -> d == 0 ? Double.NaN : 0.9);
        write(run, "doubly-stochastic-defect", 1, (d, e) -> d == 0 ? Double.NaN : d == 1 ? 0 : 0.5);
        CommandResult result = CommandResult.of("theory", run.toString()).succeeded();
        assertThat(result.out())
                .contains("violated at 18 of 24, first at depth 3")
                .contains("holds in 3 of 24 blocks")
                .contains("falls in 3 of 24 (13 %) of the steps")
                .contains("positive at 24 of 27")
                .contains(
                        "3 of 3 prompts have a plateau; 6 merges; the longest plateau: 3 clusters from depth 2 on, 5 depths")
                .contains("Not recorded: hidden states on the way: record them with --save-hidden-at 0-8");
        JsonNode energy = theory(run).path("series").path("energy-deficit");
        assertThat(energy.path("increases").asInt()).isZero();
        assertThat(energy.path("decreases").asInt()).isEqualTo(24);
        assertThat(run.resolve("report.html")).content().contains("Against theory", "Verified Transformer Dynamics");
        assertThat(run.resolve("theory.svg")).content().contains("Token diameter and its bound");
    }

    @Test
    void tokensThatStaySingleAreNoPlateau() throws IOException {
        Path run = measured();
        write(run, "cluster-components", 4, (d, e) -> e == 1 ? 12 : 99);
        write(run, "energy-deficit", 4, (d, e) -> 0.5);
        for (String other : List.of(
                "hemisphere-margin",
                "order-parameter",
                "token-diameter",
                "verified-bound",
                "doubly-stochastic-defect")) {
            write(run, other, 1, (d, e) -> 0.5);
        }
        CommandResult result = CommandResult.of("theory", run.toString()).succeeded();
        assertThat(result.out()).contains("12.0 -> 12.0; 0 of 3 prompts have a plateau; 0 merges.");
    }

    @Test
    void statesAreHeldAgainstTheModelsOwnEigenvectors() {
        Path run = folder.resolve("states");
        String model = Reference.folder("tiny-gpt2").toString();
        CommandResult.of(
                        "run",
                        "--offline",
                        "--model",
                        model,
                        "--passes",
                        "2",
                        "--prompts",
                        "random:2x8",
                        "--dtype",
                        "float64",
                        "--save-hidden-at",
                        "0-2",
                        "--out",
                        run.toString())
                .succeeded();
        CommandResult.of("theory", "--offline", "--model", model, run.toString())
                .succeeded();
        JsonNode series = theory(run).path("series");
        for (String name : List.of("eigenvector-share", "eigenvector-distance", "lyapunov-hemisphere", "error")) {
            assertThat(series.path(name).path("mean_over_prompts")).as(name).isNotEmpty();
        }
        assertThat(series.path("eigenvector-share").path("depths")).hasSize(3);
        double share = series.path("eigenvector-share")
                .path("mean_over_prompts")
                .get(0)
                .asDouble();
        assertThat(share).isBetween(0.0, 1.0);
    }

    @Test
    void aRunWithoutAnythingSaysWhatToRecord() {
        Path run = folder.resolve("bare");
        FakeRuns.write(
                run,
                FakeRuns.manifest("gpt2", 4, "random", true, 2, PROMPTS, 2e-13),
                FakeRuns.error(PROMPTS, 2, 4, 3, 2e-13, 1));
        CommandResult result = CommandResult.of("theory", run.toString()).succeeded();
        assertThat(result.out()).contains("error E", "--save-hidden-at 0-8", "--measures hemisphere-margin,");
    }

    @Test
    void whatIsWrongIsSaid() throws IOException {
        CommandResult.of("theory", folder.resolve("none").toString()).refused(2, "no such run directory");
        Path run = folder.resolve("unfinished");
        Manifest manifest = FakeRuns.manifest("gpt2", 4, "random", true, 2, PROMPTS, 2e-13);
        manifest.status(Manifest.Status.INTERRUPTED, "by hand");
        FakeRuns.write(run, manifest, FakeRuns.error(PROMPTS, 2, 4, 3, 2e-13, 1));
        CommandResult.of("theory", run.toString()).refused(2, "not finished", "--resume");
        Path wrong = measured();
        write(wrong, "cluster-components", 3, (d, e) -> 1);
        for (String name : List.of("hemisphere-margin", "order-parameter")) {
            write(wrong, name, 1, (d, e) -> 1);
        }
        write(wrong, "energy-deficit", 4, (d, e) -> 1);
        CommandResult.of("theory", wrong.toString()).refused(2, "cluster-components", "expected 4 numbers");
        assertThat(wrong.resolve("theory.json")).doesNotExist();
    }
}
