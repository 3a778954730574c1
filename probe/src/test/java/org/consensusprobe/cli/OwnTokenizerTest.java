package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text goes through the model's own tokenizer, and the record says which that was. */
class OwnTokenizerTest {
    private static final String TEXT = "o menino foi para a escola";

    /** transformers 5.18 with this vocabulary, which has as many entries as GPT-2's in the model's config. */
    private static final String IDS = "79 281 298 282 271 280";

    @TempDir
    Path folder;

    private Path model;
    private Path prompts;

    @BeforeEach
    void copyTheModel() throws Exception {
        model = Path.of(OwnTokenizerTest.class.getResource("/tokenizers/gpt2").toURI());
        prompts = Files.writeString(folder.resolve("mine.txt"), TEXT + "\n");
    }

    @Test
    void aRunNamesTheFilesThatEncodedItsTexts() throws Exception {
        JsonNode tokenizer = run(prompts, "--model", model.toString());

        assertThat(tokenizer.path("file").asText()).isEqualTo("vocab.json");
        assertThat(tokenizer.path("sha256").asText()).isEqualTo(sha256(model.resolve("vocab.json")));
        assertThat(tokenizer.path("with").findValuesAsText("file"))
                .containsExactly("merges.txt", "tokenizer_config.json");
        assertThat(tokenizer.path("with").get(0).path("sha256").asText())
                .isEqualTo(sha256(model.resolve("merges.txt")));
        assertThat(CommandResult.of("prompts", "show", prompts.toString(), "--model", model.toString(), "--ids")
                        .succeeded()
                        .out())
                .contains(TEXT)
                .contains(IDS);
    }

    @Test
    void theBundledTokenizerIsNamedByItsPlaceAndIdsNeedNone() throws Exception {
        assertThat(run(prompts, "--model", "demo-gpt2").path("file").asText())
                .isEqualTo("models/demo-gpt2/tokenizer.json");
        Path ids = Files.writeString(folder.resolve("ids.json"), "[[1, 2]]");
        assertThat(run(ids, "--model", model.toString()).isMissingNode()).isTrue();
    }

    @Test
    void generatedTextsNameItToo() throws Exception {
        CommandResult.of(
                        "generate",
                        "--model",
                        model.toString(),
                        "--weights",
                        "random",
                        "--prompt",
                        TEXT,
                        "--passes",
                        "1",
                        "--tokens",
                        "1",
                        "--out",
                        folder.resolve("texts").toString())
                .succeeded();
        JsonNode json = StrictJson.readObject(folder.resolve("texts/generation.json"), 1 << 20, "texts");

        assertThat(json.path("tokenizer").path("sha256").asText()).isEqualTo(sha256(model.resolve("vocab.json")));
        assertThat(json.path("texts").get(0).path("ids").toString()).startsWith("[" + IDS.replace(' ', ','));
    }

    private JsonNode run(Path of, String... options) throws IOException {
        Path out = Files.createTempDirectory(folder, "run");
        java.util.List<String> command = new java.util.ArrayList<>(java.util.List.of(
                "run", "--weights", "random", "--passes", "1", "--measures", "none", "--prompts", of.toString()));
        command.addAll(java.util.List.of(options));
        command.addAll(java.util.List.of("--out", out.resolve("to").toString()));
        CommandResult.of(command.toArray(String[]::new)).succeeded();
        return StrictJson.readObject(out.resolve("to/manifest.json"), 1 << 20, "manifest")
                .path("tokenizer");
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
