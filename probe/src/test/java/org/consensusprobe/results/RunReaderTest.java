package org.consensusprobe.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.ManifestSections.Measure;
import org.consensusprobe.results.ManifestSections.ModelFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunReaderTest {
    private static final double[][] ERROR = {{1, 0.5, 0.25, 0.2, 0.1}, {0.9, 0.45, 0.2, 0.1, 0.05}};

    @TempDir
    Path folder;

    private Path run;

    @BeforeEach
    void writeRun() {
        run = folder.resolve("run");
        Manifest manifest = FakeRuns.manifest("gpt2", 2, "random", false, 2, 2, 2e-13);
        manifest.section("kernels").put("attention", "sdpa");
        manifest.measures(List.of(new Measure("rank", "1", List.of("prompt", "depth"))));
        FakeRuns.write(run, manifest, ERROR);
    }

    @Test
    void givesBackWhatWasWritten() {
        RunReader reader = RunReader.open(run);
        assertThat(reader.error()).isDeepEqualTo(ERROR);
        assertThat(reader.curve()).isEqualTo(Curve.of(ERROR, Route.whole(2, 2)));
        Manifest manifest = reader.manifest();
        Manifest written = FakeRuns.manifest("gpt2", 2, "random", false, 2, 2, 2e-13);
        assertThat(manifest.program()).isEqualTo(written.program());
        assertThat(manifest.plan()).isEqualTo(written.plan());
        assertThat(manifest.model()).isEqualTo(written.model());
        assertThat(manifest.environment()).isEqualTo(written.environment());
        assertThat(manifest.floor()).isEqualTo(written.floor()).isPresent();
        assertThat(manifest.timings()).isEqualTo(written.timings());
        assertThat(manifest.memory()).isEqualTo(written.memory());
        assertThat(manifest.status()).isEqualTo(Manifest.Status.COMPLETE);
        assertThat(manifest.measures()).containsExactly(new Measure("rank", "1", List.of("prompt", "depth")));
        assertThat(manifest.section("kernels").get("attention").textValue()).isEqualTo("sdpa");
    }

    @Test
    void manifestKeepsItsOrderAndNames() throws IOException {
        Manifest manifest = FakeRuns.manifest("gpt2", 2, "random", false, 2, 2, 2e-13);
        manifest.plan(manifest.plan(), manifest.promptCount(), manifest.tokens());
        manifest.model(new ManifestSections.Model(
                "gpt2", "gpt2", "org/gpt2", "abc", 2, 16, 2, 64, 50257, List.of(new ModelFile("a", 3, "ff")), null));
        String json = manifest.toJson();
        assertThat(json).startsWith("{\n  \"format\" : 1,\n").endsWith("}\n");
        assertThat(json.replaceAll("(?m)^(  \"(\\w+)\".*|.*)$\\n?", "$2 ").split("\\s+"))
                .filteredOn(s -> !s.isBlank())
                .containsExactly(
                        "format",
                        "counting",
                        "program",
                        "status",
                        "reason",
                        "plan",
                        "model",
                        "config",
                        "environment",
                        "kernels",
                        "dtypes",
                        "floor",
                        "timings",
                        "memory",
                        "measures");
        assertThat(json)
                .contains("\"feed_forward\" : false")
                .contains("\"prompt_count\" : 2")
                .contains("\"model_type\" : \"gpt2\"")
                .contains("\"sha256\" : \"ff\"")
                .contains("\"peak_rss_bytes\" : 1000000000")
                .contains("\"first_block_seconds\" : 0.4")
                .contains("\"per_pass_seconds\" : [ 6.0, 6.0 ]");
    }

    @Test
    void namesWhatIsNoRun() throws IOException {
        assertFails(() -> RunReader.open(folder.resolve("none")), "no such run directory");
        assertFails(() -> RunReader.open(run.resolve("error.npy")), "expected a run directory, found a file");
        assertFails(() -> RunReader.open(folder), "not a run directory: it holds no manifest.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"format\" : 1,         | \"format\" : 2,        | A newer version of this program wrote it",
                "\"format\" : 1,         | \"format\" : \"1\",    | expected \"format\": 1, found \"1\"",
                "\"passes\" : 2          | \"passes\" : 0         | \"plan\" cannot be used: passes must be an integer from 1 to 1000000, found 0",
                "\"passes\" : 2          | \"passes\" : \"2\"     | \"plan\" cannot be used",
                "\"passes\" : 2          | \"passes\" : 2.5       | \"plan\" cannot be used",
                "\"passes\" : 2          | \"p\" : 2              | \"plan\" cannot be used",
                "\"passes\" : 2          | \"passes\" : 2000000000 | passes must be an integer from 1 to 1000000",
                "\"dtype\" : \"float32\" | \"dtype\" : \"\"       | dtype must be one of float64",
                "\"layers\" : 2          | \"layers\" : null      | \"model\" cannot be used",
                "\"format\" : 1,         | \"format\" : 1,,       | not valid JSON",
            })
    void refusesADamagedManifest(String text, String replacement, String message) throws IOException {
        edit(text, replacement);
        assertFails(() -> RunReader.open(run), message);
    }

    @Test
    void refusesArraysThatDoNotFitTheManifest() throws IOException {
        edit("\"passes\" : 2", "\"passes\" : 3");
        assertFails(
                () -> RunReader.open(run).error(),
                "expected shape [2, 7] (2 prompts; 3 passes of 2 layers) as its manifest says, found [2, 5]");
        Npy.write(run.resolve("error.npy"), new double[14], 2, 7, 1);
        assertFails(() -> RunReader.open(run).error(), "found [2, 7, 1]");
    }

    @Test
    void saysWhyAnUnfinishedRunHasNoErrors() throws IOException {
        Files.delete(run.resolve("error.npy"));
        assertFails(() -> RunReader.open(run).error(), "The manifest calls the run complete");

        Manifest manifest = Manifest.read(run.resolve("manifest.json"));
        manifest.status(Manifest.Status.FAILED, "NaN after layer 3 of pass 1");
        Files.writeString(run.resolve("manifest.json"), manifest.toJson());
        assertFails(() -> RunReader.open(run).curve(), "The run did not finish (failed: NaN after layer 3 of pass 1)");
    }

    @Test
    void readsFurtherMeasuresByName() throws IOException {
        Files.createDirectory(run.resolve("measures"));
        Npy.write(run.resolve("measures/rank.npy"), new double[20], 2, 5, 2);
        assertThat(RunReader.open(run).measure("rank").shape()).containsExactly(2, 5, 2);
        assertFails(() -> RunReader.open(run).measure("mu"), "measure \"mu\" was not recorded; recorded: rank");
        edit("\"name\" : \"rank\"", "\"name\" : \"../error\"");
        assertFails(() -> RunReader.open(run).measure("../error"), "not the name of a measure: ../error");
    }

    @Test
    void readsHiddenStates() throws IOException {
        assertFails(() -> RunReader.open(run).hidden(), "runs with --save-hidden have it");
        Npy.write(run.resolve("hidden.npy"), new float[2 * 12 * 16], 2, 12, 16);
        assertThat(RunReader.open(run).hidden().type()).isEqualTo(NpyHeader.Type.FLOAT32);
        Npy.write(run.resolve("hidden.npy"), new float[2 * 12 * 8], 2, 12, 8);
        assertFails(() -> RunReader.open(run).hidden(), "expected shape [2, 12, 16]");
    }

    private void edit(String text, String replacement) throws IOException {
        Path manifest = run.resolve("manifest.json");
        String json = Files.readString(manifest);
        assertThat(json).contains(text);
        Files.writeString(manifest, json.replace(text, replacement));
    }

    private void assertFails(Runnable action, String message) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.WRONG_INPUT))
                .hasMessageContaining(message);
    }
}
