package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.TinyGpt2;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep made in parts is the sweep made in one go. */
@Tag("slow")
class SweepUnitsTest {
    @TempDir
    Path folder;

    private Path model;
    private Path file;
    private Path out;
    private StringWriter stdout;
    private StringWriter stderr;

    @BeforeEach
    void makeSweep() throws IOException {
        model = new TinyGpt2(2).write(folder.resolve("tiny"));
        out = folder.resolve("parts");
        Files.writeString(
                folder.resolve("mixed.json"),
                "[[1,2,3],[4,5,6,7,8],[9,1,2],[3,4,5,6,7],[8,9,1],[2,3,4,5,6],[7,8,9],[1,2,3,4,5,6,7,8]]");
        file = write(
                """
                {"passes": 4, "prompts": "random:3x8",
                 "grid": {"model": "%s", "weights": ["trained", "random"]},
                 "runs": [{"model": "%s", "prompts": "%s", "chunk": 2, "save_hidden": true, "save_hidden_at": "0,pass:2",
                           "save_attention_at": "3", "measures": ["pairwise-mean", "attention-entropy", "output-entropy",
                           "cosine-histogram", "pass-step", "pass-step-token", "dobrushin-product"]}]}
                """
                        .formatted(model, model, folder.resolve("mixed.json")));
    }

    @Test
    void isTheSweepByteForByte() throws IOException {
        Path whole = folder.resolve("whole");
        succeeds("--out", whole.toString());
        for (int part : new int[] {3, 1, 2}) {
            succeeds("--out", out.toString(), "--split-prompts", "4", "--unit", part + "/3");
        }
        succeeds("--out", out.toString(), "--split-prompts", "4", "--collect");
        assertSame(whole, out);
        assertThat(out.resolve("shares")).as("shares that were put together").isEmptyDirectory();
        succeeds("--out", out.toString(), "--split-prompts", "4", "--list-units", "--json");
        JsonNode listed = StrictJson.parse(stdout.toString().getBytes(), "output", "list");
        assertThat(listed.path("units")).hasSize(2 + 4).allMatch(unit -> unit.path("done")
                .asBoolean());
        assertThat(listed.path("tasks")).isEmpty();
        succeeds("--out", out.toString(), "--split-prompts", "4", "--unit", "1/1");
        assertThat(stderr.toString()).contains("made before; 6 of 6").doesNotContain("made in");
        succeeds("--out", out.toString(), "--split-prompts", "4", "--collect");
        assertSame(whole, out);
    }

    @Test
    void saysWhyARunStaysWhole() throws IOException {
        file = write(
                """
                {"passes": 2, "prompts": "random:8x8", "chunk": 2, "measures": [],
                 "runs": [{"model": "%s", "measures": ["default"]}, {"model": "%s", "until": 0.1},
                          {"model": "%s", "chunk": 8}, {"model": "no/such/folder/x"}]}
                """
                        .formatted(model, model, model));
        succeeds("--out", out.toString(), "--split-prompts", "4", "--list-units");
        assertThat(stdout.toString())
                .contains("across-prompt-similarity is taken over all prompts at once")
                .contains("until ends it when all prompts have settled")
                .contains("its prompts are one chunk")
                .contains("cannot be made (")
                .contains("4 units of 4 runs, 4 to make in 1 task: about ");
        assertThat(out).doesNotExist();
    }

    @Test
    void collectsWhatIsThereAndSaysWhatIsNot() throws IOException {
        assertThat(run("--out", out.toString(), "--collect")).isEqualTo(2);
        assertThat(stderr.toString()).contains("no units were made here; --unit or --on makes them");
        succeeds("--out", out.toString(), "--unit", "2/3");
        assertThat(run("--out", out.toString(), "--collect")).isEqualTo(1);
        assertThat(stderr.toString()).contains("2 of 3 runs are not there:").contains("is not made yet");
        assertThat(Files.readAllLines(out.resolve("summary.csv"))).hasSize(2);
    }

    @Test
    void givesUpWhatCannotBeMadeAndGoesOn() throws IOException {
        // without norms and skips activations grow beyond float32: the run fails, which may be the machine's fault
        file = write(
                """
                {"passes": 40, "prompts": "random:2x8", "measures": [], "runs": [
                 {"model": "%s", "norm": false, "attention_scale": 1e30}, {"model": "%s"}, {"model": "no/such/folder/x"}]}
                """
                        .formatted(model, model));
        assertThat(run("--out", out.toString(), "--unit", "1/1", "--tries", "2"))
                .isEqualTo(1);
        assertThat(stderr.toString())
                .contains("failed, and is tried again: depth ", "(begun for the 2. time)", "given up: depth ")
                .contains("made in");
        assertThat(stdout.toString()).contains("1 of 3 units are made; 2 were given up.");
        assertThat(stderr.toString().split("given up: ")).hasSize(3);
        assertThat(run("--out", out.toString(), "--collect")).isEqualTo(1);
        assertThat(stderr.toString()).contains("2 of 3 runs are not there:").contains("was given up: ");
    }

