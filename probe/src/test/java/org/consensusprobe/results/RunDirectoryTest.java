package org.consensusprobe.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {
    private static final Instant NOW = Instant.parse("2026-11-23T14:25:07.123Z");

    @TempDir
    Path folder;

    @Test
    void holdsTheFilesOfTheContractAndNothingElse() throws IOException {
        Path path = folder.resolve("deep/run");
        double[][] error = {{1, 0.5, 0.25}, {1, 0.25, 0.125}};
        try (RunDirectory run = RunDirectory.create(path, false)) {
            assertThat(run.path()).isEqualTo(path);
            run.writeError(error);
            run.writeCurve(Curve.of(error, Route.whole(2, 1)));
            try (NpyRows hidden =
                    run.startArray(RunDirectory.HIDDEN, new NpyHeader(NpyHeader.Type.FLOAT32, List.of(2, 3, 4)))) {
                hidden.set(0, new double[12]);
                hidden.set(1, new double[12]);
                hidden.finish();
            }
            run.writeMeasure("mean-pairwise", NpyHeader.Type.FLOAT64, List.of(2, 3), out -> out.append(new double[6]));
            run.writeManifest(FakeRuns.manifest("m", 2, "trained", true, 1, 2, 1e-13));
        }
        assertThat(filesIn(path))
                .containsExactly("curve.csv", "error.npy", "hidden.npy", "manifest.json", "measures/mean-pairwise.npy");
        assertThat(Npy.readHeader(path.resolve("hidden.npy")).shape()).containsExactly(2, 3, 4);
        assertThat(Npy.read(path.resolve("error.npy")).rows()).isDeepEqualTo(error);
    }

    @Test
    void refusesAFolderThatHoldsSomething() throws IOException {
        Files.writeString(folder.resolve("thesis.tex"), "x");
        assertThatThrownBy(() -> RunDirectory.create(folder, false))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.WRONG_INPUT))
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("not empty (it holds thesis.tex)")
                .hasMessageContaining("--force");
        assertThat(filesIn(folder)).containsExactly("thesis.tex");
    }

    @Test
    void forceRemovesTheEarlierRunOnly() throws IOException {
        FakeRuns.write(folder, FakeRuns.manifest("m", 2, "trained", true, 1, 1, 0), new double[][] {{1, 0.5, 0.25}});
        Files.writeString(folder.resolve("notes.txt"), "mine");
        Files.createDirectory(folder.resolve("measures"));
        Files.writeString(folder.resolve("measures/old.npy"), "x");
        Files.writeString(folder.resolve("measures/README"), "mine");
        Files.writeString(folder.resolve(".error.npy.partial"), "x");

        RunDirectory.create(folder, true).close();

        assertThat(filesIn(folder)).containsExactly("measures/README", "notes.txt");
    }

    @Test
    void refusesAFileAndWhatLiesBelowOne() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        assertThatThrownBy(() -> RunDirectory.create(file, true))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("not a directory");
        assertThatThrownBy(() -> RunDirectory.create(file.resolve("a/b"), true))
                .isInstanceOf(Problem.class)
                .hasMessageContaining(file + " is not a directory");
    }

    @Test
    void keepsASecondRunOutUntilItIsClosed() throws IOException {
        Path path = folder.resolve("run");
        try (RunDirectory first = RunDirectory.create(path, false)) {
            for (boolean force : new boolean[] {false, true}) {
                assertThatThrownBy(() -> RunDirectory.create(path, force))
                        .isInstanceOf(Problem.class)
                        .hasMessageContaining(
                                "process " + ProcessHandle.current().pid() + " is working in this run");
            }
            first.writeError(new double[][] {{1}});
        }
        assertThat(filesIn(path)).containsExactly("error.npy");
        RunDirectory.create(path, true).close();
    }

    @Test
    void aSecondProcessIsKeptOut() throws IOException, InterruptedException {
        Path path = folder.resolve("run");
        try (RunDirectory run = RunDirectory.create(path, false)) {
            assertThatThrownBy(() -> RunDirectory.create(run.path(), true)).isInstanceOf(Problem.class);
            Process other = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Locker.class.getName(),
                            path.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(other.getInputStream().readAllBytes());
            assertThat(other.waitFor()).as(said).isEqualTo(Problem.WRONG_INPUT);
            assertThat(said).contains("process " + ProcessHandle.current().pid() + " is working in this run directory");
        }
    }

    /** A process that wants the run directory. */
    static final class Locker {
        private Locker() {}

        public static void main(String[] args) {
            try (RunDirectory run = RunDirectory.create(Path.of(args[0]), true)) {
                System.out.println("got " + run.path());
            } catch (Problem e) {
                System.out.println(e.getMessage());
                System.exit(e.exitCode());
            }
        }
    }

    @Test
    void aLockFileLeftBehindIsHarmless() throws IOException {
        Path path = Files.createDirectory(folder.resolve("run"));
        Files.writeString(path.resolve(".lock"), "12345\nsomething\n");
        RunDirectory.create(path, false).close();
        assertThat(filesIn(path)).isEmpty();
    }

    @Test
    void defaultNamesSayModelWeightsAndTime() throws IOException {
        assertThat(RunDirectory.defaultPath(folder, "gpt2-xl-random", NOW))
                .isEqualTo(folder.resolve("results/gpt2-xl-random-20261123-142507"));
        assertThat(RunDirectory.defaultPath(folder, "Name@v1.0-trained-no-feed-forward", NOW))
                .isEqualTo(folder.resolve("results/Name-v1.0-trained-no-feed-forward-20261123-142507"));
        assertThat(RunDirectory.defaultPath(folder, "my model-trained", NOW).getFileName())
                .hasToString("my-model-trained-20261123-142507");
        assertThat(RunDirectory.defaultPath(folder, "../..", NOW).getFileName()).hasToString("model-20261123-142507");
        assertThat(folder.resolve("results")).doesNotExist();
    }

    @Test
    void defaultDirectoriesAreNeverShared() {
        try (RunDirectory first = RunDirectory.createDefault(folder, "m-random", NOW);
                RunDirectory second = RunDirectory.createDefault(folder, "m-random", NOW)) {
            assertThat(first.path().getFileName()).hasToString("m-random-20261123-142507");
            assertThat(second.path().getFileName()).hasToString("m-random-20261123-142507-2");
        }
    }

    private static List<String> filesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(f -> directory.relativize(f).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }
}
