package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.experiment.TinyGpt2;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A prompt of one token has no error, as one of two has none without token 1. */
class OneTokenTest {
    @TempDir
    Path folder;

    @Test
    void isLeftOutOfMeansAndThatIsSaid() throws IOException {
        Path model = new TinyGpt2(2).write(folder.resolve("model"));
        Path prompts = Files.writeString(folder.resolve("prompts.json"), "[[5], [1, 2], [3, 4, 5]]");
        Path out = folder.resolve("run");

        CommandResult result = CommandResult.of(
                        "run",
                        "--model",
                        model.toString(),
                        "--prompts",
                        prompts.toString(),
                        "--passes",
                        "2",
                        "--measures",
                        "error-without-token-1,pass-step",
                        "--out",
                        out.toString())
                .succeeded();

        assertThat(result.err()).contains("1 of 3 prompts has one token, which has no error");
        assertThat(result.out()).contains("mean over prompts (the 2 of 3 that have one)");
        RunReader run = RunReader.open(out);
        double[][] error = run.error();
        assertThat(error[0]).containsOnly(Double.NaN);
        int end = error[0].length - 1;
        assertThat(run.curve().mean()[end]).isEqualTo((error[1][end] + error[2][end]) / 2);
        double[][] rest = run.measure("error-without-token-1").rows();
        assertThat(rest[1]).containsOnly(Double.NaN);
        assertThat(rest[2][end]).isPositive();
        // its state is as well defined as any other
        assertThat(run.measure("pass-step").rows()[0][1]).isPositive();
    }
}
