package org.consensusprobe.experiment.units;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.PromptShare;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ResumeArchive;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;

/**
 * Makes units one after the other, as one of many processes on many machines: those that nobody has made or is making, each to
 * its end or to a state from which the next process goes on. What another one makes is waited for, and taken over if he dies.
 */
public final class UnitWorker {
    /** How often a unit is begun, unless told otherwise, before it is given up. */
    public static final int DEFAULT_TRIES = 3;

    private static final int MOST_NAMESAKES = 1000;
    private static final long LOOK_AGAIN_MILLIS = 500;

    private final SweepFolder folder;
    private final Preparer preparer;
    private final int tries;
    private final Listener listener;
    private final BooleanSupplier cancelled;

    /**
     * A worker.
     *
     * @param tries how often a unit may be begun without coming any further
     */
    public UnitWorker(SweepFolder folder, Preparer preparer, int tries, Listener listener, BooleanSupplier cancelled) {
        this.folder = folder;
        this.preparer = preparer;
        this.tries = tries;
        this.listener = listener;
        this.cancelled = cancelled;
    }

    /** Finds model and prompts of a unit. */
    @FunctionalInterface
    public interface Preparer {
        /**
         * Prepares a unit, which the caller closes.
         *
         * @throws Problem if it cannot be made
         */
        RecordedRun prepare(RunPlan plan, PromptShare share);
    }

    /** Told about the units as they go. */
    public interface Listener {
        /** A unit is begun, for the how-manieth time; what it returns is told about its blocks. */
        RunListener onStart(Unit unit, int attempt);

        /** A unit is made now, or was made before. */
        void onDone(Unit unit, boolean before, double seconds);

        /** A unit came to nothing; it is tried again, or given up. */
        void onFailed(Unit unit, Problem problem, boolean again);

        /** Another process makes the unit. */
        void onWaiting(Unit unit);
    }

    /**
     * Makes units.
     *
     * @return the problems of those that were given up; empty if all are made
     * @throws Problem if it is interrupted
     */
    public List<Problem> work(List<Unit> units) {
        List<Problem> problems = new ArrayList<>();
        List<Unit> left = new ArrayList<>(units);
        boolean told = false;
        try (Claims claims = new Claims(folder.state())) {
            while (!left.isEmpty()) {
                List<Unit> elsewhere = new ArrayList<>();
                for (Unit unit : left) {
                    requireNoInterruption();
                    if (isMade(unit)) {
                        listener.onDone(unit, true, 0);
                    } else if (claims.take(unit.id())) {
                        try {
                            make(unit).ifPresent(problems::add);
                        } finally {
                            claims.release(unit.id());
                        }
                    } else {
                        elsewhere.add(unit);
                    }
                }
                if (!elsewhere.isEmpty()) {
                    if (!told) {
                        listener.onWaiting(elsewhere.get(0));
                        told = true;
                    }
                    pause();
                }
                left = elsewhere;
            }
        }
        return problems;
    }

    /** Whether a unit is marked as made, and its run is there still. */
    private boolean isMade(Unit unit) {
        if (!folder.isDone(unit)) {
            return false;
        }
        try {
            Path manifest = folder.directory(unit).resolve(RunDirectory.MANIFEST);
            if (Manifest.read(manifest).status() == Manifest.Status.COMPLETE) {
                return true;
            }
        } catch (Problem e) {
            // removed or damaged since: it is made anew
        }
        folder.undo(unit);
        return false;
    }

    private Optional<Problem> make(Unit unit) {
        while (true) {
            int reached = reached(unit);
            SweepFolder.Tries before = folder.tries(unit);
            int attempt = reached > before.reached() ? 1 : before.count() + 1;
            if (attempt > tries) {
                Problem problem = Problem.failed(
                        "begun %d times and never further than block %d: killed each time, or stopped before a block was"
                                + " done; --tries %d allows one more",
                        before.count(), reached, before.count() + 1);
                return Optional.of(giveUp(unit, problem));
            }
            // before it begins: a process that is killed says nothing any more
            folder.tries(unit, new SweepFolder.Tries(attempt, reached));
            try {
                makeOnce(unit, attempt);
                return Optional.empty();
            } catch (Problem e) {
                if (e.exitCode() == Problem.INTERRUPTED) {
                    throw e;
                }
                if (isMade(unit)) {
                    return Optional.empty(); // another process that made it too was faster
                }
                if (e.exitCode() != Problem.FAILED || attempt >= tries) {
                    return Optional.of(giveUp(unit, e));
                }
                listener.onFailed(unit, e, true);
            }
        }
    }

    /** The block from which a process that begins the unit now would go on. */
    private int reached(Unit unit) {
        Path state = folder.path().resolve(unit.folder()).resolve(RunDirectory.STATE);
        if (!Files.exists(state)) {
            return 0;
        }
        try (ResumeArchive archive = ResumeArchive.open(state)) {
            return archive.progress().blocksDone();
        } catch (Problem e) {
            return 0; // it ends when it is opened in earnest
        }
    }

    private Problem giveUp(Unit unit, Problem problem) {
        folder.failed(unit, problem.getMessage().lines().findFirst().orElse(""));
        listener.onFailed(unit, problem, false);
        return problem;
    }

    private void makeOnce(Unit unit, int attempt) {
        long start = System.nanoTime();
        try (RecordedRun run = preparer.prepare(unit.plan().get(), unit.share());
                RunDirectory directory = open(unit, run)) {
            if (run.isFinishedIn(directory)) {
                double seconds =
                        RunReader.open(directory.path()).manifest().timings().seconds();
                folder.done(unit, directory.path(), seconds);
                listener.onDone(unit, true, seconds);
                return;
            }
            RunListener blocks = listener.onStart(unit, attempt);
            run.into(directory, blocks, cancelled);
            double seconds = (System.nanoTime() - start) * 1e-9;
            folder.done(unit, directory.path(), seconds);
            listener.onDone(unit, false, seconds);
        }
    }

    /** The folder of this very unit; where its name is taken by one of other files or another version, the next one. */
    private RunDirectory open(Unit unit, RecordedRun run) {
        for (int i = 1; i <= MOST_NAMESAKES; i++) {
            RunDirectory directory =
                    RunDirectory.shared(folder.path().resolve(unit.folder() + (i == 1 ? "" : "-" + i)));
            if (directory.earlier().flatMap(run::difference).isEmpty()) {
                return directory;
            }
        }
        throw Problem.failed("%s: %d other runs of that name are there.", unit.folder(), MOST_NAMESAKES);
    }

    private void requireNoInterruption() {
        if (cancelled.getAsBoolean()) {
            throw Problem.interrupted(
                    "Interrupted; the units that are left are made by whoever begins this task again.");
        }
    }

    private void pause() {
        requireNoInterruption();
        try {
            Thread.sleep(LOOK_AGAIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.interrupted("Interrupted.");
        }
    }
}
