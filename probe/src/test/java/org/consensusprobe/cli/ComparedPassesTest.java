package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.TinyGpt2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What passes do to states, where people look: figures and reports of runs of three passes or more. */
class ComparedPassesTest {
    @TempDir
    Path folder;

    @Test
    void threePassesAreComparedInTheFigureAndTheReport() throws Exception {
        Path run = run("three", "3");
        assertThat(Files.readString(run.resolve("figure.svg")))
                .contains(
                        "How far a pass moves the states",
                        "Which way: 1 on, 0 aside",
                        "loop over layers 1-2, step 1/6, anchor 0.1");
        JsonNode measures = data(run).at("/0/curves/0/measures");
        assertThat(measures.at("/passDepths")).extracting(JsonNode::asInt).containsExactly(3, 5, 7);
        assertThat(measures.at("/passMeans/pass-step")).hasSize(3).allMatch(JsonNode::isNumber);
        assertThat(measures.at("/passMeans/step-angle/0").isNull()).isTrue();
        assertThat(measures.at("/means").has("pass-step")).isFalse();
    }

    @Test
    void twoPassesAreNot() throws Exception {
        Path run = run("two", "2");
        assertThat(Files.readString(run.resolve("figure.svg"))).doesNotContain("a pass moves");
        assertThat(run.resolve("measures/pass-step.npy")).doesNotExist();
        assertThat(data(run).at("/0/curves/0/measures/passMeans")).isEmpty();
    }

    private Path run(String name, String passes) {
        Path out = folder.resolve(name);
        CommandResult.of(
                        "run",
                        "--model",
                        new TinyGpt2(4).write(folder.resolve("model")).toString(),
                        "--passes",
                        passes,
                        "--loop",
                        "1-2",
                        "--step",
                        "1/6",
                        "--anchor",
                        "0.1",
                        "--prompts",
                        "random:2x5",
                        "--out",
                        out.toString())
                .succeeded();
        return out;
    }

    private static JsonNode data(Path run) throws Exception {
        String page = Files.readString(run.resolve("report.html"));
        String start = "<script type=\"application/json\" id=\"data\">";
        int from = page.indexOf(start) + start.length();
        return StrictJson.parse(
                page.substring(from, page.indexOf("</script>", from)).getBytes(StandardCharsets.UTF_8), "page", "data");
    }
}
