package org.consensusprobe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.TinyGpt2;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Sweeps on a real Slurm, on this machine: the same bytes as without it, whatever happens to jobs, processes and nodes. */
@Tag("slow")
class SlurmTest {
    @TempDir
    static Path folder;

    private static LocalCluster cluster;

    @BeforeAll
    static void start() throws Exception {
        boolean possible = LocalCluster.isPossible();
        if (!possible) {
            System.out.println("skipped: tests on Slurm need root, slurm-wlm and munge");
        }
        assumeThat(possible).as("Slurm can be started here").isTrue();
        cluster = LocalCluster.start(Files.createDirectory(folder.resolve("cluster")));
    }

    @AfterAll
    static void stop() throws Exception {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void aGridOfTwelveRunsIsTheLocalSweep() throws Exception {
        Path model = new TinyGpt2(2).write(folder.resolve("tiny"));
        Path sweep = Files.writeString(
                folder.resolve("grid.json"),
                """
                {"passes": 4, "prompts": "random:3x8", "runs": [{"model": "%s", "prompts": "random:8x8", "chunk": 2,
                 "measures": ["pairwise-mean", "pass-step"], "save_hidden": true}],
                 "grid": {"model": "%s", "weights": "random", "seed": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]}}
                """
                        .formatted(model, model));
        Path local = folder.resolve("grid-local");
        Path out = folder.resolve("grid-slurm");
        String[] command = {
            "sweep",
            sweep.toString(),
            "--out",
            out.toString(),
            "--threads",
            "1",
            "--split-prompts",
            "4",
            "--unit-time",
            "0.1s",
            "--on",
            "slurm",
            "--array-limit",
            "2",
            "--follow"
        };
        LocalCluster.Result result = cluster.consensus(command);
        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out()).contains("Submitted 15 of 15 units", "curves:  ");
        assertThat(inProcess("sweep", sweep.toString(), "--out", local.toString(), "--threads", "1"))
                .isZero();
        SweepUnitsTest.assertSame(local, out);
        assertEachMadeOnce(out, 15);
        result = cluster.consensus(command);
        assertThat(result.out()).contains("Nothing to submit: of 15 units 15 are made and 0 are queued or running.");
        SweepUnitsTest.assertSame(local, out);
    }

    /** Takes minutes: a command of its own, see CONTRIBUTING. */
    @Test
    @EnabledIfSystemProperty(named = "consensus.slurm.faults", matches = "true")
    void whateverHappensToItTheSweepEndsInTheSameBytes() throws Exception {
        Path sweep = Files.writeString(
                folder.resolve("long.json"),
                """
                {"passes": 20, "measures": ["pairwise-mean"], "prompts": "random:8x64",
                 "grid": {"model": "demo-gpt2", "weights": ["trained", "random-each-pass"], "seed": [1, 2]}}
                """);
        Path local = folder.resolve("long-local");
        Path out = folder.resolve("long-slurm");
        List<String> words = List.of(
                "sweep",
                sweep.toString(),
                "--out",
                out.toString(),
                "--threads",
                "1",
                "--unit-time",
                "0.1s",
                "--on",
                "slurm");
        LocalCluster.Result result = cluster.consensus(words.toArray(String[]::new));
        assertThat(result.exit()).as(result.err()).isZero();
        assertThat(result.out()).contains("Submitted 3 of 3 units in 3 tasks");
        String job = Files.readString(out.resolve("jobs/0001/job")).strip();

        // the time limit comes near: what Slurm sends a task then, to its shell alone
        String first = begun(out, "");
        String task = task(out, first);
        assertThat(cluster.run("scancel", "--batch", "--signal=TERM", job + "_" + task)
                        .exit())
                .isZero();
        LocalCluster.until("task " + task + " is requeued", () -> text(out.resolve("jobs/0001/task-" + task + ".log"))
                .contains("the time limit is near: requeued"));
        // a process is killed outright, as the kernel does when memory is short
        String second = begun(out, "");
        ProcessHandle.of(pid(out, second)).ifPresent(ProcessHandle::destroyForcibly);
        String killed = task(out, second);
        LocalCluster.until(
                "it is begun again",
                () -> text(out.resolve("jobs/0001/task-" + killed + ".log"))
                                .contains("the process was killed (exit code 137)")
                        || done(out, second));
        // an administrator requeues; a user ends one task
        String third = begun(out, "");
        cluster.run("scontrol", "requeue", job + "_" + task(out, third));
        String fourth = begun(out, "");
        cluster.run("scancel", job + "_" + task(out, fourth));
        // the daemon of a node dies with its step in mid-run
        ProcessHandle.of(cluster.daemon(2)).ifPresent(ProcessHandle::destroyForcibly);
        cluster.run("scripts/local-cluster", "node", folder.resolve("cluster").toString(), "2");

        List<String> follow = new ArrayList<>(words);
        follow.add("--follow");
        for (int again = 0; again < 3; again++) { // the task that was ended is submitted once it has left the queue
            result = cluster.consensus(follow.toArray(String[]::new));
            if (result.exit() == 0) {
                break;
            }
        }
        assertThat(result.exit()).as(result.out() + result.err()).isZero();
        assertThat(inProcess("sweep", sweep.toString(), "--out", local.toString(), "--threads", "1"))
                .isZero();
        SweepUnitsTest.assertSame(local, out);
        assertEachMadeOnce(out, 3);
    }