    @Test
    void aUnitThatKillsItsProcessIsGivenUp() throws IOException {
        succeeds("--out", out.toString(), "--list-units", "--json");
        JsonNode units =
                StrictJson.parse(stdout.toString().getBytes(), "output", "list").path("units");
        Path state = Files.createDirectories(out.resolve("jobs/state"));
        Files.writeString(state.resolve(units.get(0).path("id").asText() + ".tries"), "3 0\n");
        assertThat(run("--out", out.toString(), "--unit", "1/1")).isEqualTo(1);
        assertThat(stderr.toString()).contains("given up: begun 3 times and never further than block 0");
        succeeds("--out", out.toString(), "--unit", "1/1", "--tries", "4");
    }

    @Test
    void refusesWhatIsNotTheSweepThatWasListed() throws IOException {
        succeeds("--out", out.toString(), "--unit", "1/3");
        assertThat(run("--out", out.toString(), "--unit", "2/3", "--split-prompts", "2"))
                .isEqualTo(2);
        assertThat(stderr.toString()).contains("or how it is cut").contains("finished runs are used again");
        Path list = out.resolve("jobs/units.jsonl");
        Files.writeString(list, Files.readString(list).replaceFirst("\"program\":\"[^\"]*", "\"program\":\"0.0.9"));
        assertThat(run("--out", out.toString(), "--unit", "2/3")).isEqualTo(2);
        assertThat(stderr.toString()).contains("were listed by version 0.0.9; node ");
        Files.writeString(list, "{\"format\": 1, \"units\": 2}\n{\"id\": \"../../x\"}\n");
        assertThat(run("--out", out.toString(), "--unit", "2/3")).isEqualTo(2);
        assertThat(stderr.toString()).contains("the unit list cannot be used: not a unit: \"../../x\"");
        Files.delete(list);
        succeeds("--out", out.toString(), "--unit", "1/1");
        assertThat(stderr.toString()).contains("made before");
    }

    @Test
    void refusesOptionsThatDoNotGoTogether() {
        refuses("give one of them", "--unit", "1/2", "--collect");
        refuses("give one of them", "--list-units", "--dry-run");
        refuses("are about units", "--split-prompts", "2");
        refuses("--json goes with --list-units", "--json");
        refuses("--unit-time soon: expected a time", "--list-units", "--unit-time", "soon");
        refuses("--split-prompts 0: expected 1 to", "--list-units", "--split-prompts", "0");
        refuses("--unit x: expected I/N", "--unit", "x");
        refuses("--tries 0", "--unit", "1/1", "--tries", "0");
    }

    private void refuses(String reason, String... options) {
        assertThat(run(Stream.concat(Stream.of("--out", out.toString()), Stream.of(options))
                        .toArray(String[]::new)))
                .as(reason)
                .isEqualTo(2);
        assertThat(stderr.toString()).contains(reason);
        assertThat(stderr.toString().lines()).hasSizeLessThanOrEqualTo(2);
        assertThat(out).doesNotExist();
    }

    /** Arrays, curves and tables are the same; in summary.csv all but the folder's name and the seconds it took. */
    static void assertSame(Path expected, Path made) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(expected.resolve("runs"))) {
            files = all.filter(
                            f -> f.toString().endsWith(".npy") || f.endsWith("curve.csv") || f.endsWith("tokens.jsonl"))
                    .toList();
        }
        assertThat(files).isNotEmpty();
        for (Path path : files) {
            assertThat(made.resolve(expected.relativize(path))).hasSameBinaryContentAs(path);
        }
        assertThat(made.resolve("curves.csv")).hasSameBinaryContentAs(expected.resolve("curves.csv"));
        assertThat(summary(made)).isEqualTo(summary(expected));
    }

    private static List<List<String>> summary(Path sweep) throws IOException {
        List<String> lines = Files.readAllLines(sweep.resolve("summary.csv"));
        List<String> columns = List.of(lines.get(0).split(",", -1));
        List<List<String>> table = new ArrayList<>();
        for (String line : lines) {
            List<String> cells = new ArrayList<>(List.of(line.split(",", -1)));
            cells.set(columns.indexOf("run"), "");
            cells.set(columns.indexOf("seconds"), "");
            table.add(cells);
        }
        return table;
    }

    private void succeeds(String... options) {
        assertThat(run(options)).as("%s", stderr).isZero();
    }

    private int run(String... options) {
        stdout = new StringWriter();
        stderr = new StringWriter();
        List<String> all = new ArrayList<>(List.of("sweep", file.toString()));
        all.addAll(List.of(options));
        all.addAll(List.of("--threads", "1"));
        return Program.run(new PrintWriter(stdout), new PrintWriter(stderr), all.toArray(String[]::new));
    }

    private Path write(String json) throws IOException {
        return Files.writeString(folder.resolve("sweep.json"), json);
    }
}
