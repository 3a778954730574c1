package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.Route;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Layers, heads and blocks count from 0, passes from 1, wherever a person reads; curve.csv keeps its columns. */
class CountingTest {
    private static final String MODEL = Reference.folder("tiny-gpt2").toString(); // 3 layers of 4 heads

    @TempDir
    Path folder;

    static Stream<CommandLine> commands() {
        return HelpTest.commands();
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpCountsOneWay(CommandLine command) {
        String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF).replaceAll("\\s+", " ");
        assertThat(help)
                .doesNotContainPattern("(layers?|heads?|blocks?)( are| is|,)? (counted|count|counting)? ?from 1")
                .doesNotContainPattern("pass(es)?( are| is|,)? (counted|count|counting)? ?from 0");
    }

    @Test
    void aRunCountsOneWay() throws IOException {
        Path run = folder.resolve("run");
        CommandResult result = CommandResult.of(
                        "run",
                        "--model",
                        MODEL,
                        "--passes",
                        "2",
                        "--prompts",
                        "random:2x6",
                        "--measures",
                        "default,attention-entropy",
                        "--save-hidden-at",
                        "layer:0,pass:1",
                        "--save-attention-at",
                        "layer:2",
                        "--out",
                        run.toString())
                .succeeded();
        assertThat(result.err()).contains("pass 1/2", "pass 2/2").doesNotContain("pass 0");
        assertThat(run.resolve("hidden")).isDirectoryContaining("glob:**/depth-1.npy");
        assertThat(run.resolve("hidden")).isDirectoryContaining("glob:**/depth-4.npy");
        assertThat(run.resolve("hidden")).isDirectoryContaining("glob:**/pass-1.npy");
        assertThat(run.resolve("attention")).isDirectoryContaining("glob:**/depth-6.npy");
        ObjectNode manifest = manifest(run);
        assertThat(manifest.path("counting")).hasToString("{\"layers\":0,\"heads\":0,\"passes\":1}");
        assertThat(manifest.path("states").toString())
                .contains("hidden states behind layer 0 of pass 1", "attention matrices of layer 2 of pass 2");
        assertThat(RunReader.open(run).manifest().measures())
                .filteredOn(m -> m.name().equals("attention-entropy"))
                .allSatisfy(m -> assertThat(m.labels().get("head")).containsExactly("0", "1", "2", "3"));
        // the contract of the run directory: passes from 0, layers from 1
        assertThat(Files.readAllLines(run.resolve("curve.csv")).stream()
                        .map(line -> String.join(" ", Arrays.copyOf(line.split(","), 3))))
                .containsExactly("depth pass layer", "0 0 0", "1 0 1", "2 0 2", "3 0 3", "4 1 1", "5 1 2", "6 1 3");
    }

    @Test
    void aSpectrumCountsFromZero() throws IOException {
        Path out = folder.resolve("spectrum");
        CommandResult.of("spectrum", MODEL, "--layers", "0,2", "--out", out.toString())
                .succeeded();
        List<String> rows = Files.readAllLines(out.resolve("spectrum.csv"));
        assertThat(rows.subList(1, rows.size()))
                .extracting(row -> row.split(",")[0] + ":" + row.split(",")[1])
                .containsExactly("0:0", "0:1", "0:2", "0:3", "0:sum", "2:0", "2:1", "2:2", "2:3", "2:sum");
    }

    /** A list that an earlier version recorded counts layers from 1, and means the same depths as it did. */
    @Test
    void olderManifestsAreReadAsTheyWere() throws IOException {
        Path run = folder.resolve("old");
        CommandResult.of(
                        "run",
                        "--model",
                        MODEL,
                        "--passes",
                        "1",
                        "--prompts",
                        "random:2x6",
                        "--save-hidden-at",
                        "0,layer:1",
                        "--out",
                        run.toString())
                .succeeded();
        ObjectNode old = manifest(run);
        old.remove("counting");
        ((ObjectNode) old.path("plan")).put("save_hidden_at", "0,layer: 2-3,pass:1,layer:1");
        Files.writeString(run.resolve("manifest.json"), old.toString());
        var list = Fields.SAVE_HIDDEN_AT.of(
                Manifest.read(run.resolve("manifest.json")).plan());
        assertThat(list.text()).isEqualTo("0,layer:1-2,pass:1,layer:0");
        assertThat(list.depths(Route.whole(3, 1))).containsExactly(0, 1, 2, 3);
    }

    private static ObjectNode manifest(Path run) {
        return (ObjectNode) StrictJson.readObject(run.resolve("manifest.json"), 1 << 20, "manifest");
    }
}
