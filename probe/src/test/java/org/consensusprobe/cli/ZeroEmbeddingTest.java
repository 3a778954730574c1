package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.results.Npy;
import org.consensusprobe.results.RunReader;
import org.consensusprobe.weights.CheckpointEditor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens whose embedding is the zero vector, as those of padding and of reserved ids are. */
class ZeroEmbeddingTest {
    private static final String TABLE = "model.embed_tokens.weight";

    @TempDir
    Path folder;

    private Path of;
    private Path out;

    @BeforeEach
    void find() throws URISyntaxException {
        of = Path.of(ZeroEmbeddingTest.class.getResource("/zero-embedding-row").toURI());
        out = folder.resolve("run");
    }

    private CommandResult run(Path model, String... options) {
        List<String> command = new ArrayList<>(List.of(
                "run", "--model", model.toString(), "--dtype", "float64", "--passes", "2", "--out", out.toString()));
        command.addAll(List.of(options));
        return CommandResult.of(command.toArray(String[]::new));
    }

    /** {@code expected.npy} is transformers 5.18 in float64; row 60 of the table is zero, and prompt 1 has that id. */
    @Test
    void theErrorIsNanWhereATokenHasNoDirectionAndTheRunGoesOn() throws IOException {
        String prompts = of.resolve("prompts.json").toString();

        CommandResult result = run(of.resolve("model"), "--prompts", prompts, "--measures", "all")
                .succeeded();

        assertThat(result.err().lines().filter(line -> line.startsWith("warning")))
                .singleElement()
                .asString()
                .contains("prompt 1, token 5 (id 60)", "--skip-zero-rows");
        assertThat(result.out()).contains("(1 of 2 at depth 0, 2 at the end");
        double[][] error = RunReader.open(out).error();
        double[][] expected = Npy.read(of.resolve("expected.npy")).rows();
        for (int i = 0; i < expected.length; i++) {
            assertThat(error[i]).containsExactly(expected[i], org.assertj.core.data.Offset.offset(1e-12));
        }
        assertThat(RunReader.open(out).curve().mean()[0]).isEqualTo(error[1][0]);
        JsonNode zero = StrictJson.readObject(out.resolve("manifest.json"), 1 << 20, "manifest")
                .path("zero_embeddings");
        assertThat(zero.toString()).isEqualTo("{\"tokens\":1,\"first\":[{\"prompt\":0,\"position\":4,\"id\":60}]}");
        assertThat(RunReader.open(out).curvesOf("across-prompt-similarity")[0][0])
                .isNaN();
        assertThat(RunReader.open(out).curvesOf("pairwise-mean")[1][0]).isNotNaN();
        Path first = Files.move(out, folder.resolve("first"));
        run(of.resolve("model"), "--prompts", prompts, "--no-feed-forward").succeeded();
        assertThat(CommandResult.of(
                                "compare",
                                first.toString(),
                                out.toString(),
                                "--out",
                                folder.resolve("compared").toString())
                        .succeeded()
                        .out())
                .doesNotContain("NaN");
    }

    @Test
    void randomPromptsCanLeaveSuchIdsOut() throws IOException {
        run(of.resolve("model"), "--prompts", "random:40x8", "--skip-zero-rows").succeeded();

        JsonNode plan = StrictJson.readObject(out.resolve("manifest.json"), 1 << 20, "manifest")
                .path("plan");
        assertThat(plan.path("skip_zero_rows").asBoolean()).isTrue();
        assertThat(plan.path("zero_rows").intValue()).isEqualTo(1);
        assertThat(RunReader.open(out).curve().mean()).doesNotContain(Double.NaN);
        assertThat(run(of.resolve("model"), "--prompts", "random:40x8", "--force")
                        .succeeded()
                        .err())
                .contains("warning: prompt ", "(id 60)", "more tokens, in ");
        run(of.resolve("model"), "--prompts", of.resolve("prompts.json").toString(), "--skip-zero-rows", "--force")
                .refused(2, "--skip-zero-rows goes with random prompts");
    }

    @Test
    void aRowThatIsNoNumberMattersWhereAPromptUsesIt() throws IOException {
        Path damaged = folder.resolve("damaged");
        CheckpointEditor.read(of.resolve("model"))
                .withValue(TABLE, 63 * 24 + 5, Float.NaN)
                .write(damaged);

        run(damaged, "--prompts", of.resolve("prompts.json").toString()).succeeded();
        Path used = Files.writeString(folder.resolve("used.json"), "[[1, 2, 63]]");
        run(damaged, "--prompts", used.toString(), "--force").refused(1, "activations are NaN or infinite");
    }
}
