package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.NpyArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that other programs were reported to read wrongly, or refused: the errors and tokens of transformers in float64. */
class CheckpointCasesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "gguf-yarn-beta",
                "gpt2-sequence-classifier",
                "gpt2-token-classifier",
                "index-names-absent",
                "rope-empty"
            })
    void errorsAreThoseOfTransformers(String name) {
        JsonNode described = described(name);
        double[] error = error(
                Reference.reported(name),
                described.get("model").textValue(),
                described.get("passes").intValue());

        double[] expected =
                Npy.read(Reference.reported(name).resolve("expected.npy")).values();
        assertThat(error).hasSameSizeAs(expected);
        for (int i = 0; i < error.length; i++) {
            assertThat(error[i]).isCloseTo(expected[i], within(1e-12));
        }
    }

    @Test
    void aGgufFileNeedsNoSuffix() throws IOException {
        Path reported = Reference.reported("gguf-yarn-beta");
        Files.copy(reported.resolve("model.gguf"), folder.resolve("sha256-0123abcd"));
        Files.copy(reported.resolve("prompts.json"), folder.resolve("prompts.json"));

        assertThat(error(folder, "sha256-0123abcd", 2)).isEqualTo(error(reported, "model.gguf", 2));
    }

    @Test
    void aHeadOfItsOwnIsKeptDespiteTheTiedFlag() {
        Path reported = Reference.reported("tied-flag-own-head");
        JsonNode described = described("tied-flag-own-head");
        Path out = folder.resolve("out");

        CommandResult result = CommandResult.of(
                        "generate",
                        "--model",
                        reported.resolve("model").toString(),
                        "--prompts",
                        reported.resolve("prompts.json").toString(),
                        "--tokens",
                        described.get("tokens").toString(),
                        "--passes",
                        "1",
                        "--greedy",
                        "--dtype",
                        "float64",
                        "--out",
                        out.toString())
                .succeeded();

        JsonNode texts = StrictJson.readObject(out.resolve("generation.json"), 1 << 20, "texts");
        assertThat(texts.at("/texts/0/ids")).hasToString(described.get("ids").toString());
        assertThat(result.err()).containsOnlyOnce("tie_word_embeddings").contains("lm_head.weight");
    }

    @Test
    void theManifestSaysThatTheHeadIsNotTied() {
        error(Reference.reported("tied-flag-own-head"), "model", 1);

        JsonNode manifest = StrictJson.readObject(folder.resolve("run-0/manifest.json"), 1 << 20, "manifest");
        assertThat(manifest.at("/model/note").asText()).contains("lm_head.weight");
    }

    private int runs;

    private double[] error(Path reported, String model, int passes) {
        Path out = folder.resolve("run-" + runs++);
        List<String> args = new ArrayList<>(
                List.of("run", "--model", reported.resolve(model).toString()));
        args.addAll(List.of("--prompts", reported.resolve("prompts.json").toString(), "--passes", "" + passes));
        args.addAll(List.of("--dtype", "float64", "--out", out.toString()));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        NpyArray error = Npy.read(out.resolve("error.npy"));
        return error.values();
    }

    private static JsonNode described(String name) {
        return StrictJson.readObject(Reference.reported(name).resolve("case.json"), 1 << 20, "case");
    }
}