    /** A limit of two minutes, of which Slurm leaves one: it may tell a task half a minute before it has to. */
    @Test
    @EnabledIfSystemProperty(named = "consensus.slurm.faults", matches = "true")
    void aTimeLimitShorterThanAUnitIsChainedThrough() throws Exception {
        Path out = folder.resolve("chained");
        LocalCluster.Result listed = cluster.consensus(
                "sweep", chained(1000).toString(), "--out", out.toString(), "--threads", "1", "--list-units", "--json");
        double seconds = StrictJson.mapper()
                .readTree(listed.out())
                .at("/units/0/seconds")
                .asDouble();
        Path sweep = chained((int) Math.min(10_000, Math.max(100, 1000 * 120 / seconds)));
        LocalCluster.Result result = cluster.consensus(
                "sweep",
                sweep.toString(),
                "--out",
                out.toString(),
                "--threads",
                "1",
                "--on",
                "slurm",
                "--slurm",
                "time=2,signal=B:TERM@30",
                "--follow");
        assertThat(result.exit()).as(result.out() + result.err()).isZero();
        assertThat(text(out.resolve("jobs/0001/task-1.log"))).contains("the time limit is near: requeued");
        Path local = folder.resolve("chained-local");
        assertThat(inProcess("sweep", sweep.toString(), "--out", local.toString(), "--threads", "1"))
                .isZero();
        SweepUnitsTest.assertSame(local, out);
        assertEachMadeOnce(out, 1);
    }

    private static Path chained(int passes) throws IOException {
        return Files.writeString(
                folder.resolve("chained.json"),
                """
                {"passes": %d, "measures": [], "prompts": "random:8x64", "runs": [{"model": "demo-gpt2"}]}
                """
                        .formatted(passes));
    }

    @Test
    void queuesNothingThatCannotBeMade() throws Exception {
        Path sweep = Files.writeString(
                folder.resolve("wrong.json"),
                "{\"passes\": 1, \"prompts\": \"random:2x8\", \"runs\": [{\"model\": \"demo-gpt2\"}]}");
        Path missing = Files.writeString(
                folder.resolve("missing.json"),
                "{\"passes\": 1, \"prompts\": \"random:2x8\", \"runs\": [{\"model\": \"no/such/dir\"}]}");
        Path out = folder.resolve("wrong");
        refuses(sweep, out, "Slurm has no such partition; it has main", "--slurm", "partition=gpu");
        refuses(sweep, out, "--slurm mem=100G: no node has that much; the largest has 8000 MB", "--slurm", "mem=100G");
        refuses(sweep, out, "needs about ", "--slurm", "mem=100M");
        refuses(sweep, out, "sbatch refuses: ", "--slurm", "cpus-per-task=64");
        refuses(sweep, out, "sbatch refuses: unrecognized option '--bogus=1'", "--slurm", "bogus=1");
        refuses(sweep, out, "expected sbatch's options", "--slurm", "fast");
        refuses(sweep, out, "that is set by this program; --array-limit", "--slurm", "array=1-3");
        refuses(sweep, Path.of("/dev/null/x"), "the folder cannot be written to");
        refuses(missing, out, "no/such/dir: no such directory or .gguf file");
        LocalCluster.Result none = cluster.consensus(
                Map.of("PATH", "/nowhere"), "sweep", sweep.toString(), "--out", out.toString(), "--on", "slurm");
        assertThat(none.exit()).isEqualTo(2);
        assertThat(none.err()).contains("there is no sbatch on the PATH");
        assertThat(cluster.run("squeue", "-h", "-n", "wrong,missing").out()).isBlank();
    }

