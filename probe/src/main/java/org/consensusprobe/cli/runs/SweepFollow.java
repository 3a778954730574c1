package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.consensusprobe.cli.terminal.Interruption;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.units.SweepFolder;
import org.consensusprobe.experiment.units.Unit;
import org.consensusprobe.experiment.units.UnitList;
import org.consensusprobe.schedulers.Slurm;

/** Shows how far a sweep's jobs are, until they have ended; it takes no part in them. */
final class SweepFollow {
    private static final long LOOK_MILLIS = 500;
    private static final int LOOKS_BETWEEN_QUESTIONS = 6;

    private final SweepFolder folder;
    private final UnitList list;
    private final Slurm slurm;
    private final Path jobs;
    private final PrintWriter err;
    private final Set<String> told = new HashSet<>();

    SweepFollow(SweepFolder folder, UnitList list, Slurm slurm, Path jobs, PrintWriter err) {
        this.folder = folder;
        this.list = list;
        this.slurm = slurm;
        this.jobs = jobs;
        this.err = err;
    }

    /**
     * Follows the jobs to their end.
     *
     * @throws Problem if the following is interrupted
     */
    void toTheEnd() {
        Submissions submissions = new Submissions(jobs);
        Map<String, Path> logs = submissions.logs();
        List<Slurm.Queued> queue = slurm.queue();
        try (Progress progress = new Progress(err, "units", list.units().size())) {
            int before = done();
            if (before > 0) {
                progress.resumed(before);
            }
            for (int look = 1; ; look++) {
                SweepFolder.Status status = folder.status();
                status.failed().stream().filter(told::add).forEach(id -> tellFailed(progress, id, logs));
                int done = (int) list.units().stream()
                        .filter(unit -> status.done().contains(unit.id()))
                        .count();
                if (done > before) {
                    before = done;
                    progress.reached(
                            done,
                            status.failed().isEmpty() ? "" : status.failed().size() + " given up");
                }
                if (!submissions.isCollecting(queue)
                        && submissions.tasksIn(queue).isEmpty()) {
                    return;
                }
                pause();
                if (look % LOOKS_BETWEEN_QUESTIONS == 0) {
                    queue = queue(queue);
                }
            }
        }
    }

    private int done() {
        Set<String> done = folder.status().done();
        return (int) list.units().stream().map(Unit::id).filter(done::contains).count();
    }

    // a controller that is restarted does not answer for a while
    private List<Slurm.Queued> queue(List<Slurm.Queued> last) {
        try {
            return slurm.queue();
        } catch (Problem e) {
            return last;
        }
    }

    private void tellFailed(Progress progress, String id, Map<String, Path> logs) {
        progress.line(id + " was given up: " + folder.reason(id)
                + (logs.containsKey(id) ? "; its log is " + logs.get(id) : ""));
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (Interruption.requested() || Thread.currentThread().isInterrupted()) {
            throw Problem.interrupted("The jobs go on. The same command follows them again; --cancel ends them.");
        }
    }
}
