package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

    /** Draws that settle after different numbers of passes have no depth that would be the end of all. */
    @Test
    void drawsThatEndApartHaveRowsOfTheirOwnOnly() throws Exception {
        Path sweep = Files.writeString(
                folder.resolve("until.json"),
                "{\"passes\": 40, \"loop\": \"2-2\", \"step\": 0.5, \"until\": 0.04, \"prompts\": \"random:2x6\","
                        + " \"grid\": {\"model\": \"demo-gpt2\", \"weights\": \"random\", \"seed\": [1, 2]},"
                        + " \"figure\": {\"rows\": [\"weights\"]}}");
        Path out = folder.resolve("swept");
        CommandResult result = CommandResult.of("sweep", sweep.toString(), "--out", out.toString());
        result.succeeded();
        assertThat(result.out())
                .contains("2 draws of demo-gpt2, random weights, are not taken together: they ended after")
                .contains("passes (--until), and no depth is the end of all.");
        assertThat(Files.readAllLines(out.resolve("summary.csv"))).hasSize(3);
        assertThat(out.resolve("until.png")).isNotEmptyFile();
        List<String> compare = new ArrayList<>(List.of("compare"));
        try (var runs = Files.list(out.resolve("runs"))) {
            runs.map(Path::toString).sorted().forEach(compare::add);
        }
        compare.addAll(List.of("--out", folder.resolve("compared").toString()));
        CommandResult compared = CommandResult.of(compare.toArray(String[]::new));
        compared.succeeded();
        assertThat(compared.out()).contains("2 draws of demo-gpt2, random weights, are not taken together");
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
