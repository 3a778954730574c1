package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.Home;
import org.consensusprobe.results.Manifest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code consensus doctor}, and what runs do with its verdicts. */
class DoctorCommandTest {
    private static final String MODEL = Reference.folder("tiny-gpt2").toString();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"float64", "float32", "bfloat16"})
    void aRightMachineIsSaidToBeRight(String dtype) {
        String out =
                CommandResult.of("doctor", MODEL, "--dtype", dtype).succeeded().out();

        assertThat(out)
                .contains(
                        "processor", "instructions", "devices", "memory", "libtorch", "tokenizers", "temporary folder")
                .contains("Self-test of cpu in " + dtype)
                .contains(
                        "random draws", "LayerNorm", "attention of", "measure: error", "weights", "block 0 as a whole")
                .contains("cpu in " + dtype + " is right")
                .doesNotContain("OFF", "network");
    }

    @Test
    void wrongInputIsRefused() {
        CommandResult.of("doctor", "/nowhere/at/all").refused(2, "/nowhere/at/all");
        CommandResult.of("doctor", MODEL, "--device", "cuda").refused(2, "--device cuda");
        CommandResult.of("doctor", MODEL, "--weights", "random-each-pass").refused(2, "--weights");
    }

    @Test
    @Tag("slow")
    void aRunTestsADeviceOnceAndIsRefusedOneThatFailed() throws Exception {
        String first = run("first", 0);
        String second = run("second", 0);

        assertThat(first).contains("first run on cpu in float32: its first block was held to float64");
        assertThat(second).doesNotContain("first run on");
        assertThat(folder.resolve("first/error.npy")).hasSameBinaryContentAs(folder.resolve("second/error.npy"));
        for (String run : List.of("first", "second")) {
            Manifest manifest = Manifest.read(folder.resolve(run).resolve("manifest.json"));
            assertThat(manifest.at("/verified/passed").asBoolean()).isTrue();
            assertThat(manifest.at("/verified/by").asText()).contains("first block");
        }

        Path verdict = verdictFile();
        Files.writeString(verdict, Files.readString(verdict).replace("\"passed\" : true", "\"passed\" : false"));

        assertThat(run("refused", 1)).contains("--device cpu gives wrong numbers in float32", "--force-device");
        assertThat(folder.resolve("refused/error.npy")).doesNotExist();
        assertThat(run("forced", 0, "--force-device")).contains("warning: cpu gives wrong numbers in float32");
        assertThat(Manifest.read(folder.resolve("forced/manifest.json"))
                        .at("/verified/passed")
                        .asBoolean(true))
                .isFalse();
        assertThat(folder.resolve("first/error.npy")).hasSameBinaryContentAs(folder.resolve("forced/error.npy"));
    }

    private Path verdictFile() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("cache/consensus-probe/doctor"))) {
            return files.toList().get(0);
        }
    }

    /** Runs in a process of its own, with a cache of its own; what it says on standard error. */
    private String run(String name, int exit, String... more) throws Exception {
        Path err = folder.resolve(name + ".err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "-Dconsensus.home=" + Home.directory().toRealPath(),
                "-cp",
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .collect(Collectors.joining(File.pathSeparator)),
                "org.consensusprobe.cli.Main",
                "run",
                "--model",
                MODEL,
                "--prompts",
                "random:2x8",
                "--passes",
                "1",
                "--out",
                folder.resolve(name).toString()));
        command.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve(name + ".out").toFile())
                .redirectError(err.toFile());
        builder.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        builder.environment().remove("CONSENSUS_SELF_TEST");
        assertThat(builder.start().waitFor()).as(Files.readString(err)).isEqualTo(exit);
        return Files.readString(err);
    }
}
