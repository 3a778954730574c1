package org.consensusprobe.experiment.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.consensusprobe.common.Home;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A long prompt takes the memory that its plan says, in a process as the launcher starts it. */
class LongPromptTest {
    private static final String CONFIG =
            """
            {"model_type": "llama", "hidden_size": 512, "intermediate_size": 1408, "num_hidden_layers": 1,
             "num_attention_heads": 8, "num_key_value_heads": 2, "vocab_size": 64, "max_position_embeddings": 8192,
             "rms_norm_eps": 1e-5, "hidden_act": "silu", "tie_word_embeddings": true}
            """;

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void thePeakIsWithinAFifthOfTheEstimate() throws Exception {
        assumeTrue(ProcessMemory.now().anonymousBytes() > 0, "no /proc on this system");
        Path out = folder.resolve("run");
        assertThat(run(out)).as(log()).isZero();
        JsonNode memory = StrictJson.mapper()
                .readTree(out.resolve("manifest.json").toFile())
                .path("memory");
        double estimate = memory.path("estimate_bytes").asDouble();
        // one matrix of float32 scores or pairs would be 67 MB, in float64 twice that; a fifth of the estimate is 50 MB
        assertThat(memory.path("peak_anonymous_bytes").asDouble()).isBetween(.8 * estimate, 1.2 * estimate);
    }

    @Test
    @Timeout(value = 300, unit = TimeUnit.SECONDS)
    void whatDoesNotFitIsRefusedBeforeItStarts() throws Exception {
        Path out = folder.resolve("run");
        assertThat(run(out, "--measures", "all", "--memory", "1g")).as(log()).isEqualTo(2);
        assertThat(log())
                .contains("The run needs about", "--memory allows 1.00 GiB")
                .hasLineCount(2);
        assertThat(out).doesNotExist();
    }

    private int run(Path out, String... options) throws Exception {
        Path model = Files.createDirectories(folder.resolve("model"));
        Files.writeString(model.resolve("config.json"), CONFIG);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:NewSize=24m",
                "-Xmx2g",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-Dconsensus.home=" + Home.directory(),
                "-cp",
                System.getProperty("java.class.path"),
                "org.consensusprobe.cli.Main",
                "run",
                "--model=" + model,
                "--weights=random",
                "--prompts=random:1x4096",
                "--passes=1",
                "--out=" + out));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile());
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        builder.environment().put("MALLOC_MMAP_THRESHOLD_", "8589934592");
        builder.environment().put("MALLOC_TRIM_THRESHOLD_", "17179869184");
        Process process = builder.start();
        try {
            return process.waitFor();
        } finally {
            process.destroyForcibly();
        }
    }

    private String log() throws Exception {
        Path file = folder.resolve("log.txt");
        return Files.exists(file) ? Files.readString(file) : "";
    }
}