    @Test
    void aSweepThatChangedWhileItsJobsWaitIsRefused() throws Exception {
        Path sweep = Files.writeString(
                folder.resolve("changed.json"),
                "{\"passes\": 1, \"prompts\": \"random:2x8\", \"runs\": [{\"model\": \"demo-gpt2\"}]}");
        Path out = folder.resolve("changed");
        String[] command = {
            "sweep", sweep.toString(), "--out", out.toString(), "--on", "slurm", "--slurm", "begin=now+1hour"
        };
        assertThat(cluster.consensus(command).exit()).isZero();
        assertThat(cluster.consensus(command).out())
                .contains("Nothing to submit: of 1 units 0 are made and 1 are queued");
        Files.writeString(sweep, Files.readString(sweep).replace("\"passes\": 1", "\"passes\": 2"));
        refuses(sweep, out, "Its jobs are queued or running: let them end, end them with --cancel");
        LocalCluster.Result cancelled =
                cluster.consensus("sweep", sweep.toString(), "--out", out.toString(), "--on", "slurm", "--cancel");
        assertThat(cancelled.out()).contains("Ended: jobs ");
        assertThat(cluster.run("squeue", "-h", "-n", "changed").out()).isBlank();
    }

    private static void refuses(Path sweep, Path out, String reason, String... options) throws Exception {
        LocalCluster.Result result = cluster.consensus(Stream.concat(
                        Stream.of("sweep", sweep.toString(), "--out", out.toString(), "--on", "slurm"),
                        Stream.of(options))
                .toArray(String[]::new));
        assertThat(result.exit()).as(result.err()).isEqualTo(2);
        assertThat(result.err()).contains(reason);
        assertThat(result.err().lines()).hasSizeLessThanOrEqualTo(2);
    }

    /** Waits for a unit that a living process makes; its id. */
    private static String begun(Path out, String but) throws InterruptedException {
        List<String> found = new ArrayList<>();
        LocalCluster.until("a unit is being made", () -> {
            found.clear();
            found.addAll(ids(out, ".claim").stream()
                    .filter(id -> !id.equals(but) && pid(out, id) > 0)
                    .toList());
            return !found.isEmpty() || ids(out, ".done").size() == 3;
        });
        return found.isEmpty() ? ids(out, ".done").get(0) : found.get(0);
    }

    private static List<String> ids(Path out, String suffix) {
        try (Stream<Path> files = Files.list(out.resolve("jobs/state"))) {
            return files.map(f -> f.getFileName().toString())
                    .filter(n -> n.endsWith(suffix) && !n.startsWith("."))
                    .map(n -> n.substring(0, n.length() - suffix.length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean done(Path out, String id) {
        return Files.exists(out.resolve("jobs/state/" + id + ".done"));
    }

    private static long pid(Path out, String id) {
        try {
            return StrictJson.mapper()
                    .readTree(Files.readString(out.resolve("jobs/state/" + id + ".claim")))
                    .path("pid")
                    .asLong();
        } catch (IOException e) {
            return 0;
        }
    }

    private static String task(Path out, String id) throws IOException {
        List<String> tasks = Files.readAllLines(out.resolve("jobs/0001/tasks"));
        return Integer.toString(1 + tasks.indexOf(id));
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** No unit ran twice to its end. */
    private static void assertEachMadeOnce(Path out, int units) throws IOException {
        try (Stream<Path> logs = Files.walk(out.resolve("jobs"))) {
            Map<String, Long> made = logs.filter(f -> f.getFileName().toString().matches("task-\\d+\\.log"))
                    .flatMap(f -> text(f).lines())
                    .filter(line -> line.contains("] made in "))
                    .collect(
                            Collectors.groupingBy(line -> line.substring(0, line.indexOf(']')), Collectors.counting()));
            assertThat(made).hasSize(units).allSatisfy((unit, count) -> assertThat(count)
                    .isEqualTo(1));
        }
    }

    private static int inProcess(String... arguments) {
        StringWriter text = new StringWriter();
        PrintWriter writer = new PrintWriter(text);
        return Program.run(writer, writer, arguments);
    }
}
