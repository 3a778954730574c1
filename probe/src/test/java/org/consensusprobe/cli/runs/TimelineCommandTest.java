package org.consensusprobe.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.consensusprobe.Reference;
import org.consensusprobe.cli.Program;
import org.consensusprobe.common.Problem;
import org.consensusprobe.hub.FakeHub;
import org.consensusprobe.hub.HubFixture;
import org.consensusprobe.plan.Shuffle;
import org.consensusprobe.plan.WeightMode;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The checkpoints of a training, made by scripts/train-timeline-checkpoints.py, in a folder and on a hub. */
class TimelineCommandTest {
    private static final Path TRAINED = Reference.table("timeline");
    private static final List<Long> STEPS = List.of(1L, 8L, 32L, 128L, 512L);
    private static final String[] RUN = {"--prompts", "random:3x12", "--passes", "4", "--dtype", "float64"};

    @TempDir
    Path folder;

    private String out;
    private String err;

    @Test
    void aTrainersFolderIsMeasuredOnceInTheOrderOfItsSteps() throws IOException {
        Path to = folder.resolve("t");
        assertThat(timeline(Map.of(), TRAINED.toString(), "--out", to.toString()))
                .as(err)
                .isZero();
        List<String[]> rows = rows(to);
        assertThat(rows.stream().map(r -> Long.valueOf(r[0])).distinct()).containsExactlyElementsOf(STEPS);
        assertThat(rows.stream().map(r -> r[3]).distinct())
                .containsExactlyInAnyOrder(
                        "error-native",
                        "error-end",
                        "rate",
                        "effective-rank",
                        "attention-entropy",
                        "output-entropy",
                        "error-without-token-1",
                        "error-without-mean",
                        "across-prompt-similarity");
        double[] entropy = rows.stream()
                .filter(r -> r[3].equals("output-entropy"))
                .mapToDouble(r -> Double.parseDouble(r[4]))
                .toArray();
        assertThat(entropy[0]).isBetween(4.0, Math.log(64)); // before it has learned anything
        assertThat(entropy[4]).isLessThan(2.5);
        assertThat(to.resolve("timeline.svg")).content().contains("training step", "effective rank at native depth");
        assertThat(to.resolve("timeline.png")).isNotEmptyFile();
        assertThat(to.resolve("report.html")).content().contains("ln error per pass");

        byte[] first = Files.readAllBytes(to.resolve("timeline.csv"));
        assertThat(timeline(Map.of(), TRAINED.toString(), "--out", to.toString()))
                .isZero();
        assertThat(err.lines().filter(l -> l.contains("used again"))).hasSize(STEPS.size());
        assertThat(to.resolve("timeline.csv")).hasBinaryContent(first);
    }

    @Test
    void branchesOfAHubAreMeasuredAndOnlyWhatWasFetchedHereIsRemoved() throws IOException {
        try (FakeHub hub = new FakeHub()) {
            List<String> names = List.of("step0", "step8", "step32", "step128", "step512");
            addAll(hub, null, 512);
            for (int i = 0; i < names.size(); i++) {
                addAll(hub, names.get(i), STEPS.get(i));
            }
            hub.branch("org/trained", "step-final", "note.txt", new byte[] {1});
            Path cache = folder.resolve("cache");
            Map<String, String> environment = HubFixture.environment(hub, cache);
            Path to = folder.resolve("t");
            String[] before = {"org/trained", "--revisions", "@step8..step8", "--out", to.toString()};
            assertThat(timeline(environment, before)).as(err).isZero();
            String[] all = {"org/trained", "--revisions", "step*", "--keep-last", "1", "--out", to.toString()};
            assertThat(timeline(environment, all)).as(err).isZero();
            assertThat(err).contains("left out, for want of a number: step-final");
            assertThat(rows(to).stream().map(r -> r[1]).distinct()).containsExactlyElementsOf(names);
            assertThat(rows(to).stream().map(r -> r[0]).distinct()).startsWith("0", "8");
            assertThat(to.resolve("timeline.svg")).content().contains("0 drawn at 4");
            for (String name : names) {
                Path snapshot = cache.resolve("models--org--trained/snapshots").resolve(FakeHub.commit(name));
                assertThat(Files.exists(snapshot.resolve("model.safetensors")))
                        .as("%s: step8 was there before, step512 is the last", name)
                        .isEqualTo(name.equals("step8") || name.equals("step512"));
                assertThat(snapshot.resolve("config.json")).exists();
            }
            int requests = hub.requests();
            assertThat(timeline(environment, all)).as(err).isZero();
            assertThat(err.lines().filter(l -> l.contains("used again"))).hasSize(STEPS.size());
            assertThat(hub.requests())
                    .as("which commits the branches stand for")
                    .isEqualTo(requests + 1);
        }
    }

