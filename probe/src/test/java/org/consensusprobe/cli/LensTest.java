package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The logit lens, and what blocks change, against numpy on the same states: scripts/reference-lens.py. */
class LensTest {
    private static final List<String> CHANGES = List.of("block-influence", "angular-distance", "linearity");

    @TempDir
    Path folder;

    /** Scores that are scaled, divided, capped, and as they are. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "families/cohere-plain",
                "families/granite-multipliers",
                "families/gemma3_text-caps",
                "reference/tiny-gpt2"
            })
    void isWhatNumpySaysOfTheSameStates(String checkpoint) {
        Path model = Reference.table(checkpoint);
        attribute(model, model.resolve("prompts.json").toString(), "--dtype", "float64");
        JsonNode expected = StrictJson.readObject(
                Reference.table("redundancy").resolve("lens-" + model.getFileName() + ".json"), 1 << 20, "reference");
        JsonNode lens = written().get("lens");
        assertThat(lens).hasSize(expected.get("entropy").size());
        for (int depth = 0; depth < lens.size(); depth++) {
            for (String what : List.of("entropy", "divergence")) {
                assertThat(lens.get(depth).get(what).get("mean").asDouble())
                        .as("%s at depth %d", what, depth)
                        .isCloseTo(expected.get(what).get(depth).asDouble(), within(1e-10));
            }
        }
        RunReader run = RunReader.open(folder.resolve("model"));
        for (String change : CHANGES) {
            double[][] values = run.measure(change).rows();
            for (int prompt = 0; prompt < values.length; prompt++) {
                assertThat(values[prompt][0]).isNaN();
                for (int block = 0; block + 1 < values[prompt].length; block++) {
                    assertThat(values[prompt][block + 1])
                            .as("%s of block %d", change, block)
                            .isCloseTo(
                                    expected.get(change).get(block).get(prompt).asDouble(), within(1e-10));
                }
            }
        }
    }

    @Test
    void doesNotApplyToAModelThatScoresNoToken() {
        attribute(Reference.table("families/distilbert-plain"), "random:2x8");
        assertThat(written().get("findings").toString())
                .contains("Logit lens: does not apply, this model scores no next token.");
        assertThat(written().has("lens")).isFalse();
    }

    /** A block without both halves hands on what it was given, to the last bit. */
    @Test
    void whatIsLeftOutChangesNothing() {
        Path model = Reference.table("reference/tiny-gpt2");
        attribute(model, "random:2x8", "--skip-attention", "1", "--skip-feed-forward", "1");
        RunReader run = RunReader.open(folder.resolve("model"));
        for (String change : CHANGES) {
            for (double[] values : run.measure(change).rows()) {
                assertThat(values[2]).as(change).isZero();
                assertThat(values[1]).as(change).isPositive();
            }
        }
    }

    private void attribute(Path model, String prompts, String... more) {
        List<String> args = new java.util.ArrayList<>(List.of("attribute", model.toString(), "--redundancy"));
        args.addAll(List.of("--passes", "1", "--prompts", prompts, "--out", folder.toString()));
        args.addAll(List.of("--measures", String.join(",", CHANGES)));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
    }

    private JsonNode written() {
        return StrictJson.readObject(folder.resolve("attribute.json"), 1 << 22, "an attribution");
    }
}
