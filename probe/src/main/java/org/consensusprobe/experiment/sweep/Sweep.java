package org.consensusprobe.experiment.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.record.RecordedRun;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;

/**
 * Makes the runs of a sweep, one after the other, each in a folder of its own in {@code runs/}.
 *
 * <p>A finished run of the same program, plan, prompts and files is used again, an unfinished one resumed. A run
 * that fails does not keep the others from running.
 */
public final class Sweep {
    private static final int MOST_NAMESAKES = 1000;

    private final Path folder;
    private final Preparer preparer;
    private final BiPredicate<RunPlan, Manifest> known;
    private String again = "";

    /** A sweep into a folder. */
    public Sweep(Path folder, Preparer preparer) {
        this(folder, preparer, (plan, manifest) -> false);
    }

    /**
     * A sweep into a folder.
     *
     * @param known whether a finished run is a plan's own, which needs no look at its files
     */
    public Sweep(Path folder, Preparer preparer, BiPredicate<RunPlan, Manifest> known) {
        this.folder = folder;
        this.preparer = preparer;
        this.known = known;
    }

    /** This sweep, which goes on after an interruption with these options beside {@code --out}. */
    public Sweep goingOnWith(String options) {
        again = " " + options;
        return this;
    }

    /** Finds model and prompts of a run. */
    @FunctionalInterface
    public interface Preparer {
        /**
         * Prepares a run, which the caller closes.
         *
         * @throws Problem if the run cannot be made
         */
        RecordedRun prepare(RunPlan plan);
    }

    /** Told about the sweep as it goes. */
    public interface Listener {
        /** A run is about to start; what it returns is told about its blocks. */
        RunListener onStart(int index, RunPlan plan);

        void onEnd(int index, Outcome outcome);
    }

    /** How a run ended. */
    public enum End {
        DONE,
        REUSED,
        FAILED
    }

    /**
     * A run and how it ended.
     *
     * @param directory where it is; of a run that could not be prepared, where it would have been
     * @param problem why it failed
     */
    public record Outcome(RunPlan plan, Path directory, End end, Optional<Problem> problem) {
        /** Whether it can be read: made now or before. */
        public boolean finished() {
            return end != End.FAILED;
        }

        /** The run, to be read. */
        public RunReader read() {
            return RunReader.open(directory);
        }

        /** Why it failed, in one line. */
        public String reason() {
            return problem.flatMap(p -> p.getMessage().lines().findFirst()).orElse("");
        }
    }

    /**
     * Makes all runs.
     *
     * @throws Problem if the sweep is interrupted; runs that failed are among the outcomes
     */
    public List<Outcome> run(List<RunPlan> plans, Listener listener, BooleanSupplier cancelled) {
        requireFolder();
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < plans.size(); i++) {
            if (cancelled.getAsBoolean()) {
                throw howToGoOn(Problem.interrupted("Interrupted before run %d of %d.", i + 1, plans.size()));
            }
            RunPlan plan = plans.get(i);
            RunListener blocks = listener.onStart(i, plan);
            Outcome outcome;
            try {
                outcome = run(plan, blocks, cancelled);
            } catch (Problem e) {
                if (e.exitCode() == Problem.INTERRUPTED) {
                    throw howToGoOn(e);
                }
                outcome = new Outcome(plan, runsFolder().resolve(Titles.folderName(plan)), End.FAILED, Optional.of(e));
            }
            outcomes.add(outcome);
            listener.onEnd(i, outcome);
        }
        return outcomes;
    }

    private Problem howToGoOn(Problem interruption) {
        return Problem.interrupted(
                "%s%nTo go on: the same command with --out %s%s; finished runs are used again, this one resumes.",
                interruption.getMessage(), folder, again);
    }

    /** How far a run came, as its manifest says; empty if it never started. */
    public Optional<Manifest.Status> statusOf(RunPlan plan) {
        Path manifest = runsFolder().resolve(Titles.folderName(plan)).resolve(RunDirectory.MANIFEST);
        try {
            return Files.exists(manifest) ? Optional.of(Manifest.read(manifest).status()) : Optional.empty();
        } catch (Problem e) {
            return Optional.empty();
        }
    }

    private Outcome run(RunPlan plan, RunListener listener, BooleanSupplier cancelled) {
        Path first = runsFolder().resolve(Titles.folderName(plan));
        if (statusOf(plan).filter(s -> s == Manifest.Status.COMPLETE).isPresent()
                && known.test(plan, Manifest.read(first.resolve(RunDirectory.MANIFEST)))) {
            return new Outcome(plan, first, End.REUSED, Optional.empty());
        }
        try (RecordedRun run = preparer.prepare(plan);
                RunDirectory directory = open(plan, run)) {
            if (run.isFinishedIn(directory)) {
                return new Outcome(plan, directory.path(), End.REUSED, Optional.empty());
            }
            run.into(directory, listener, cancelled);
            return new Outcome(plan, directory.path(), End.DONE, Optional.empty());
        }
    }

    /** The folder of this very run; where its name is taken by a run of other files or another version, the next one. */
    private RunDirectory open(RunPlan plan, RecordedRun run) {
        for (int i = 1; i <= MOST_NAMESAKES; i++) {
            Path path = runsFolder().resolve(Titles.folderName(plan) + (i == 1 ? "" : "-" + i));
            RunDirectory directory = RunDirectory.resume(path);
            if (directory.earlier().flatMap(run::difference).isEmpty()) {
                return directory;
            }
            directory.close();
        }
        throw Problem.failed("%s: %d other runs of that name are in it.", runsFolder(), MOST_NAMESAKES);
    }

    private Path runsFolder() {
        return folder.resolve("runs");
    }

    private void requireFolder() {
        try {
            Files.createDirectories(runsFolder());
        } catch (IOException e) {
            throw Problem.input(e, "--out %s: the folder cannot be made: %s.", folder, e.getMessage());
        }
    }
}
