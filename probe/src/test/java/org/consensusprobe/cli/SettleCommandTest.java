package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.LinearGpt2;
import org.consensusprobe.experiment.TinyGpt2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettleCommandTest {
    @TempDir
    Path folder;

    private CommandResult settle(Path model, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
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
        arguments.addAll(List.of(more));
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

    /** x / 2 + 1 forgets where it began, and the prompt: starts, eigenvalues and a path say so beside the verdict. */
    @Test
    void startsSpectraAndAFigure() throws Exception {
        Path model = LinearGpt2.write(folder.resolve("half"), LinearGpt2.scaling(0.5), 1);
        CommandResult result = settle(model, "--starts", "2", "--twins", "none", "--step", "0.9");
        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out())
                .contains("the limit forgets start and prompt: all end in one place", "3 starts end in 1 places")
                .contains("decays by 0.550", "decays by 0.500", "decays by 0.250");
        JsonNode run = StrictJson.readObject(folder.resolve("out/settle.json"), 1 << 20, "verdict")
                .at("/runs/0");
        assertThat(run.at("/jacobian/0/whole/0/modulus").asDouble()).isBetween(0.4999, 0.5001);
        assertThat(run.at("/jacobian/0/whole/0/modulus_of_pass").asDouble()).isBetween(0.5499, 0.5501);
        assertThat(run.at("/starts/limit").asText()).isEqualTo("forgets both");
        assertThat(Files.readString(folder.resolve("out/settle.svg")))
                .contains("Step: how far a pass moves x", "Path in a plane: trained", "Eigenvalues of the Jacobian");
        assertThat(Files.readString(folder.resolve("out/report.html")))
                .contains("Small changes at a settled point", "Other starts", "Prompts: trained");
        assertThat(folder.resolve("out/settle.png")).isNotEmptyFile();
    }

    @Test
    void everyWindowIsScannedAndASweepFileMakesTheSameRuns() throws Exception {
        String model = new TinyGpt2(3).write(folder.resolve("three")).toString();
        String out = folder.resolve("scan").toString();
        List<String> scan = List.of(
                "settle",
                model,
                "--scan",
                "loop",
                "--length",
                "1,3",
                "--twins",
                "random",
                "--prompts",
                "random:2x4",
                "--passes",
                "8");
        Path sweep = folder.resolve("loops.json");
        CommandResult written = CommandResult.of(with(scan, "--write-sweep", sweep.toString(), "--step", "1/6"));
        written.succeeded();
        CommandResult.of("sweep", sweep.toString(), "--out", out).succeeded();
        CommandResult result = CommandResult.of(with(scan, "--out", out, "--step", "1/6"));
        result.succeeded();
        assertThat(result.err()).contains("[8/8] finished before: used again").doesNotContain("done in");
        assertThat(result.out()).contains("0-0", "2-2", "0-2", "step 1/6").doesNotContain("0-1");
        List<String> csv = Files.readAllLines(folder.resolve("scan/scan.csv"));
        assertThat(csv).hasSize(1 + 8);
        assertThat(csv.get(1)).startsWith("0,0,1,trained,");
        assertThat(Files.readString(folder.resolve("scan/scan.svg")))
                .contains("Motion: trained", "Ratio |d| / |d before|: random", "Error at the end: random", "wanders");
        assertThat(StrictJson.readObject(folder.resolve("scan/settle.json"), 1 << 20, "verdict")
                        .at("/windows"))
                .hasSize(8);
    }

    private static String[] with(List<String> arguments, String... more) {
        List<String> all = new ArrayList<>(arguments);
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void refusesWhatCannotBeJudged() {
        Path model = LinearGpt2.write(folder.resolve("half"), LinearGpt2.scaling(0.5), 1);
        assertThat(settle(model, "--fail-if", "explodes").err()).contains("--fail-if explodes: expected one of");
        assertThat(CommandResult.of("settle", model.toString(), "--passes", "5").err())
                .contains("at least 8 passes");
        assertThat(settle(model, "--threshold", "cold=1").err()).contains("--threshold cold: expected one of settled");
        assertThat(settle(model, "--threshold", "same=-1").err()).contains("expected a number above 0");
        assertThat(settle(model, "--twins", "trained").err()).contains("--twins trained: expected shuffled, random");
        assertThat(settle(model, "--scan", "heads").err()).contains("--scan heads: expected loop");
        assertThat(settle(model, "--scan", "loop", "--length", "2").err())
                .contains("--length 2: expected 1 to 1, the layers of the model");
        assertThat(settle(model, "--scan", "loop", "--length", "4-2").err()).contains("such as 6 or 2,4-6");
        assertThat(settle(model, "--scan", "loop", "--loop", "0-0").err()).contains("goes without --loop");
        assertThat(settle(model, "--length", "1").err()).contains("--length goes with --scan loop");
    }
}
