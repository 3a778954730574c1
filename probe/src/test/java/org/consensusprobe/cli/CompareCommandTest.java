package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.report.Section;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
    @TempDir
    Path folder;

    private Path full;
    private Path stripped;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeRuns() {
        full = folder.resolve("full");
        stripped = folder.resolve("stripped");
        FakeRuns.write(
                full,
                FakeRuns.manifest("a,\"b\"", 4, "random", true, 6, 5, 2e-13),
                FakeRuns.error(5, 6, 4, 1, 2e-13, 1));
        FakeRuns.write(
                stripped,
                FakeRuns.manifest("a,\"b\"", 4, "random", false, 6, 5, 2e-13),
                FakeRuns.error(5, 6, 4, 6, 2e-13, 2));
    }

    @Test
    void aBaselineIsARunOrAValue() {
        Path trained = folder.resolve("trained");
        FakeRuns.write(
                trained,
                FakeRuns.manifest("a,\"b\"", 4, "trained", true, 6, 5, 2e-13),
                FakeRuns.error(5, 6, 4, 2, 2e-13, 3));
        String[] runs = {full.toString(), stripped.toString(), trained.toString()};
        assertThat(compare(
                        runs[0],
                        runs[1],
                        runs[2],
                        "--baseline",
                        "trained",
                        "--out",
                        folder.resolve("1").toString()))
                .as("%s", err)
                .isZero();
        assertThat(out.toString())
                .containsPattern("random weights.*no feed-forward less trained weights.*with feed-forward")
                .containsPattern("random weights.*with feed-forward less trained weights.*with feed-forward")
                .doesNotContainPattern("no feed-forward less random");
        out.getBuffer().setLength(0);
        // only the run that differs in that field alone has a counterpart
        assertThat(compare(
                        runs[0],
                        runs[1],
                        runs[2],
                        "--baseline",
                        "weights=random",
                        "--out",
                        folder.resolve("2").toString()))
                .as("%s", err)
                .isZero();
        assertThat(out.toString())
                .containsPattern("trained weights.*with feed-forward less random weights.*with feed-forward");
        assertThat(out.toString().split(" less ", -1)).hasSize(2);
        assertThat(compare(runs[0], runs[1], "--baseline", "nothing")).isEqualTo(2);
        assertThat(err.toString()).contains("--baseline nothing: expected one of the runs, or FIELD=VALUE");
        assertThat(compare(runs[0], runs[1], "--baseline", "weight=random")).isEqualTo(2);
        assertThat(err.toString()).contains("\"weight\" is no field of a run");
        assertThat(compare(runs[0], runs[1], "--baseline", "weights=heavy")).isEqualTo(2);
        assertThat(compare(runs[0], runs[1], "--baseline", "beta=2")).isEqualTo(2);
        assertThat(err.toString()).contains("no two of these runs differ in beta alone");
    }

    @Test
    void seedsOfOneSettingShareAColourAndALineOfTheLegend() {
        List<RunReader> runs = new ArrayList<>();
        for (int seed = 1; seed <= 3; seed++) {
            Manifest manifest = FakeRuns.manifest("m", 4, "random", true, 6, 5, 2e-13);
            manifest.plan(FakeRuns.plan("m", "random", true, 6, seed), 5, 12);
            FakeRuns.write(folder.resolve("s" + seed), manifest, FakeRuns.error(5, 6, 4, 1, 2e-13, seed));
            runs.add(RunReader.open(folder.resolve("s" + seed)));
        }
        runs.add(RunReader.open(full));
        String svg = Section.of("", "", runs).figure().svg();
        assertThat(svg.split("\\(3 draws\\)<", -1)).as("one line of the legend").hasSize(2);
        assertThat(svg).doesNotContain("(seed 2)");
    }

    @Test
    void printsTheTableAndWritesTheFiles() throws IOException {
        Path to = folder.resolve("compared");
        assertThat(compare(full.toString(), stripped.toString(), "--out", to.toString()))
                .isZero();
        assertThat(err.toString()).isEmpty();
        assertThat(out.toString())
                .contains("a,\"b\" · random weights (seed 42) · float32 · 6 passes · 5 prompts as in the paper")
                .contains("1  with feed-forward: " + full)
                .contains("no feed-forward less with feed-forward")
                .contains("halves in")
                // ten decades in two passes: nothing is left for a line
                .containsPattern("2 +none +– +– +5 of 5 prompts fall to the floor before pass 4")
                .contains("report: " + to.resolve("report.html"));
        assertThat(to).isDirectoryContaining("glob:**/compare.png").isDirectoryContaining("glob:**/compare.svg");
        assertThat(Files.readAllLines(to.resolve("compare.csv")))
                .hasSize(3)
                .satisfies(
                        lines -> assertThat(lines.get(0)).startsWith("label,run,model,weights,seed,draws,feed_forward"))
                .satisfies(lines ->
                        assertThat(lines.get(1)).startsWith("with feed-forward," + full + ",\"a,\"\"b\"\"\","));
        var json = StrictJson.readObject(to.resolve("compare.json"), 1 << 20, "comparison");
        assertThat(json.path("curves")).hasSize(2);
        assertThat(json.path("curves").get(0).path("rate_low").doubleValue())
                .isLessThan(json.path("curves").get(0).path("rate").doubleValue());
        assertThat(json.path("curves").get(1).path("rate").isNull()).isTrue();
        assertThat(json.path("differences")).hasSize(4);
        assertThat(json.path("differences").get(3).path("remark").asText()).isEqualTo("one of the two has no rate");
        assertThat(to.resolve("report.html"))
                .content()
                .contains("2 runs compared")
                .contains("Differences");
    }

    @Test
    void printsJson() {
        assertThat(compare(
                        full.toString(),
                        stripped.toString(),
                        "--json",
                        "--out",
                        folder.resolve("compared").toString()))
                .isZero();
        assertThat(folder.resolve("compared/compare.json")).hasContent(out.toString());
        assertThat(err.toString()).startsWith("note: ");
    }

    @Test
    void replacesComparisonsOnlyWhenTold() throws IOException {
        Path to = folder.resolve("compared");
        String[] command = {full.toString(), stripped.toString(), "--out", to.toString()};
        assertThat(compare(command)).isZero();
        assertThat(compare(command)).isEqualTo(2);
        assertThat(err.toString()).contains("not empty").contains("--force");
        assertThat(compare(full.toString(), stripped.toString(), "--force", "--out", to.toString()))
                .isZero();
        Files.writeString(to.resolve("notes.txt"), "mine");
        assertThat(compare(full.toString(), stripped.toString(), "--force", "--out", to.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("it holds notes.txt");
        assertThat(compare(full.toString(), stripped.toString(), "--force", "--out", full.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("a run lies there");
    }

    @Test
    void namesWhatIsWrong() {
        assertThat(compare()).isEqualTo(2);
        assertThat(err.toString()).contains("Missing required parameter: 'RUN'");
        Path to = folder.resolve("compared");
        assertThat(compare(full.toString(), "--out", to.toString())).isEqualTo(2);
        assertThat(err.toString()).contains("A comparison needs two runs or more, found 1.");
        assertThat(to).doesNotExist();
    }

    @Test
    void holdsTwoRunsAgainstEachOtherDepthByDepth() throws IOException {
        Path to = folder.resolve("paired");
        String[] pair = {paired("base", 5, 0), paired("tuned", 5, 0.02)};
        assertThat(compare("--paired", pair[0], pair[1], "--out", to.toString()))
                .as("%s", err)
                .isZero();
        assertThat(out.toString())
                .contains("error: differs at depths 3-6, most at depth 6 (layer 1 of pass 3)")
                .contains("the same to the last bit at depths 0-2.")
                .contains("error where it differs");
        assertThat(Files.readAllLines(to.resolve("paired.csv")))
                .hasSize(1 + 2 * 7)
                .anyMatch(line -> line.startsWith("error,1,3,1,1,") && line.endsWith(",differs"));
        var json = StrictJson.readObject(to.resolve("paired.json"), 1 << 20, "comparison");
        assertThat(json.path("quantities").get(0).path("tests").asInt()).isEqualTo(4);
        assertThat(to.resolve("report.html")).content().contains("Where they differ");
        assertThat(to).isDirectoryContaining("glob:**/paired.png").isDirectoryContaining("glob:**/paired.svg");
        assertThat(compare("--paired", pair[0], pair[1], "--json", "--force", "--out", to.toString()))
                .isZero();
        assertThat(to.resolve("paired.json")).hasContent(out.toString());
    }

    @Test
    void pairsOnlyWhatIsAlike() {
        String base = paired("base", 5, 0);
        for (String[] wrong : new String[][] {
            {base, full.toString(), "its manifest does not say which prompt ids it was given"},
            {base, paired("fewer", 4, 0), "the runs have different prompts: 5 of ids same"},
            {base, base, "given twice"},
            {base, folder.resolve("nowhere").toString(), "no such run directory"}
        }) {
            assertThat(compare("--paired", wrong[0], wrong[1])).isEqualTo(2);
            assertThat(err.toString()).contains(wrong[2]);
        }
        Manifest longer = FakeRuns.manifest("m", 2, "trained", true, 4, 5, 1e-14);
        longer.section("plan").put("prompts_sha256", "same");
        FakeRuns.write(folder.resolve("longer"), longer, FakeRuns.error(5, 4, 2, 1, 1e-14, 1));
        assertThat(compare("--paired", base, folder.resolve("longer").toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("different ways through the layers: 3 passes of 2 layers");
        assertThat(compare("--paired", base)).isEqualTo(2);
        assertThat(err.toString()).contains("--paired takes two runs, BASE and TUNED; found 1");
        assertThat(compare("--paired", base, full.toString(), "--baseline", "base"))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--paired and --baseline: give one of them");
    }

    @Test
    void onePromptCannotTell() {
        String[] pair = {paired("base", 1, 0), paired("tuned", 1, 0.02)};
        assertThat(compare(
                        "--paired",
                        pair[0],
                        pair[1],
                        "--out",
                        folder.resolve("one").toString()))
                .as("%s", err)
                .isZero();
        assertThat(out.toString())
                .contains("error: cannot be told at depths 3-6; the same to the last bit at depths 0-2.")
                .contains("note: one prompt has no interval: whether the two differ cannot be told")
                .doesNotContain("differs");
    }

    /** A run of 3 passes of 2 layers whose error is so much higher from the second pass on, more so the deeper. */
    private String paired(String name, int prompts, double higher) {
        Manifest manifest = FakeRuns.manifest("m-" + name, 2, "trained", true, 3, prompts, 1e-14);
        manifest.section("plan").put("prompts_sha256", "same");
        double[][] error = FakeRuns.error(prompts, 3, 2, 0.1, 0, 4);
        for (int prompt = 0; prompt < prompts; prompt++) {
            for (int depth = 3; depth <= 6; depth++) {
                error[prompt][depth] += higher * depth * (1 + 0.05 * prompt);
            }
        }
        FakeRuns.write(folder.resolve(name), manifest, error);
        return folder.resolve(name).toString();
    }

    private int compare(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        String[] command = new String[args.length + 1];
        command[0] = "compare";
        System.arraycopy(args, 0, command, 1, args.length);
        return Program.run(new PrintWriter(out), new PrintWriter(err), command);
    }
}
