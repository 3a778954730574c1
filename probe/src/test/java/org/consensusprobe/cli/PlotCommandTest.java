package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.cli.runs.PlotCommand;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlotCommandTest {
    @TempDir
    Path folder;

    private Path full;
    private Path stripped;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeRuns() {
        full = folder.resolve("full");
        stripped = folder.resolve("stripped");
        FakeRuns.write(
                full, FakeRuns.manifest("gpt2", 4, "random", true, 3, 5, 2e-13), FakeRuns.error(5, 3, 4, 3, 2e-13, 1));
        FakeRuns.write(
                stripped,
                FakeRuns.manifest("gpt2", 4, "random", false, 3, 5, 2e-13),
                FakeRuns.error(5, 3, 4, 5, 2e-13, 2));
    }

    @Test
    void redrawsOneRunInPlace() throws IOException {
        Files.writeString(full.resolve("figure.png"), "old");
        assertThat(plot(full.toString())).isZero();
        assertThat(out.toString().lines())
                .containsExactly(
                        full.resolve("figure.png").toString(),
                        full.resolve("figure.svg").toString(),
                        full.resolve("report.html").toString());
        assertThat(full.resolve("report.html")).content().contains("<title>gpt2 – Consensus Probe</title>");
        assertThat(Files.size(full.resolve("figure.png"))).isGreaterThan(10_000);
        assertThat(full.resolve("figure.svg"))
                .content()
                .contains("<title>gpt2 · random weights (seed 42) · with feed-forward · float32"
                        + " · 5 prompts as in the paper</title>")
                .contains("mean over 5 prompts");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void overlaysSeveralRuns() {
        Path figures = folder.resolve("figures");
        assertThat(plot(full.toString(), stripped.toString(), "--out", figures.toString()))
                .isZero();
        assertThat(figures.resolve("consensus-plot.png")).exists();
        assertThat(figures.resolve("consensus-plot.svg"))
                .content()
                .contains(
                        "<title>gpt2 · random weights (seed 42) · float32 · 3 passes · 5 prompts as in the paper</title>")
                .contains("<desc>with feed-forward; no feed-forward; ");
        assertThat(full.resolve("figure.png")).doesNotExist();
    }

    @Test
    void drawsOneFileWithOnePanel() throws IOException {
        Path file = folder.resolve("new/decay.svg");
        assertThat(plot(full.toString(), "--out", file.toString())).isZero();
        int both = Files.readString(file).length();
        assertThat(plot(full.toString(), "--out", file.toString(), "--log", "--force"))
                .isZero();
        assertThat(file).content().contains("floor: values below are rounding").hasSizeLessThan(both);
        assertThat(plot(full.toString(), "--out", file.toString(), "--linear", "--force"))
                .isZero();
        assertThat(file).content().doesNotContain("floor: values below are rounding");
        assertThat(file.resolveSibling("decay.png")).doesNotExist();
    }

    @Test
    void replacesNothingWithoutForce() throws IOException {
        Path file = Files.writeString(folder.resolve("decay.png"), "mine");
        assertThat(plot(full.toString(), "--out", file.toString())).isEqualTo(2);
        assertThat(err.toString()).contains(file + " exists").contains("--force");
        assertThat(file).content().isEqualTo("mine");
    }

    @Test
    void namesWhatIsWrong() throws IOException {
        assertThat(plot()).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required parameter: 'RUN'");

        assertThat(plot(folder.resolve("none").toString())).isEqualTo(2);
        assertThat(err.toString()).isEqualToIgnoringNewLines(folder.resolve("none") + ": no such run directory.");

        assertThat(plot(full.toString(), "--out", folder.resolve("a.pdf").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("expected a .png or .svg file, or a folder for both");

        Files.delete(stripped.resolve("error.npy"));
        Manifest manifest = Manifest.read(stripped.resolve("manifest.json"));
        manifest.status(Manifest.Status.INTERRUPTED, "after pass 1");
        Files.writeString(stripped.resolve("manifest.json"), manifest.toJson());
        Path figures = folder.resolve("figures");
        assertThat(plot(full.toString(), stripped.toString(), "--out", figures.toString()))
                .isEqualTo(2);
        assertThat(err.toString())
                .contains(stripped.resolve("error.npy")
                        + ": missing. The run did not finish (interrupted: after pass 1)");
        assertThat(figures).doesNotExist();
    }

    private int plot(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return new CommandLine(new PlotCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((e, commandLine, parsed) -> {
                    if (e instanceof Problem problem) {
                        commandLine.getErr().println(problem.getMessage());
                        return problem.exitCode();
                    }
                    throw e;
                })
                .execute(args);
    }
}
