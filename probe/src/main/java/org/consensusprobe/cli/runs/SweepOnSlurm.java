package org.consensusprobe.cli.runs;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.consensusprobe.cli.terminal.Amounts;
import org.consensusprobe.cli.terminal.Installation;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.units.SweepFolder;
import org.consensusprobe.experiment.units.Tasks;
import org.consensusprobe.experiment.units.Unit;
import org.consensusprobe.experiment.units.UnitList;
import org.consensusprobe.schedulers.Slurm;
import org.consensusprobe.schedulers.SlurmOptions;
import org.consensusprobe.schedulers.SlurmScript;

/** A sweep on Slurm: what is missing is submitted as arrays of tasks, and a job that collects when they have ended. */
final class SweepOnSlurm {
    /** What a task takes beside its units' own memory: pages of mapped files that are in use, and a margin. */
    private static final double MEMORY_MARGIN = 1.25;

    private static final long MEMORY_BESIDE = 512;

    private final SweepUnits units;
    private final ClusterOptions options;
    private final Path file;
    private final List<String> passedOn;
    private final double taskSeconds;
    private final int tries;
    private final PrintWriter out;
    private final Slurm slurm;
    private final SlurmOptions asked;
    private final Path jobs;

    /**
     * A sweep.
     *
     * @param file the sweep file
     * @param passedOn the options that tasks are given
     */
    SweepOnSlurm(
            SweepUnits units,
            ClusterOptions options,
            Path file,
            List<String> passedOn,
            double taskSeconds,
            int tries,
            PrintWriter out) {
        this.units = units;
        this.options = options;
        this.file = file;
        this.passedOn = passedOn;
        this.taskSeconds = taskSeconds;
        this.tries = tries;
        this.out = out;
        this.asked = options.options();
        this.slurm = Slurm.here();
        this.jobs = units.folder().path().toAbsolutePath().normalize().resolve(SweepFolder.JOBS);
    }

    Slurm slurm() {
        return slurm;
    }

    Path jobs() {
        return jobs;
    }

    /** Ends the sweep's jobs. */
    void cancel() {
        Set<String> own = new Submissions(jobs).jobsIn(slurm.queue());
        if (own.isEmpty()) {
            out.println("No job of this sweep is queued or running.");
            return;
        }
        slurm.cancel(List.copyOf(own));
        out.printf(
                "Ended: jobs %s. What they have made stays; the same command without --cancel goes on.%n",
                String.join(", ", own));
        out.flush();
    }

    /** Submits what is neither made nor queued; whether all is made and nothing is queued. */
    boolean submit() {
        OptionalMemory memory =
                new OptionalMemory(slurm.largestNode(asked.get("partition")).orElse(0));
        units.folder().create();
        Submissions before = new Submissions(jobs);
        List<Slurm.Queued> queue = slurm.queue();
        UnitList list = list(before, queue);
        requirePossible(list);
        Set<String> covered = before.covered(queue);
        SweepFolder.Status status = units.folder().status();
        List<Unit> missing = list.units().stream()
                .filter(unit -> !status.done().contains(unit.id()) && !covered.contains(unit.id()))
                .toList();
        if (missing.isEmpty()) {
            out.printf(
                    "Nothing to submit: of %d units %d are made and %d are queued or running.%n",
                    list.units().size(), status.done().size(), covered.size());
            out.flush();
            return before.jobsIn(queue).isEmpty();
        }
        long megabytes = memory.require(missing, asked);
        missing.forEach(units.folder()::forget);
        submit(missing, megabytes, before, list.units().size());
        return false;
    }

    private UnitList list(Submissions before, List<Slurm.Queued> queue) {
        boolean busy = !before.tasksIn(queue).isEmpty();
        try {
            if (units.folder().list().isPresent()) {
                return units.agreed();
            }
        } catch (Problem e) {
            if (busy) {
                throw Problem.input(
                        "%s%nIts jobs are queued or running: let them end, end them with --cancel, or give the changed sweep"
                                + " another --out.",
                        e.getMessage().lines().findFirst().orElse(""));
            }
        }
        units.fetchModels();
        UnitList list = units.planned();
        list.write(units.folder().listFile());
        return list;
    }

    private static void requirePossible(UnitList list) {
        List<Unit> impossible =
                list.units().stream().filter(unit -> !unit.possible()).toList();
        if (!impossible.isEmpty()) {
            throw Problem.input(
                    "%d of %d units cannot be made, and nothing was submitted; the first is run %d of the sweep:%n%s",
                    impossible.size(),
                    list.units().size(),
                    impossible.get(0).run() + 1,
                    impossible.get(0).note().orElse(""));
        }
    }

