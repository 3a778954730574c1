package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a run before it is made, of a model without weights, and of a sweep that was stopped. */
class DryRunTest {
    @TempDir
    Path folder;

    @Test
    void aDryRunSaysWhatARunCostsAndMakesNone() throws IOException {
        Path out = folder.resolve("run");
        CommandResult result = CommandResult.of(
                        "run",
                        "--model",
                        Reference.folder("tiny-gpt2").toString(),
                        "--prompts",
                        "random:3x8",
                        "--passes",
                        "2",
                        "--dry-run",
                        "--out",
                        out.toString())
                .succeeded();
        // 3 layers of width 48, feed-forward 192: 12 * 48^2 numbers a layer, read once a token and pass; and pairs of
        // tokens
        double flop = 2 * 3 * (2.0 * 12 * 48 * 48 * 24 + 4.0 * 3 * 64 * 48);
        assertThat(result.out())
                .contains(String.format("work    %.2f MFLOP", flop / 1e6), "3 prompts, 24 tokens, 2 passes of 3 layers")
                .containsPattern("time    about \\d+ s on this machine from start to end")
                .containsPattern("memory  \\d+ MiB")
                .containsPattern("disk    \\d+ MiB, and \\d+ MiB more");
        assertThat(out).doesNotExist();
    }

    @Test
    void aConfigAloneIsDescribedAndCanBeJudged() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.copy(Home.models().resolve("demo-gpt2/config.json"), model.resolve("config.json"));
        assertThat(CommandResult.of("models", "info", model.toString())
                        .succeeded()
                        .out())
                .contains("which has a config and no weights", "architecture  gpt2", "8 of width", "memory")
                .doesNotContain("stored");
        CommandResult.of("run", "--model", model.toString(), "--weights", "random", "--dry-run")
                .succeeded();
        // weights that are not whole are no missing weights
        Files.writeString(model.resolve("model-00001-of-00002.safetensors"), "");
        CommandResult.of("models", "info", model.toString()).refused(2, "shards without");
    }

    @Test
    void aSweepThatIsStoppedSaysHowToGoOn() {
        Sweep sweep = new Sweep(folder.resolve("s"), plan -> {
            throw new AssertionError("it was stopped before");
        });
        RunPlan plan = RunPlan.of(Values.NONE.with(Fields.MODEL, "demo-gpt2"));
        assertThatThrownBy(() -> sweep.run(List.of(plan), null, () -> true))
                .isInstanceOf(Problem.class)
                .hasMessage(
                        "Interrupted before run 1 of 1.%nTo go on: the same command with --out %s; finished runs are used"
                                        .formatted(folder.resolve("s"))
                                + " again, this one resumes.");
        assertThatThrownBy(() -> sweep.goingOnWith("--force").run(List.of(plan), null, () -> true))
                .hasMessageContaining("/s --force; finished");
    }
}
