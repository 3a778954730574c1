package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs that are killed with SIGKILL at random moments and go on give the bytes of uninterrupted ones, in every weight
 * mode.
 *
 * <p>Three kills by default; twenty by {@code mvn -B -pl probe test -Dtest=KilledRunTest -Dconsensus.kills=20}. Each
 * prints its moment, and {@code -Dconsensus.kills.seed=N} repeats the draw of them.
 */
@Tag("slow")
class KilledRunTest {
    private static final List<String> WEIGHTS = List.of("trained", "random", "random-each-pass");

    @TempDir
    Path folder;

    private final Map<String, Path> whole = new HashMap<>();

    @Test
    void equalsTheUninterruptedRun() throws IOException, InterruptedException {
        int kills = Integer.getInteger("consensus.kills", 3);
        long seed = Long.getLong("consensus.kills.seed", System.nanoTime());
        Random random = new Random(seed);
        int latest = 1500; // milliseconds
        for (int killed = 0, tries = 0; killed < kills; tries++) {
            assertThat(tries).as("tries for %d kills", kills).isLessThan(10 * kills + 10);
            String weights = WEIGHTS.get(killed % WEIGHTS.size());
            Path uninterrupted = uninterrupted(weights);
            Path run = folder.resolve("killed-" + tries);
            String moment = runAndKill(weights, run, random.nextInt(latest));
            System.out.printf("kill %d of %d (seed %d), %s weights: %s%n", killed + 1, kills, seed, weights, moment);
            if (moment.startsWith("finished")) {
                latest = Math.max(50, latest * 2 / 3); // a faster machine: it comes too late
            } else {
                killed++;
            }
            assertThat(inProcess(weights, run)).as("%s, %s", weights, moment).isZero();
            assertSameBytes(uninterrupted, run);
        }
    }

    /** Kills the command so many milliseconds after its run directory shows a first sign of life. */
    private static String runAndKill(String weights, Path run, int milliseconds)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Dconsensus.home=" + System.getProperty("consensus.home"),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments(weights, run)));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            while (!Files.exists(run.resolve("manifest.json")) && process.isAlive()) {
                Thread.sleep(5);
            }
            if (process.waitFor(milliseconds, TimeUnit.MILLISECONDS)) {
                return "finished within " + milliseconds + " ms";
            }
        } finally {
            process.destroyForcibly().waitFor(); // SIGKILL
        }
        try (Stream<Path> left = Files.list(run)) {
            return "killed after " + milliseconds + " ms, leaving "
                    + left.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    private Path uninterrupted(String weights) {
        return whole.computeIfAbsent(weights, w -> {
            Path run = folder.resolve("whole-" + w);
            assertThat(inProcess(w, run)).isZero();
            return run;
        });
    }

    private static int inProcess(String weights, Path run) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        return Program.run(out, out, arguments(weights, run));
    }

    private static String[] arguments(String weights, Path run) {
        return new String[] {
            "run",
            "--model",
            "demo-gpt2",
            "--weights",
            weights,
            "--prompts",
            "random:3x48",
            "--passes",
            "12",
            "--threads",
            "1",
            "--save-hidden",
            "--measures",
            "error-without-token-1,across-prompt-similarity",
            "--resume",
            "--out",
            run.toString()
        };
    }

    private static void assertSameBytes(Path expected, Path run) {
        for (String file : List.of(
                "error.npy",
                "curve.csv",
                "hidden.npy",
                "measures/error-without-token-1.npy",
                "measures/across-prompt-similarity.npy")) {
            assertThat(run.resolve(file)).as(file).hasSameBinaryContentAs(expected.resolve(file));
        }
    }
}
