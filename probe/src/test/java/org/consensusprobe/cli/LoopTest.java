package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Loops over some of the layers, as a user runs them. */
@Tag("slow")
class LoopTest {
    @TempDir
    Path folder;

    private int runs;

    /** Numbers of transformers' modules along the same sequence, by scripts/reference-loops.py. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-bert"})
    void errorsAndStatesAreThoseOfTransformers(String checkpoint) throws Exception {
        Path model = Reference.folder(checkpoint);
        JsonNode cases = StrictJson.mapper()
                .readTree(model.resolve("expected-loops.json").toFile());
        assertThat(cases).hasSize(3);
        for (JsonNode wanted : cases) {
            List<String> args = new ArrayList<>(
                    List.of("--prompts", model.resolve("prompts.json").toString()));
            args.addAll(List.of(
                    "--loop",
                    wanted.path("loop").asText(),
                    "--recycle",
                    wanted.path("recycle").asText()));
            args.addAll(List.of("--passes", wanted.path("passes").asText(), "--dtype", "float64", "--save-hidden"));
            if (!wanted.path("feed_forward").asBoolean()) {
                args.add("--no-feed-forward");
            }
            Path run = run(model, args);
            compare(RunReader.open(run).error(), wanted.path("error"), 1e-9);
            NpyArray hidden = Npy.read(run.resolve("hidden.npy"));
            int tokens = hidden.shape().get(1);
            int dim = hidden.shape().get(2);
            for (int prompt = 0; prompt < hidden.shape().get(0); prompt++) {
                for (int i = 0; i < dim; i++) {
                    assertThat(hidden.values()[(prompt * tokens + tokens - 1) * dim + i])
                            .isCloseTo(
                                    wanted.path("last_tokens")
                                            .get(prompt)
                                            .get(i)
                                            .asDouble(),
                                    within(1e-8));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tiny-gpt2, 0-2, float64",
        "tiny-gpt2, 0-2, float32",
        "tiny-gpt2, 0-2, bfloat16",
        "tiny-llama, 0-2, float32",
        "tiny-albert, 0-2, float32"
    })
    void aLoopOverAllLayersIsThePlainRun(String checkpoint, String loop, String dtype) throws Exception {
        Path model = Reference.folder(checkpoint);
        List<String> common = List.of(
                "--prompts",
                model.resolve("prompts.json").toString(),
                "--passes",
                "3",
                "--dtype",
                dtype,
                "--save-hidden",
                "--measures",
                "all",
                "--save-hidden-at",
                "0,2,pass:1-3");
        Path plain = run(model, common);
        List<String> looped = new ArrayList<>(common);
        looped.addAll(List.of("--loop", loop, "--recycle", "final-norm"));
        Path whole = run(model, looped);
        try (var files = Files.walk(plain)) {
            for (Path file :
                    files.filter(f -> f.toString().matches(".*\\.(npy|csv)")).toList()) {
                assertThat(whole.resolve(plain.relativize(file).toString()))
                        .as(file.toString())
                        .hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void whatIsRecordedSaysWhereItIs() throws Exception {
        Path model = Reference.folder("tiny-gpt2");
        Path run = run(
                model,
                List.of(
                        "--prompts",
                        model.resolve("prompts.json").toString(),
                        "--passes",
                        "2",
                        "--loop",
                        "1-1",
                        "--save-hidden-at",
                        "layer:1,pass:1"));
        assertThat(Files.readAllLines(run.resolve("curve.csv")).stream()
                        .map(l -> l.split(",", 4)[0] + " " + l.split(",", 4)[1] + " " + l.split(",", 4)[2]))
                .containsExactly("depth pass layer", "0 0 0", "1 0 1", "2 0 2", "3 1 2", "4 1 3");
        JsonNode manifest =
                StrictJson.mapper().readTree(run.resolve("manifest.json").toFile());
        assertThat(manifest.at("/plan/loop").asText()).isEqualTo("1-1");
        assertThat(manifest.at("/plan/recycle").asText()).isEqualTo("raw");
        assertThat(manifest.at("/route/layers_before").asInt()).isEqualTo(1);
        assertThat(manifest.at("/route/layers_after").asInt()).isEqualTo(1);
        assertThat(manifest.at("/route/native_depth").asInt()).isEqualTo(2);
        // what a pass hands on is what its last block returned
        assertThat(run.resolve("hidden/pass-1.npy")).hasSameBinaryContentAs(run.resolve("hidden/depth-2.npy"));
        assertThat(run.resolve("hidden/depth-3.npy")).exists();
        CommandResult.of("plot", run.toString()).succeeded();
        assertThat(Files.readString(run.resolve("figure.svg"))).contains("run once");
        CommandResult.of("theory", run.toString(), "--model", model.toString()).succeeded();
        CommandResult refused = CommandResult.of(
                "run",
                "--model",
                model.toString(),
                "--loop",
                "1-3",
                "--prompts",
                "nowhere.txt",
                "--out",
                folder.resolve("no").toString());
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("--loop 1-3: layer 3 is not there; the model has 3 layers");
        assertThat(folder.resolve("no")).doesNotExist();
    }

    @Test
    void commandsThatRunTakeLoops() throws Exception {
        Path model = Reference.folder("tiny-gpt2");
        String prompts = model.resolve("prompts.json").toString();
        Path check = folder.resolve("check");
        CommandResult.of("check", model.toString(), "--loop", "1-2", "--prompts", prompts, "--out", check.toString())
                .succeeded();
        assertThat(Files.readString(check.resolve("check.json"))).contains("\"stability\"");
        CommandResult text = CommandResult.of(
                "generate",
                "--model",
                model.toString(),
                "--loop",
                "1-1",
                "--passes",
                "1,3",
                "--prompts",
                prompts,
                "--tokens",
                "2",
                "--greedy",
                "--out",
                folder.resolve("text").toString());
        text.succeeded();
        Path sweep = Files.writeString(
                folder.resolve("loops.json"),
                "{\"passes\": 4, \"prompts\": \"" + prompts.replace("\\", "/") + "\", \"grid\": {\"model\": \""
                        + model.toString().replace("\\", "/") + "\", \"loop\": [\"0-1\", \"1-2\"],"
                        + " \"recycle\": [\"raw\", \"final-norm\"]}, \"figure\": {\"rows\": [\"recycle\"]}}");
        Path out = folder.resolve("swept");
        CommandResult.of("sweep", sweep.toString(), "--out", out.toString()).succeeded();
        assertThat(Files.readAllLines(out.resolve("summary.csv"))).hasSize(5);
        List<String> runs;
        try (var all = Files.list(out.resolve("runs"))) {
            runs = all.map(Path::toString).sorted().toList();
        }
        List<String> compare = new ArrayList<>(List.of("compare"));
        compare.addAll(runs);
        compare.addAll(List.of("--out", folder.resolve("compared").toString()));
        CommandResult compared = CommandResult.of(compare.toArray(String[]::new));
        compared.succeeded();
        assertThat(compared.out()).contains("different layers are looped, so depths are not alike");
    }

    private Path run(Path model, List<String> args) {
        Path out = folder.resolve("run-" + runs++);
        List<String> all = new ArrayList<>(List.of("run", "--model", model.toString(), "--out", out.toString()));
        all.addAll(args);
        CommandResult.of(all.toArray(String[]::new)).succeeded();
        return out;
    }

    private static void compare(double[][] error, JsonNode wanted, double tolerance) {
        assertThat(error).hasDimensions(wanted.size(), wanted.get(0).size());
        for (int prompt = 0; prompt < error.length; prompt++) {
            for (int depth = 0; depth < error[prompt].length; depth++) {
                assertThat(error[prompt][depth])
                        .as("prompt %d, depth %d", prompt, depth)
                        .isCloseTo(wanted.get(prompt).get(depth).asDouble(), within(tolerance));
            }
        }
    }
}
