package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.LinearGpt2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettleCommandTest {
    @TempDir
    Path folder;

    private CommandResult settle(Path model, String... more) {
        java.util.List<String> arguments = new java.util.ArrayList<>(java.util.List.of(
                "settle",
                model.toString(),
                "--no-skip",
                "--no-norm",
                "--no-feed-forward",
                "--recycle",
                "raw",
                "--dtype",
                "float64",
                "--prompts",
                "random:2x3",
                "--passes",
                "24",
                "--out",
                folder.resolve("out").toString()));
        arguments.addAll(java.util.List.of(more));
        return CommandResult.of(arguments.toArray(String[]::new));
    }

    /** Half of x and a constant, averaged over tokens: it settles by the factor 1/2, and all tokens in one place. */
    @Test
    void aContractionSettlesAndCollapses() {
        Path model = LinearGpt2.write(folder.resolve("half"), LinearGpt2.scaling(0.5), 1);
        CommandResult result = settle(model, "--fail-if", "settles");
        assertThat(result.exit()).as(result.err()).isEqualTo(3);
        assertThat(result.out()
                        .lines()
                        .filter(line -> line.startsWith("trained"))
                        .findFirst()
                        .orElseThrow())
                .contains("settles", "collapses", "2 of 2", "0.5");
        JsonNode json = StrictJson.readObject(folder.resolve("out/settle.json"), 1 << 20, "verdict");
        assertThat(json.at("/runs/0/verdict").asText()).isEqualTo("settles");
        assertThat(json.at("/runs/0/prompts/1/ratio").asDouble()).isBetween(0.49, 0.51);
        assertThat(json.at("/runs")).hasSize(3);
    }

    @Test
    void aQuarterTurnCycles() {
        Path model = LinearGpt2.write(folder.resolve("turn"), LinearGpt2.turning(1, 90), 0);
        CommandResult result = settle(model, "--fail-if", "diverges");
        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out()).contains("cycles (period 4)", "shuffled: no verdict, its run failed");
    }

    @Test
    void refusesWhatCannotBeJudged() {
        Path model = LinearGpt2.write(folder.resolve("half"), LinearGpt2.scaling(0.5), 1);
        assertThat(settle(model, "--fail-if", "explodes").err()).contains("--fail-if explodes: expected one of");
        assertThat(CommandResult.of("settle", model.toString(), "--passes", "5").err())
                .contains("at least 8 passes");
    }
}