    /** The memory of the largest node, in megabytes; 0 where Slurm does not know it. */
    private record OptionalMemory(long largest) {
        /** What a task has to ask for; 0: nothing. */
        long require(List<Unit> missing, SlurmOptions asked) {
            long needed = 0;
            Unit greatest = missing.get(0);
            for (Unit unit : missing) {
                if (unit.cost().memoryBytes() > greatest.cost().memoryBytes()) {
                    greatest = unit;
                }
            }
            needed = (long) (greatest.cost().memoryBytes() * MEMORY_MARGIN) / (1 << 20) + MEMORY_BESIDE;
            long given = asked.megabytes().orElse(0L);
            if (given > 0 && given < greatest.cost().memoryBytes() >> 20) {
                throw Problem.input(
                        "--slurm mem=%s: %s needs about %s.",
                        asked.get("mem").orElse(""),
                        greatest.id(),
                        Amounts.size(greatest.cost().memoryBytes()));
            }
            long wanted = given > 0 ? given : asked.asksForMemory() ? 0 : needed;
            if (largest > 0 && wanted > largest) {
                throw Problem.input(
                        "%s: no node%s has that much; the largest has %d MB.",
                        given > 0
                                ? "--slurm mem=" + asked.get("mem").orElse("")
                                : greatest.id() + " needs about " + wanted + " MB of memory",
                        asked.get("partition").map(p -> " of partition " + p).orElse(""),
                        largest);
            }
            return largest > 0 && given == 0 ? wanted : 0;
        }
    }

    private void submit(List<Unit> missing, long megabytes, Submissions submissions, int all) {
        List<List<Unit>> tasks = Tasks.pack(missing, taskSeconds);
        Path copy = copyOfSweep();
        SlurmScript scripts = new SlurmScript(
                asked,
                Path.of("").toAbsolutePath(),
                file.getFileName().toString().replaceAll("\\.json$", ""));
        int most = Math.max(1, slurm.maxArraySize() - 1);
        List<String> submitted = new ArrayList<>();
        for (int from = 0; from < tasks.size(); from += most) {
            List<List<Unit>> some = tasks.subList(from, Math.min(tasks.size(), from + most));
            Path folder = submissions.next(some);
            List<String> command = command(
                    copy,
                    "--offline",
                    "--unit",
                    "auto",
                    "--tasks",
                    folder.resolve(Submissions.TASKS).toString(),
                    "--tries",
                    Integer.toString(tries));
            Path script = folder.resolve(Submissions.SCRIPT);
            AtomicFiles.writeText(
                    script,
                    scripts.array(
                            some.size(),
                            options.arrayLimit == null ? 0 : options.arrayLimit,
                            megabytes,
                            folder,
                            command,
                            tries));
            submitted.add(queue(script, folder, submissions));
        }
        Path collect = jobs.resolve("collect.sh");
        AtomicFiles.writeText(collect, scripts.collector(jobs, command(copy, "--offline", "--collect")));
        submissions.collector(slurm.submit(collect, submitted));
        out.printf(
                "Submitted %d of %d units in %d %s: job %s. Logs are in %s%n",
                missing.size(),
                all,
                tasks.size(),
                tasks.size() == 1 ? "task" : "tasks",
                String.join(", ", submitted),
                jobs);
        out.flush();
    }

    private String queue(Path script, Path folder, Submissions submissions) {
        try {
            slurm.test(script);
            String job = slurm.submit(script, List.of());
            submissions.submitted(folder, job);
            return job;
        } catch (Problem e) {
            try {
                Files.deleteIfExists(script);
                Files.deleteIfExists(folder.resolve(Submissions.TASKS));
                Files.deleteIfExists(folder);
            } catch (IOException ignored) {
                e.addSuppressed(ignored);
            }
            throw e;
        }
    }

    // the file may change while its jobs wait; they go by what was submitted
    private Path copyOfSweep() {
        Path copy = jobs.resolve(file.getFileName());
        try {
            if (!Files.exists(copy) || !Files.isSameFile(copy, file)) {
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
            return copy;
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be written: %s.", copy, AtomicFiles.describe(e));
        }
    }

    private List<String> command(Path sweep, String... more) {
        List<String> command = new ArrayList<>(Installation.command());
        command.addAll(List.of(
                "sweep",
                sweep.toString(),
                "--out",
                units.folder().path().toAbsolutePath().normalize().toString()));
        command.addAll(passedOn);
        command.addAll(List.of(more));
        return command;
    }
}
