package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Npy;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code consensus simulate} as users meet it. */
@Tag("slow")
class SimulateCommandTest {
    @TempDir
    Path folder;

    private CommandResult simulate(String line) {
        List<String> args = new ArrayList<>(List.of("simulate"));
        args.addAll(Arrays.asList(line.split(" ")));
        args.addAll(List.of("--out", folder.resolve("out").toString()));
        return CommandResult.of(args.toArray(String[]::new));
    }

    private JsonNode manifest() {
        return StrictJson.readObject(folder.resolve("out/manifest.json"), 1 << 20, "manifest");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "asymptotic 3.2 --samples 100",
                "asymptotic 4.1 --samples 100",
                "asymptotic 5.1 --tokens 12 --dim 8 --starts 3 --time 5",
                "asymptotic 5.2 --tokens 4 --samples 100",
                "asymptotic 5.3 --tokens 4 --drift 0.05,0.2 --samples 100",
                "asymptotic remark-5.2 --tokens 4 --starts 8 --samples 50",
                "sphere --beta 0,1,4 --tokens 8 --starts 1 --time 10 --samples 50",
                "sphere --beta 2 --tokens 8 --usa --starts 1 --time 10 --samples 50",
                "sphere --beta 1 --tokens 6 --noise 0.2 --heads 2 --starts 1 --time 5 --samples 50",
                "sphere --beta 1 --tokens 6 --no-norm --starts 1 --time 5 --samples 50",
                "clusters --tokens 10 --samples 50",
                "mean-field --cells 64 --particles 32 --samples 60",
                "contraction --tokens 8 --depths 20",
            })
    void everySystemLeavesAWholeDirectory(String line) {
        simulate(line).succeeded();

        assertThat(folder.resolve("out/figure.png")).isNotEmptyFile();
        assertThat(folder.resolve("out/figure.svg"))
                .content()
                .startsWith("<?xml")
                .contains("<svg");
        assertThat(folder.resolve("out/report.html"))
                .content()
                .contains("Content-Security-Policy", "Predicted and measured")
                .doesNotContain("{{", "http://localhost");
        JsonNode manifest = manifest();
        assertThat(manifest.path("status").asText()).isEqualTo("complete");
        assertThat(manifest.path("findings")).isNotEmpty();
        assertThat(manifest.path("chosen").toString()).contains("as chosen", "seed");
        manifest.path("arrays").properties().forEach(array -> assertThat(
                        Npy.readHeader(folder.resolve("out/arrays/" + array.getKey() + ".npy"))
                                .shape()
                                .toString()
                                .replace(" ", ""))
                .isEqualTo(array.getValue().toString()));
    }

    @Test
    void theSameSeedGivesTheSameNumbers() throws Exception {
        simulate("asymptotic 4.1 --samples 50").succeeded();
        byte[] first = Files.readAllBytes(folder.resolve("out/arrays/sphere-tokens.npy"));

        simulate("asymptotic 4.1 --samples 50 --force").succeeded();

        assertThat(folder.resolve("out/arrays/sphere-tokens.npy")).hasBinaryContent(first);
    }

    @Test
    void bothIntegratorsAgree() {
        simulate("asymptotic 4.1 --samples 50 --tolerance 1e-11").succeeded();
        double[] adaptive =
                Npy.read(folder.resolve("out/arrays/sphere-tokens.npy")).values();

        simulate("asymptotic 4.1 --samples 50 --integrator rk4 --step 0.01 --force")
                .succeeded();

        assertThat(Npy.read(folder.resolve("out/arrays/sphere-tokens.npy")).values())
                .containsExactly(adaptive, within(1e-6));
    }

    @Test
    void aCheckpointsOwnMatricesAndACloud() {
        String model = Reference.folder("tiny-gpt2").toString();
        simulate("asymptotic 5.2 --tokens 5 --samples 40 --time 4 --matrices " + model + ":0")
                .succeeded();
        assertThat(manifest().path("chosen").toString()).contains("layer 0, all heads", "asymmetry");

        Path cloud = folder.resolve("cloud.npy");
        Npy.write(cloud, new double[] {1, 0, 0, 0, 2, 0, 1, 1, 1}, 3, 3);
        simulate("asymptotic 4.1 --samples 40 --force --initial " + cloud).succeeded();
        assertThat(Npy.readHeader(folder.resolve("out/arrays/sphere-tokens.npy"))
                        .shape())
                .containsExactly(41, 3, 3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            asymptotic 4.2                        | asymptotic 4.2: expected 3.2, 4.1, 5.1, 5.2, 5.3 or remark-5.2.
            asymptotic 4.1 --drift 0.1            | asymptotic 4.1 takes no --drift.
            asymptotic 4.1 --tokens 1             | --tokens is 1: expected 2 to 4096.
            asymptotic 4.1 --tokens 60            | share a hemisphere with probability
            asymptotic 4.1 --metric 1,0,1         | --metric is 0.0: expected a number above 0.
            asymptotic 4.1 --time 0               | --time is 0.0: expected a number above 0.
            asymptotic 4.1 --integrator euler     | --integrator euler: expected dormand-prince or rk4.
            asymptotic 4.1 --tolerance 0          | --tolerance is 0.0: expected a number above 0.
            asymptotic 4.1 --samples 1            | --samples is 1: expected 10 to 100000.
            asymptotic 4.1 --seed -1              | --seed is -1: expected 0 or more.
            asymptotic 4.1 --initial absent.npy   | absent.npy: the array is missing.
            asymptotic 4.1 --matrices demo-gpt2   | --matrices demo-gpt2: expected M:LAYER or M:LAYER:HEAD
            asymptotic 4.1 --matrices demo-gpt2:99 | layer 99 is not there; expected 0 to 7.
            asymptotic 5.2 --eigenvalues 1,2      | --eigenvalues: expected the largest first, found 1.0 before 2.0.
            asymptotic 5.2 --eigenvalues 1,1      | stands there twice; expected a simple one.
            sphere --beta 2,1                     | --beta: expected ascending numbers, found 2.0 before 1.0.
            sphere --noise -1                     | --noise is -1.0: expected 0 or more.
            sphere --usa --heads 2                | it takes one head.
            mean-field --cells 100                | --cells is 100: expected a multiple of 8
            contraction --strength 0.5,2          | --strength has 2.0: expected at most 1.
            contraction --target 1                | --target is 1.0: expected a number between 0 and 1.
            clusters --matrices demo-gpt2:0       | takes no --matrices.
            """)
    void wrongInput(String line, String expected) {
        CommandResult result = simulate(line);

        result.refused(2, expected);
        assertThat(result.out()).isEmpty();
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void noSystem() {
        CommandResult.of("simulate").refused(2, "No system given: expected asymptotic, sphere, clusters");
        CommandResult.of("simulate", "circle").refused(2, "circle");
    }

    @Test
    void aDirectoryThatHoldsSomethingIsKept() throws Exception {
        Files.createDirectories(folder.resolve("out"));
        Files.writeString(folder.resolve("out/mine.txt"), "mine");

        simulate("contraction").refused(2, "not empty (it holds mine.txt)", "--force");

        simulate("contraction --depths 10 --force").succeeded();
        assertThat(folder.resolve("out/mine.txt")).hasContent("mine");
    }
}