    @Test
    void aSweepsRevisionStandsForAllCheckpoints() throws IOException {
        Path file = Files.writeString(
                folder.resolve("sweep.json"),
                "{\"grid\": {\"model\": [\"" + TRAINED + "\"], \"revision\": [\"@checkpoint-8..checkpoint-128\"]},"
                        + " \"prompts\": \"random:2x8\", \"passes\": 1}");
        StringWriter printed = new StringWriter();
        int exit = Program.run(
                new PrintWriter(printed),
                new PrintWriter(printed),
                "sweep",
                file.toString(),
                "--dry-run",
                "--out",
                folder.resolve("s").toString());
        assertThat(exit).as(printed.toString()).isZero();
        assertThat(printed.toString())
                .contains("checkpoint-8", "checkpoint-32", "checkpoint-128", "3 of 3 runs to make");
    }

    @Test
    void twinsAreDrawnFromTheSeedThatWasAskedFor() throws IOException {
        Path to = folder.resolve("t");
        String[] one = {TRAINED.toString(), "--revisions", "@checkpoint-8..checkpoint-8", "--out", to.toString()};
        String[] more = {"--twins", "shuffled", "--seed", "7", "--shuffle", "matrices"};
        assertThat(timeline(Map.of(), Stream.of(one, more).flatMap(Stream::of).toArray(String[]::new)))
                .as(err)
                .isZero();
        try (Stream<Path> files = Files.walk(to)) {
            assertThat(files.filter(f -> f.endsWith("manifest.json"))
                            .map(f -> RunReader.open(f.getParent()).manifest().plan())
                            .filter(plan -> plan.weights().mode() == WeightMode.SHUFFLED))
                    .singleElement()
                    .satisfies(plan -> assertThat(plan.weights().seed()).isEqualTo(7))
                    .satisfies(plan -> assertThat(plan.weights().shuffle()).isEqualTo(Shuffle.MATRICES));
        }
    }

    @Test
    void whatCannotBeATrainingIsRefusedInALine() {
        String nowhere = folder.toString();
        refused(": there is no folder with a config.json in it, so no checkpoint of a training.", nowhere);
        refused("--revisions step: expected a pattern with *", TRAINED.toString(), "--revisions", "step");
        refused("expected a pattern", TRAINED.toString(), "--revisions", "@step8..other9");
        refused(
                ": no folder with a config.json in it is called step* with a number; its folders with a config.json are"
                        + " checkpoint-",
                TRAINED.toString(),
                "--revisions",
                "step*");
        refused("--twins trained: expected shuffled, random or both", TRAINED.toString(), "--twins", "trained");
        refused("--keep-last is 0", TRAINED.toString(), "--keep-last", "0");
    }

    private void refused(String text, String... args) {
        assertThat(timeline(Map.of(), args)).isEqualTo(Problem.WRONG_INPUT);
        assertThat(err).contains(text);
        assertThat(err.lines()).hasSizeBetween(1, 2);
    }

    private static void addAll(FakeHub hub, String branch, long step) throws IOException {
        Path checkpoint = TRAINED.resolve("checkpoint-" + step);
        for (String file : List.of("config.json", "model.safetensors")) {
            byte[] content = Files.readAllBytes(checkpoint.resolve(file));
            if (branch == null) {
                hub.add("org/trained", file, content);
            } else {
                hub.branch("org/trained", branch, file, content);
            }
        }
    }

    private static List<String[]> rows(Path to) throws IOException {
        try (Stream<String> lines = Files.lines(to.resolve("timeline.csv"))) {
            return lines.skip(1).map(line -> line.split(",")).toList();
        }
    }

    private int timeline(Map<String, String> environment, String... args) {
        List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of(RUN));
        StringWriter printed = new StringWriter();
        StringWriter errors = new StringWriter();
        int exit = new CommandLine(new TimelineCommand(environment))
                .setOut(new PrintWriter(printed))
                .setErr(new PrintWriter(errors))
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    if (e instanceof Problem problem) {
                        command.getErr().println(problem.getMessage());
                        return problem.exitCode();
                    }
                    throw e;
                })
                .execute(all.toArray(String[]::new));
        out = printed.toString();
        err = errors.toString();
        return exit;
    }
}
