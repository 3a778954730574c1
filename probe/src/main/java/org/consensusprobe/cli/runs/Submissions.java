package org.consensusprobe.cli.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.units.Unit;
import org.consensusprobe.schedulers.Slurm;

/** What of a sweep was submitted: a numbered folder in {@code jobs/} for each array, with its script, tasks, logs and job number. */
final class Submissions {
    static final String TASKS = "tasks";
    static final String SCRIPT = "task.sh";
    private static final String JOB = "job";
    private static final String COLLECTOR = "collector";

    private final Path jobs;
    private final List<Array> arrays = new ArrayList<>();

    /**
     * One array.
     *
     * @param tasks ids of units, a list for each task
     */
    record Array(Path folder, String job, List<List<String>> tasks) {
        Path log(int task) {
            return folder.resolve("task-" + task + ".log");
        }
    }

    Submissions(Path jobs) {
        this.jobs = jobs;
        if (!Files.isDirectory(jobs)) {
            return;
        }
        try (Stream<Path> folders = Files.list(jobs)) {
            for (Path folder : folders.filter(f -> f.getFileName().toString().matches("\\d{4,}"))
                    .sorted()
                    .toList()) {
                if (Files.exists(folder.resolve(JOB))) {
                    arrays.add(new Array(
                            folder,
                            Files.readString(folder.resolve(JOB)).strip(),
                            Files.readAllLines(folder.resolve(TASKS)).stream()
                                    .map(line -> List.of(line.split(" ")))
                                    .toList()));
                }
            }
        } catch (IOException e) {
            throw Problem.input(e, "%s: cannot be read: %s.", jobs, e.getMessage());
        }
    }

    /** Makes the folder of one more array. */
    Path next(List<List<Unit>> tasks) {
        try {
            Path folder;
            int number = 1;
            do {
                folder = jobs.resolve(String.format("%04d", number++));
            } while (Files.exists(folder));
            Files.createDirectory(folder);
            AtomicFiles.writeText(
                    folder.resolve(TASKS),
                    tasks.stream()
                            .map(task -> task.stream().map(Unit::id).collect(Collectors.joining(" ")) + "\n")
                            .collect(Collectors.joining()));
            return folder;
        } catch (IOException e) {
            throw Problem.failed(e, "%s: cannot be written: %s.", jobs, AtomicFiles.describe(e));
        }
    }

    /** An array is queued. */
    void submitted(Path folder, String job) {
        AtomicFiles.writeText(folder.resolve(JOB), job + "\n");
    }

    /** The job that collects is queued. */
    void collector(String job) {
        AtomicFiles.writeText(jobs.resolve(COLLECTOR), job + "\n");
    }

    private Set<String> collectors() {
        try {
            return Files.exists(jobs.resolve(COLLECTOR))
                    ? Set.of(Files.readString(jobs.resolve(COLLECTOR)).strip())
                    : Set.of();
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** Those of a user's jobs that are this sweep's tasks. */
    List<Slurm.Queued> tasksIn(List<Slurm.Queued> queue) {
        Set<String> own = arrays.stream().map(Array::job).collect(Collectors.toSet());
        return queue.stream().filter(q -> own.contains(q.job())).toList();
    }

    /** Whether the job that collects has not ended. */
    boolean isCollecting(List<Slurm.Queued> queue) {
        return queue.stream().anyMatch(q -> collectors().contains(q.job()));
    }

    /** The numbers of this sweep's jobs that have not ended. */
    Set<String> jobsIn(List<Slurm.Queued> queue) {
        Set<String> jobs = tasksIn(queue).stream().map(Slurm.Queued::job).collect(Collectors.toSet());
        queue.stream().map(Slurm.Queued::job).filter(collectors()::contains).forEach(jobs::add);
        return jobs;
    }

    /** The units that queued tasks will make. */
    Set<String> covered(List<Slurm.Queued> queue) {
        Map<String, Array> byJob = arrays.stream().collect(Collectors.toMap(Array::job, a -> a, (a, b) -> b));
        Set<String> covered = new HashSet<>();
        for (Slurm.Queued queued : tasksIn(queue)) {
            List<List<String>> tasks = byJob.get(queued.job()).tasks();
            if (queued.task() >= 1 && queued.task() <= tasks.size()) {
                covered.addAll(tasks.get(queued.task() - 1));
            }
        }
        return covered;
    }

    /** The log of each unit's last task. */
    Map<String, Path> logs() {
        Map<String, Path> logs = new TreeMap<>();
        for (Array array : arrays) {
            for (int task = 1; task <= array.tasks().size(); task++) {
                for (String id : array.tasks().get(task - 1)) {
                    logs.put(id, array.log(task));
                }
            }
        }
        return logs;
    }
}
