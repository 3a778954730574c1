package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.consensusprobe.common.Home;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real process, from its main to its exit code. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it has no signals")
@Tag("slow")
class InterruptionTest {
    private static final String TOKEN = "hf_NobodyMaySeeThisToken";

    @TempDir
    Path folder;

    private Process start(Path out, String... more) throws IOException {
        return start(List.of("run", "--model"), out, more);
    }

    private Process start(List<String> what, Path out, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Djava.awt.headless=true",
                "-Dconsensus.home=" + Home.directory(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.consensusprobe.cli.Main"));
        command.addAll(what);
        command.addAll(List.of("demo-gpt2", "--prompts", "random:2x64", "--out", out.toString()));
        command.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve("out.txt").toFile());
        builder.environment().put("HF_TOKEN", TOKEN);
        return builder.start();
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void theHubsTokenIsInNoFileOfARunAndInNothingItSays() throws Exception {
        Process run = start(folder.resolve("run"), "--passes", "1");
        assertThat(new String(run.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .doesNotContain(TOKEN);
        assertThat(run.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(run.exitValue()).isZero();
        try (Stream<Path> files = Files.walk(folder).filter(Files::isRegularFile)) {
            assertThat(files).hasSizeGreaterThan(5).allSatisfy(file -> assertThat(
                            Files.readString(file, StandardCharsets.ISO_8859_1))
                    .doesNotContain(TOKEN));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void aSignalEndsARunCleanly(String signal) throws Exception {
        assumeTrue(signal.equals("TERM") || !ignoresInterrupts(), "started with SIGINT ignored, as nohup does");
        Path out = folder.resolve("run");
        Process process = start(out, "--passes", "1000000");
        try (BufferedReader err = process.errorReader()) {
            assertThat(err.readLine()).startsWith("pass 1/1000000");

            new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start().waitFor();

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(err.lines().filter(line -> !line.startsWith("pass ")))
                    .satisfiesExactly(
                            line -> assertThat(line).isEqualTo("consensus: stopping after this block ..."),
                            line -> assertThat(line).matches("consensus: Interrupted in layer \\d+ of pass \\d+: .*"),
                            line -> assertThat(line).contains("--resume", out.toString()));
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(130);
        assertThat(Files.readString(out.resolve("manifest.json"))).contains("\"interrupted\"", "Interrupted in layer");
        try (Stream<Path> files = Files.list(out)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .noneMatch(name -> name.endsWith(".partial") || name.endsWith(".npy") || name.endsWith(".csv"));
        }
        assertThat(folder.resolve("out.txt")).isEmptyFile();
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void anAttributionSaysHowToGoOn() throws Exception {
        Path out = folder.resolve("causes");
        Process process = start(List.of("attribute"), out, "--passes", "2000");
        try (BufferedReader err = process.errorReader()) {
            assertThat(err.readLine()).startsWith("pass 1/2000");

            process.toHandle().destroy(); // SIGTERM, its streams left open

            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(err.lines().filter(line -> !line.startsWith("pass ")))
                    .satisfiesExactly(
                            line -> assertThat(line).isEqualTo("consensus: stopping after this block ..."),
                            line -> assertThat(line).startsWith("consensus: Interrupted in layer"),
                            line -> assertThat(line).startsWith("To go on: the same command with --out " + out + ";"));
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).isEqualTo(130);
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void theProcessEndsWithTheCodeOfItsCommand() throws Exception {
        Process done = start(folder.resolve("done"), "--passes", "1");
        assertThat(done.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(done.exitValue()).isZero();
        assertThat(folder.resolve("done/error.npy")).exists();
        assertThat(folder.resolve("done/figure.png")).exists();
        assertThat(Files.readString(folder.resolve("out.txt"))).contains("error (eq. 25), mean over prompts");

        Process refused = start(folder.resolve("refused"), "--dtype", "float8");
        assertThat(refused.waitFor(100, TimeUnit.SECONDS)).isTrue();
        assertThat(refused.exitValue()).isEqualTo(2);
        assertThat(new String(refused.getErrorStream().readAllBytes(), StandardCharsets.UTF_8))
                .startsWith("consensus: --dtype float8: expected one of");
        assertThat(folder.resolve("refused")).doesNotExist();
    }

    private static boolean ignoresInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line ->
                                (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }
}
