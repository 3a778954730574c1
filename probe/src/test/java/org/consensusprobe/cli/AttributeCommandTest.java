package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.Reference;
import org.consensusprobe.common.StrictJson;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checkpoints with a planted cause (scripts/planted-checkpoints.py): it is named first. */
class AttributeCommandTest {
    @TempDir
    Path folder;

    private List<String> findings(String planted, String... more) throws Exception {
        List<String> args = new ArrayList<>(List.of(
                "attribute",
                Reference.table("planted").resolve(planted).toString(),
                "--prompts",
                "random:6x24",
                "--passes",
                "2",
                "--out",
                folder.toString()));
        args.addAll(List.of(more));
        CommandResult.of(args.toArray(String[]::new)).succeeded();
        return written();
    }

    private List<String> written() {
        JsonNode json = StrictJson.readObject(folder.resolve("attribute.json"), 1 << 22, "an attribution");
        List<String> findings = new ArrayList<>();
        json.get("findings").forEach(finding -> findings.add(finding.asText()));
        return findings;
    }

    @Test
    void oneBlocksUniformAndStrongAttention() throws Exception {
        List<String> findings = findings("one-block");
        assertThat(findings.get(0))
                .startsWith("At native depth: attention of layer 1 does most (--skip-attention 1)")
                .contains("it pulls together.");
        assertThat(Files.readAllLines(folder.resolve("attribute.csv"))).hasSize(1 + 3 * 4 + 3);
        assertThat(Files.readString(folder.resolve("report.html")))
                .contains("attention of layer 1", "Heads that pull together most");
        assertThat(folder.resolve("attribute.png")).isNotEmptyFile();
        assertThat(folder.resolve("model/error.npy")).isNotEmptyFile();
    }

    @Test
    void oneHeadThatCopiesTokenOne() throws Exception {
        List<String> findings = findings("one-head");
        assertThat(findings.get(0))
                .startsWith("At native depth: attention of layer 2 does most (--skip-attention 2)")
                .contains("it pulls together. Of its heads head 2 changes the block's error most, by +");
        assertThat(findings)
                .anyMatch(f -> f.startsWith("Of all heads head 2 of layer 2 pulls together most"))
                .anyMatch(f -> f.startsWith("Without attention to token 1 (--no-sink) the error at native depth is ")
                        && f.contains(": pulls together; at the end "));
    }

    /** The words differ in one dimension above all. */
    @Test
    void oneHugeDimension() throws Exception {
        List<String> findings = findings("outlier");
        assertThat(findings.get(0))
                .startsWith("At native depth: the largest dimension does most (--clamp-outliers 1)")
                .contains("it keeps apart.");
        assertThat(findings.get(1)).startsWith("At the end: the largest dimension does most (--clamp-outliers 1)");
        assertThat(findings)
                .anyMatch(f -> f.startsWith(
                        "Without the largest dimension (--clamp-outliers 1) the error at native depth is 0.0"));
        assertThat(Files.readString(folder.resolve("attribute.csv")))
                .contains("outliers,,--clamp-outliers 1,", "sink,,--no-sink,");
    }

    /** Its blocks hardly change a thing but the second, whose attention is planted. */
    @Test
    void depthsAreComparedOnRequest() throws Exception {
        List<String> findings = findings("one-block", "--redundancy");
        assertThat(findings.get(findings.size() - 1)).startsWith("Logit lens: the distribution of the next token is ");
        assertThat(findings.get(findings.size() - 3))
                .startsWith("The block that changes its tokens' directions least (block influence at most ")
                .doesNotContain("--skip-blocks 1.");
        JsonNode depths = StrictJson.readObject(folder.resolve("attribute.json"), 1 << 22, "an attribution")
                .get("depths");
        assertThat(depths.get("angular_distance")).hasSize(5);
        double planted = depths.get("block_influence").get(1).asDouble();
        assertThat(planted)
                .isGreaterThan(5 * depths.get("block_influence").get(0).asDouble());
        assertThat(Files.readString(folder.resolve("report.html")))
                .contains("What blocks change", "divergence from the last");
    }

    @Test
    void withoutFeedForwardAttentionIsAllThereIs() throws Exception {
        assertThat(findings("one-block", "--no-feed-forward").get(0)).contains("attention of layer 1 does most");
        assertThat(Files.readString(folder.resolve("attribute.csv"))).doesNotContain("block,", "feed-forward,");
    }

    /** Head 0 of layer 1 pulls together most in the mean over three images, and its interval holds 0. */
    @Test
    void headsThatCannotBeToldAreNotNamed() throws Exception {
        Path model = Reference.table("families").resolve("vit-plain");
        CommandResult.of(
                        "attribute",
                        model.toString(),
                        "--prompts",
                        "random:3",
                        "--passes",
                        "1",
                        "--out",
                        folder.toString())
                .succeeded();
        assertThat(written())
                .anyMatch(f ->
                        f.startsWith("Of the heads whose effect can be told head 2 of layer 1 pulls together most"))
                .anyMatch(f -> f.startsWith("Of all heads head 1 of layer 1 pulls apart most"));
    }

    @Test
    void wrongInputIsSaidInALine() {
        CommandResult.of("attribute", "demo-gpt2", "--passes", "0").refused(2, "--passes 0");
        CommandResult.of("attribute", folder.resolve("none").toString()).refused(2, "none");
        CommandResult.of("attribute", "demo-gpt2", "--skip-blocks", "8")
                .refused(2, "--skip-blocks", "layer 8 is not there");
    }
}
