package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
            List<String> more = exit == null ? List.of() : List.of("--exit", exit);
            List<String> rows = generate(model, wanted.path("feed_forward").asBoolean(), more.toArray(String[]::new));
            assertScored(rows, wanted.path(scores), 1e-11);
            Path json = folder.resolve("texts-" + (runs - 1)).resolve("generation.json");
            assertThat(StrictJson.mapper()
                            .readTree(json.toFile())
                            .at("/plan/exit")
                            .asText())
                    .isEqualTo(said);
        }
    }

    private List<String> generate(Path model, boolean feedForward, String... more) throws Exception {
        Path out = folder.resolve("texts-" + runs++);
        List<String> args = new ArrayList<>(List.of("generate", "--model", model.toString(), "--out", out.toString()));
        args.addAll(List.of("--dtype", "float64", "--greedy", "--tokens", "1"));
        args.addAll(List.of("--prompts", model.resolve("prompts.json").toString()));
        if (!feedForward) {
            args.add("--no-feed-forward");
        }
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return Files.readAllLines(out.resolve("steps.csv"));
    }

    /** Rows of steps.csv, one a prompt, after its own passes: the most probable token of these scores, and its probability. */
    private static void assertScored(List<String> rows, JsonNode scores, double tolerance) {
        assertThat(rows).hasSize(1 + scores.size());
        for (int prompt = 0; prompt < scores.size(); prompt++) {
            double[] of = numbers(scores.get(prompt));
            int best = IntStream.range(0, of.length)
                    .reduce((a, b) -> of[b] > of[a] ? b : a)
                    .orElseThrow();
            double sum = IntStream.range(0, of.length)
                    .mapToDouble(i -> Math.exp(of[i] - of[best]))
                    .sum();
            String[] cells = rows.get(1 + prompt).split(",");
            assertThat(cells[0]).as("its own passes").isEqualTo(Integer.toString(Reference.PASSES));
            assertThat(cells[3]).isEqualTo(Integer.toString(best));
            assertThat(Double.parseDouble(cells[4])).isCloseTo(1 / sum, within(tolerance));
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

    @ParameterizedTest
    @ValueSource(strings = {"tiny-huginn", "huginn-heads3-bias-untied-bf16", "huginn-core-alone"})
    void aLoopWithAStateOfItsOwnIsThatOfThePublicFile(String checkpoint) throws Exception {
        Path model = Reference.folder(checkpoint);
        int width = StrictJson.mapper()
                .readTree(model.resolve("config.json").toFile())
                .path("n_embd")
                .asInt();
        double[] start = new double[2 * 20 * width];
        Arrays.setAll(start, i -> (i * 7919L % 97 - 48) / 8.0);
        Path file = folder.resolve("start.npy");
        Npy.write(file, NpyHeader.Type.FLOAT64, List.of(2, 20, width), out -> out.append(start));
        for (JsonNode wanted : expected(model)) {
            boolean feedForward = wanted.path("feed_forward").asBoolean();
            RunReader own = run(model, feedForward, "--dtype", "float64");
            assertThat(own.manifest().at("/plan/initial").asText()).isEqualTo("zero");
            assertThat(own.route().passes()).as("its own passes").isEqualTo(Reference.PASSES);
            assertThat(own.manifest().trainedPasses()).isEqualTo(Reference.PASSES);

            RunReader run = run(model, feedForward, "--dtype", "float64", "--initial", file.toString());
            JsonNode errors = wanted.path("from_file").path("error");
            double[] values = numbers(errors);
            double[] found =
                    Arrays.stream(run.error()).flatMapToDouble(Arrays::stream).toArray();
            assertThat(found).hasSize(values.length);
            for (int i = 0; i < values.length; i++) {
                assertThat(found[i]).isCloseTo(values[i], within(1e-9));
            }
            assertThat(run.manifest().at("/plan/initial_sha256").asText()).hasSize(64);
            assertThat(run.manifest().promptsHash()).isEqualTo(own.manifest().promptsHash());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-huginn", "huginn-heads3-bias-untied-bf16", "huginn-core-alone"})
    void itsNextTokenIsThatOfThePublicFile(String checkpoint) throws Exception {
        Path model = Reference.folder(checkpoint);
        for (JsonNode wanted : expected(model)) {
            List<String> rows = generate(model, wanted.path("feed_forward").asBoolean());
            assertScored(rows, wanted.path("scores"), 1e-9);
        }
    }

    @Test
    void passesAreStepsOfItsCore() throws Exception {
        Path model = Reference.folder("tiny-huginn");
        RunReader run = run(
                model,
                true,
                "--dtype",
                "float64",
                "--passes",
                "12",
                "--measures",
                "all",
                "--save-hidden-at",
                "pass:1-12");
        assertThat(run.error()[0])
                .as("embedding, prelude, 12 passes of the core, coda")
                .hasSize(1 + 1 + 12 * 2 + 1);
        double[][] steps = run.measure("pass-step").rows();
        double[] tokens = run.measure("pass-step-token").values();
        for (double[] prompt : steps) {
            assertThat(prompt[0]).as("from zero").isNaN();
            assertThat(Arrays.stream(prompt).skip(1).boxed().toList())
                    .doesNotContain(Double.NaN)
                    .allMatch(step -> step > 0);
        }
        assertThat(tokens[0]).isNaN();
        assertThat(tokens[20]).isPositive();
        assertThat(run.measure("lyapunov").rows()[0][11]).isFinite();
        double[] first = Npy.read(run.path().resolve("hidden/pass-1.npy")).values();
        double[] second = Npy.read(run.path().resolve("hidden/pass-2.npy")).values();
        double moved = 0;
        double norm = 0;
        for (int i = 0; i < first.length / 2; i++) {
            moved += Math.pow(second[i] - first[i], 2);
            norm += first[i] * first[i];
        }
        assertThat(steps[0][1]).isCloseTo(Math.sqrt(moved / norm), within(1e-12));

        RunReader damped =
                run(model, true, "--dtype", "float64", "--passes", "1", "--step", "1/2", "--save-hidden-at", "pass:1");
        double[] half = Npy.read(damped.path().resolve("hidden/pass-1.npy")).values();
        for (int i = 0; i < half.length; i++) {
            assertThat(half[i]).as("half way from zero").isCloseTo(first[i] / 2, within(1e-12));
        }
    }

    @Test
    void statesOfTheLoopAreDrawnAsTheModelDrawsThem() throws Exception {
        Path model = Reference.folder("tiny-huginn");
        RunReader drawn = run(model, true, "--dtype", "float64", "--initial", "drawn", "--passes", "1");
        RunReader again = run(model, true, "--dtype", "float64", "--initial", "drawn", "--passes", "1");
        RunReader other = run(model, true, "--dtype", "float64", "--initial", "drawn", "--passes", "1", "--seed", "7");
        RunReader uniform = run(model, true, "--dtype", "float64", "--initial", "uniform", "--passes", "1");
        assertThat(again.error()).isDeepEqualTo(drawn.error());
        for (RunReader run : List.of(other, uniform)) {
            assertThat(run.error()[0][1]).as("the prelude").isEqualTo(drawn.error()[0][1]);
            assertThat(run.error()[0][3]).as("the core").isNotEqualTo(drawn.error()[0][3]);
        }
    }

    @Test
    void whatItsLoopDoesNotHaveIsRefusedByName() {
        String model = Reference.folder("tiny-huginn").toString();
        refused(model, "--loop 0-1: a huginn_raven model loops over its core, here layers 1-2;", "--loop", "0-1");
        refused(model, "--recycle final-norm: a huginn_raven model's passes hand on", "--recycle", "final-norm");
        refused(model, "--initial embedding: a huginn_raven model is given its embedding", "--initial", "embedding");
        refused(model, "--initial consensus+1e-6: a huginn_raven model", "--initial", "consensus+1e-6");
        refused(
                Reference.folder("tiny-gpt2").toString(),
                "--initial zero is for models whose loop is given the embedding",
                "--initial",
                "zero");
        assertThat(run(Reference.folder("tiny-huginn"), true, "--loop", "1-2", "--passes", "1")
                        .route()
                        .first())
                .isEqualTo(1);
    }

    /** Where a pass no longer moves the states, the Jacobian of the damped pass is that of the pass, mixed with the identity. */
    @Test
    void settleJudgesItsCore() throws Exception {
        Path out = folder.resolve("settled");
        List<String> args = new ArrayList<>(List.of(
                "settle",
                Reference.folder("tiny-huginn").toString(),
                "--prompts",
                "random:2x5",
                "--out",
                out.toString()));
        args.addAll(List.of("--dtype", "float64", "--passes", "16", "--step", "1/8", "--twins", "none"));
        args.addAll(List.of("--threshold", "settled=0.9", "--spectra", "1"));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        String json = Files.readString(out.resolve("settle.json"));
        assertThat(json).contains("modulus_of_pass").contains("\"prompt\" : 0");

        CommandResult.of("settle", Reference.folder("tiny-huginn").toString(), "--scan", "loop")
                .refused(2, "--scan loop: a huginn_raven model has one loop, its core");
    }

    private void refused(String model, String message, String... more) {
        List<String> args = new ArrayList<>(List.of("run", "--model", model, "--prompts", "random:1x4"));
        args.addAll(List.of("--out", folder.resolve("refused").toString()));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).refused(2, message);
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
                .flatMapToDouble(child -> Arrays.stream(numbers(child)))
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
