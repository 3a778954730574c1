package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models that loop by themselves, as a user runs them: numbers of their public files, by scripts/reference-looped-models.py. */
@Tag("slow")
class LoopedModelsTest {
    @TempDir
    Path folder;

    private int runs;

    @ParameterizedTest
    @CsvSource({
        "tiny-ouro, float64, 1e-12",
        "tiny-ouro, float32, 5e-6",
        "ouro-heads3-windows-bf16, float64, 1e-12",
        "ouro-heads3-windows-bf16, float32, 5e-6"
    })
    void gatesAreThoseOfThePublicFile(String checkpoint, String dtype, double tolerance) throws Exception {
        Path model = Reference.folder(checkpoint);
        for (JsonNode wanted : expected(model)) {
            RunReader run = run(model, wanted.path("feed_forward").asBoolean(), "--dtype", dtype);
            Manifest manifest = run.manifest();
            assertThat(manifest.plan().passes().count()).as("its own passes").isEqualTo(Reference.PASSES);
            assertThat(manifest.trainedPasses()).isEqualTo(Reference.PASSES);
            JsonNode exits = wanted.path("exit_probability");
            NpyArray found = run.measure("exit-probability");
            assertThat(found.shape())
                    .containsExactly(
                            exits.size(), Reference.PASSES, exits.get(0).get(0).size());
            double[] values = numbers(exits);
            for (int i = 0; i < values.length; i++) {
                assertThat(found.values()[i]).isCloseTo(values[i], within(tolerance));
            }
            double[][] expectedPass = run.measure("expected-exit-pass").rows();
            for (int prompt = 0; prompt < expectedPass.length; prompt++) {
                assertThat(expectedPass[prompt][0])
                        .as("nothing ends before pass 1")
                        .isEqualTo(1);
                assertThat(expectedPass[prompt][Reference.PASSES - 1])
                        .isCloseTo(
                                wanted.path("expected_exit_pass").get(prompt).asDouble(),
                                within(Reference.PASSES * tolerance));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-ouro, , scores_expected, expected",
        "tiny-ouro, last, scores_last, last",
        "tiny-ouro, 0.5, scores_at_half, 0.5",
        "ouro-heads3-windows-bf16, expected, scores_expected, expected",
        "ouro-heads3-windows-bf16, last, scores_last, last",
        "ouro-heads3-windows-bf16, 0.5, scores_at_half, 0.5"
    })
    void theNextTokenIsScoredAsThePublicFileDoes(String checkpoint, String exit, String scores, String said)
            throws Exception {
        Path model = Reference.folder(checkpoint);
        for (JsonNode wanted : expected(model)) {
            Path out = folder.resolve("texts-" + runs++);
            List<String> args = new ArrayList<>(List.of(
                    "generate",
                    "--model",
                    model.toString(),
                    "--out",
                    out.toString(),
                    "--dtype",
                    "float64",
                    "--greedy"));
            args.addAll(List.of("--prompts", model.resolve("prompts.json").toString(), "--tokens", "1"));
            if (exit != null) {
                args.addAll(List.of("--exit", exit));
            }
            if (!wanted.path("feed_forward").asBoolean()) {
                args.add("--no-feed-forward");
            }
            CommandResult.of(args.toArray(String[]::new)).succeeded();
            List<String> rows = Files.readAllLines(out.resolve("steps.csv"));
            assertThat(rows).hasSize(1 + wanted.path(scores).size());
            for (int prompt = 0; prompt < wanted.path(scores).size(); prompt++) {
                double[] of = numbers(wanted.path(scores).get(prompt));
                int best = IntStream.range(0, of.length)
                        .reduce((a, b) -> of[b] > of[a] ? b : a)
                        .orElseThrow();
                double sum = IntStream.range(0, of.length)
                        .mapToDouble(i -> Math.exp(of[i] - of[best]))
                        .sum();
                String[] cells = rows.get(1 + prompt).split(",");
                assertThat(cells[0]).as("its own passes").isEqualTo("4");
                assertThat(cells[3]).isEqualTo(Integer.toString(best));
                assertThat(Double.parseDouble(cells[4])).isCloseTo(1 / sum, within(1e-11));
            }
            JsonNode json =
                    StrictJson.mapper().readTree(out.resolve("generation.json").toFile());
            assertThat(json.at("/plan/exit").asText()).isEqualTo(said);
        }
    }

    @Test
    void morePassesThanItWasTrainedWithAreMarked() throws Exception {
        Path model = Reference.folder("tiny-ouro");
        Path out = folder.resolve("more");
        CommandResult result = CommandResult.of(
                "run",
                "--model",
                model.toString(),
                "--prompts",
                "random:2x8",
                "--passes",
                "6",
                "--out",
                out.toString());
        result.succeeded();
        assertThat(result.out()).contains("passes after 4 go beyond those that the model was trained with");
        assertThat(Files.readString(out.resolve("figure.svg"))).contains("trained with 4 passes, up to here");
        assertThat(Files.readString(out.resolve("report.html"))).contains("\"trained\":4");

        RunReader own = run(model, true);
        assertThat(Files.readString(own.path().resolve("figure.svg"))).doesNotContain("trained with");
        RunReader part = run(model, true, "--loop", "1-1");
        assertThat(part.manifest().plan().passes().count())
                .as("not the loop it was trained in")
                .isEqualTo(20);
        assertThat(part.manifest().trainedPasses()).isZero();
    }

    @Test
    void aGateIsAskedOfModelsThatHaveOne() {
        CommandResult.of(
                        "generate",
                        "--model",
                        Reference.folder("tiny-gpt2").toString(),
                        "--prompts",
                        "random:1x4",
                        "--exit",
                        "expected")
                .refused(
                        2,
                        "--exit expected: tiny-gpt2, a gpt2 model, has no gate that could end before the last pass;");
        CommandResult.of(
                        "generate",
                        "--model",
                        Reference.folder("tiny-ouro").toString(),
                        "--prompts",
                        "random:1x4",
                        "--exit",
                        "1.5")
                .refused(2, "--exit 1.5: expected expected, last or a probability such as 0.9");
    }

    private static JsonNode expected(Path model) throws Exception {
        JsonNode cases = StrictJson.mapper()
                .readTree(model.resolve("expected-looped.json").toFile());
        assertThat(cases).hasSize(2);
        return cases;
    }

    private static double[] numbers(JsonNode node) {
        if (node.isNumber()) {
            return new double[] {node.asDouble()};
        }
        return IntStream.range(0, node.size())
                .mapToObj(node::get)
                .flatMapToDouble(child -> java.util.Arrays.stream(numbers(child)))
                .toArray();
    }

    private RunReader run(Path model, boolean feedForward, String... more) {
        Path out = folder.resolve("run-" + runs++);
        List<String> args = new ArrayList<>(List.of("run", "--model", model.toString(), "--out", out.toString()));
        args.addAll(List.of("--prompts", model.resolve("prompts.json").toString()));
        if (!feedForward) {
            args.add("--no-feed-forward");
        }
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return RunReader.open(out);
    }
}
