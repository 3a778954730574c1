package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.TinyGpt2;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandTest {
    private static final int WIDTH = TinyGpt2.WIDTH;

    @TempDir
    Path folder;

    private Path collapsing;
    private Path keeping;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void makeModels() {
        // every token is given the same long vector, so that it loses what it was; one ten times as long would bring
        // the errors to an exact 0 before pass 3, and there is no rate without three values
        collapsing = new TinyGpt2(2)
                .withAll("attn.c_proj.weight", w -> Arrays.fill(w, 0))
                .withAll("attn.c_proj.bias", b -> {
                    for (int i = 0; i < b.length; i++) {
                        b[i] = i % 2 == 0 ? 10 : -10;
                    }
                })
                .write(folder.resolve("collapsing"));
        // blocks that add nothing leave the tokens as they were embedded
        keeping = new TinyGpt2(2)
                .withAll("attn.c_proj.weight", w -> Arrays.fill(w, 0))
                .withAll("attn.c_proj.bias", b -> Arrays.fill(b, 0))
                .withAll("mlp.c_proj.weight", w -> Arrays.fill(w, 0))
                .withAll("mlp.c_proj.bias", b -> Arrays.fill(b, 0))
                .write(folder.resolve("keeping"));
    }

    @Test
    void findsACollapsedModel() {
        assertThat(check(collapsing, "--fail-if", "error < 0.05 @ native and error-without-token-1 < 0.05 @ end"))
                .as(err.toString())
                .isEqualTo(3);
        assertThat(out.toString())
                .contains("collapsing has collapsed, at native depth and after 4 recycled passes.")
                .contains("tokens of different prompts agree too, so this is a drift common to all input");
        assertThat(err.toString()).contains("the check fails: error < 0.05 @ native and");
        JsonNode json = json();
        assertThat(json.path("collapsed_native").asBoolean()).isTrue();
        assertThat(json.path("trained").path("native").path("error").asDouble()).isBetween(0.0, 0.05);
        assertThat(json.path("trained")
                        .path("native")
                        .path("across_prompt_similarity")
                        .asDouble())
                .isGreaterThan(0.95);
        assertThat(json.path("random").path("native").path("collapsed").asBoolean())
                .isFalse();
        assertThat(json.path("fail_if").path("holds").asBoolean()).isTrue();
        assertThat(json.path("random").path("decades_per_pass_high").asDouble())
                .isGreaterThan(json.path("random").path("decades_per_pass").asDouble());
        assertThat(json.path("random").path("lead_of_trained").isNumber()).isTrue();
        JsonNode stability = json.path("stability");
        assertThat(stability.path("dtype").asText()).isEqualTo("float64");
        assertThat(stability.path("errors")).hasSize(4);
        assertThat(stability.path("errors").get(0).asDouble()).isBetween(0.5e-12, 1.1e-12);
        assertThat(stability.path("growth_per_pass").asDouble())
                .isBetween(
                        stability.path("lowest").asDouble(),
                        stability.path("highest").asDouble());
        assertThat(json.path("runs").path("stability").asText()).isNotEmpty();
        assertThat(out.toString()).contains("the distance of tokens 1e-6 apart is multiplied by");
    }

    @Test
    void findsAModelThatKeepsItsTokensApart() {
        assertThat(check(keeping, "--fail-if", "error < 0.05 @ native", "--json"))
                .as(err.toString())
                .isZero();
        JsonNode json = StrictJson.parse(out.toString().getBytes(StandardCharsets.UTF_8), "stdout", "verdict");
        assertThat(json).isEqualTo(json());
        assertThat(json.path("collapsed_native").asBoolean()).isFalse();
        assertThat(json.path("collapsed_end").asBoolean()).isFalse();
        assertThat(json.path("trained").path("collapsed_from_depth").isNull()).isTrue();
        assertThat(json.path("words").path(0).asText())
                .isEqualTo("keeping has not collapsed, at native depth or after 4 recycled passes.");
    }

    @Test
    void wrongInputIsRefusedBeforeAnythingRuns() {
        assertThat(check(keeping, "--fail-if", "error < 0.05")).isEqualTo(2);
        assertThat(check(keeping, "--fail-if", "error < 0.05 @ pass:5")).isEqualTo(2);
        assertThat(check(keeping, "--threshold", "2")).isEqualTo(2);
        assertThat(check(folder.resolve("missing"))).isEqualTo(2);
        assertThat(check(keeping, "--prompts", "random:1x8")).isEqualTo(2);
        assertThat(err.toString()).contains("A check needs at least 2 prompts, of at least 3 tokens");
        assertThat(folder.resolve("out/check.json")).doesNotExist();
    }

    private JsonNode json() {
        return StrictJson.readObject(folder.resolve("out/check.json"), 1 << 20, "verdict");
    }

    private int check(Path model, String... more) {
        List<String> arguments = new ArrayList<>(List.of("check", model.toString(), "--threads", "1"));
        if (!List.of(more).contains("--prompts")) {
            arguments.addAll(List.of("--prompts", "random:4x" + WIDTH));
        }
        arguments.addAll(List.of("--out", folder.resolve("out").toString()));
        arguments.addAll(List.of(more));
        return Program.run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
    }
}
