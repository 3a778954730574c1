package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.TinyGpt2;
import org.consensusprobe.prompts.TinyTokenizers;
import org.consensusprobe.results.RunReader;
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
    void findsACollapsedModelAndThatAttentionsBiasDoesIt() {
        assertThat(check(collapsing, "--fail-if", "error < 0.05 @ native and error-without-token-1 < 0.05 @ end"))
                .as(err.toString())
                .isEqualTo(3);
        assertThat(out.toString())
                .contains("the tokens of all prompts drift to one direction at native depth")
                .contains("attention makes most of the fall")
                .contains("the distance of tokens 1e-6 apart is multiplied by");
        assertThat(err.toString())
                .contains("passes 1 to 4: 8 runs, about")
                .contains("the check fails: error < 0.05 @ native and");
        JsonNode json = json();
        assertThat(json.path("format").asInt()).isEqualTo(2);
        JsonNode given = json.path("prompts").path("given");
        assertThat(given.path("finding").asText()).isEqualTo("common-drift");
        JsonNode nativeDepth = given.path("native");
        assertThat(nativeDepth.path("state").asText()).isEqualTo("collapsed");
        assertThat(nativeDepth.path("cause").asText()).isEqualTo("attention");
        JsonNode error = nativeDepth.path("error");
        assertThat(error.path("low").asDouble())
                .isPositive()
                .isLessThan(error.path("value").asDouble());
        assertThat(error.path("high").asDouble()).isBetween(error.path("value").asDouble(), 0.05);
        assertThat(nativeDepth.path("across_prompt_similarity").path("value").asDouble())
                .isGreaterThan(0.95);
        JsonNode row = given.path("table").path(0);
        assertThat(row.path("quantity").asText()).isEqualTo("error");
        assertThat(row.path("controls")
                        .path("without-attention")
                        .path("reading")
                        .asText())
                .isEqualTo("less");
        assertThat(row.path("controls").path("random").path("draws").asInt()).isEqualTo(3);
        assertThat(json.path("fail_if").path("holds").asBoolean()).isTrue();
        assertThat(json.path("fail_if").path("on").path(0).asText()).isEqualTo("given");
        JsonNode stability = json.path("stability");
        assertThat(stability.path("dtype").asText()).isEqualTo("float64");
        assertThat(stability.path("errors")).hasSize(4);
        assertThat(stability.path("errors").get(0).asDouble()).isBetween(0.5e-12, 1.1e-12);
        assertThat(json.path("runs").path("given").path("shuffled")).hasSize(3);
        assertThat(json.path("runs").path("stability").path("checkpoint")).hasSize(1);
    }

    @Test
    void findsAModelThatKeepsItsTokensApartAndSaysWhenItCannotTell() {
        assertThat(check(keeping, "--fail-if", "error < 0.05 @ native", "--json", "--without", "shuffled,random"))
                .as(err.toString())
                .isZero();
        JsonNode json = StrictJson.parse(out.toString().getBytes(StandardCharsets.UTF_8), "stdout", "verdict");
        assertThat(json).isEqualTo(json());
        JsonNode given = json.path("prompts").path("given");
        assertThat(given.path("finding").asText()).isEqualTo("stays-apart");
        assertThat(given.path("passes").asInt()).isEqualTo(16);
        // every stage is a run that goes on from the one before
        assertThat(json.path("runs").path("given").path("checkpoint")).hasSize(3);

        assertThat(check(keeping, "--passes", "4", "--without", "shuffled,random,without-attention"))
                .as(err.toString())
                .isZero();
        assertThat(out.toString())
                .contains("whether its tokens collapse cannot be said from 4 passes (the native one among them)");
        assertThat(err.toString()).contains("finished before: used again");
    }

    /** The cost is said before it is spent: of the first stage, of each further one, and what all would come to. */
    @Test
    void costsAreSaidBeforeTheyAreSpent() {
        assertThat(check(keeping, "--passes", "8", "--without", "shuffled")).isZero();
        String said = err.toString();
        assertThat(said).containsSubsequence("passes 1 to 4: 5 runs, about", "passes 5 to 8: 2 runs, about");
        assertThat(said.indexOf("passes 1 to 4: 5 runs")).isLessThan(said.indexOf("[1/5]"));
        assertThat(said.indexOf("passes 5 to 8: 2 runs")).isBetween(said.indexOf("[5/5]"), said.indexOf("[1/2]"));
    }

    @Test
    void theSeedIsThatOfEveryDraw() {
        assertThat(check(collapsing, "--passes", "1", "--without", "random", "--seed", "7"))
                .isZero();
        List<Object> seeds = new ArrayList<>();
        json().path("runs")
                .path("given")
                .path("shuffled")
                .forEach(run -> seeds.add(RunReader.open(folder.resolve("out").resolve(run.asText()))
                        .manifest()
                        .plan()
                        .weights()
                        .seed()));
        assertThat(seeds).containsExactly(7L, 1_000_007L, 2_000_007L);
    }

    @Test
    void specialTokensArePartOfThePromptsIfAskedFor() throws IOException {
        String texts = Files.writeString(folder.resolve("texts.txt"), "in the beginning\nthe beginning in in\n")
                .toString();
        String[] asked = {
            "--tokenizer", TinyTokenizers.withSpecialTokens(folder).toString(), "--prompts", texts, "--passes", "1"
        };
        String[] without = {"--without", "without-attention,shuffled,random"};
        assertThat(check(keeping, Stream.of(asked, without).flatMap(Stream::of).toArray(String[]::new)))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("2 prompts of 3 to 4 tokens");
        String[] special = {"--special-tokens"};
        assertThat(check(
                        keeping,
                        Stream.of(asked, without, special).flatMap(Stream::of).toArray(String[]::new)))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("2 prompts of 5 to 6 tokens");
    }

    /** What is joined of stages is what one run gives. */
    @Test
    void stagesAreTheSamePassesAsOneRun() {
        assertThat(check(keeping, "--passes", "8", "--without", "shuffled,random,without-attention"))
                .isZero();
        JsonNode end = json().path("prompts").path("given").path("end");
        CommandResult.of(
                        "run",
                        "--model",
                        keeping.toString(),
                        "--passes",
                        "8",
                        "--prompts",
                        "random:4x" + WIDTH,
                        "--out",
                        folder.resolve("whole").toString())
                .succeeded();
        double[] whole = RunReader.open(folder.resolve("whole")).curve().mean();
        assertThat(end.path("error").path("value").asDouble()).isCloseTo(whole[whole.length - 1], within(1e-15));
    }

    @Test
    void withoutPromptsTextIsLeftOutWhereThereIsNoTokenizerAndThatIsSaid() {
        assertThat(Program.run(
                        new PrintWriter(out),
                        new PrintWriter(err),
                        "check",
                        collapsing.toString(),
                        "--passes",
                        "1",
                        "--without",
                        "shuffled,random",
                        "--out",
                        folder.resolve("out").toString()))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("Natural text was left out: the model has no tokenizer");
        assertThat(json().path("prompts").path("random").path("prompts").asText())
                .isEqualTo("random:4x32@42");
    }

    @Test
    void wrongInputIsRefusedBeforeAnythingRuns() {
        assertThat(check(keeping, "--fail-if", "error < 0.05")).isEqualTo(2);
        assertThat(check(keeping, "--fail-if", "error < 0.05 @ pass:17")).isEqualTo(2);
        assertThat(check(keeping, "--threshold", "2")).isEqualTo(2);
        assertThat(check(keeping, "--without", "attention")).isEqualTo(2);
        assertThat(err.toString()).contains("--without attention: expected without-attention, shuffled, random");
        assertThat(check(keeping, "--without", "without-attention", "--fail-if", "attention-share > 0.5 @ end"))
                .isEqualTo(2);
        assertThat(check(folder.resolve("missing"))).isEqualTo(2);
        assertThat(check(keeping, "--prompts", "random:1x8")).isEqualTo(2);
        assertThat(err.toString()).contains("A check needs at least 2 prompts");
        assertThat(check(keeping, "--prompts", "random:4x1")).isEqualTo(2);
        assertThat(err.toString()).contains("one token has no error");
        assertThat(folder.resolve("out")).doesNotExist();
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
