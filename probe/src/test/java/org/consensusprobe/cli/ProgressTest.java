package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Progress as schedulers and notebooks read it. */
class ProgressTest {
    @TempDir
    Path folder;

    @Test
    void aRunTellsJson() {
        List<JsonNode> told =
                told("run", "--model", model(), "--prompts", "random:2x8", "--passes", "3", "--out", out());

        JsonNode last = told.get(told.size() - 1);
        assertThat(last.path("progress").asText()).isEqualTo("blocks");
        assertThat(last.path("done").asInt())
                .isEqualTo(last.path("all").asInt())
                .isPositive();
        assertThat(last.path("pass").asInt()).isEqualTo(3);
        assertThat(last.path("error").isNumber()).isTrue();
        assertThat(last.path("seconds").isNumber()).isTrue();
    }

    @Test
    void aSweepTellsJson() throws Exception {
        Path file = Files.writeString(
                folder.resolve("s.json"),
                "{\"passes\":1,\"prompts\":\"random:2x8\",\"model\":\"" + model() + "\",\"grid\":{\"beta\":[0,1]}}");

        List<JsonNode> told = told("sweep", file.toString(), "--out", out());

        assertThat(told.stream()
                        .filter(o -> o.has("state"))
                        .map(o -> o.path("run").asInt() + o.path("state").asText()))
                .containsExactly("1started", "1done", "2started", "2done");
    }

    @Test
    void linesAreLinesAgainAfterIt() {
        told("run", "--model", model(), "--prompts", "random:2x8", "--passes", "1", "--out", out());

        assertThat(CommandResult.of(
                                "run",
                                "--model",
                                model(),
                                "--prompts",
                                "random:2x8",
                                "--passes",
                                "1",
                                "--out",
                                out(),
                                "--force")
                        .succeeded()
                        .err())
                .contains("pass 1/1");
    }

    private static List<JsonNode> told(String... args) {
        String[] all = new String[args.length + 2];
        System.arraycopy(args, 0, all, 0, args.length);
        all[args.length] = "--progress";
        all[args.length + 1] = "json";
        return CommandResult.of(all)
                .succeeded()
                .err()
                .lines()
                .map(line -> StrictJson.parse(line.getBytes(StandardCharsets.UTF_8), "standard error", "progress"))
                .toList();
    }

    private static String model() {
        return Reference.folder("tiny-gpt2").toString();
    }

    private String out() {
        return folder.resolve("run").toString();
    }
}
