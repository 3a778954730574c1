package org.consensusprobe.experiment.record;

import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.loop.Ablation;
import org.consensusprobe.experiment.loop.Experiment;
import org.consensusprobe.experiment.loop.Inputs;
import org.consensusprobe.experiment.loop.Lens;
import org.consensusprobe.experiment.loop.MemoryPlan;
import org.consensusprobe.experiment.loop.PassTrail;
import org.consensusprobe.experiment.loop.RunListener;
import org.consensusprobe.experiment.loop.RunListeners;
import org.consensusprobe.experiment.loop.ZeroRows;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.PromptsOfRun;
import org.consensusprobe.lookup.Subject;
import org.consensusprobe.measure.Measure;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.plan.Machine;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.RunDirectory;

/** A run that leaves a run directory: manifest, error.npy, curve.csv and, on request, measures and
 * hidden.npy. */
public final class RecordedRun implements AutoCloseable {
    private final Subject subject;
    private final RunPlan plan;
    private final PromptSet prompts;
    private final Consumer<Manifest> share;
    private final RunRecord.Origin origin;
    private final Experiment experiment;
    private FileHashes hashes;
    private TokenizerRecord tokenizer;

    private RecordedRun(
            Subject subject,
            RunPlan plan,
            Machine machine,
            PromptSet whole,
            PromptShare share,
            RunRecord.Origin origin) {
        this.subject = subject;
        this.plan = subject.transformer().fit(plan);
        this.prompts = share.of(whole, plan);
        this.share = share.isWhole() ? manifest -> {} : m -> share.enter(m.section(PromptShare.SECTION), whole, plan);
        this.origin = origin;
        this.experiment = Experiment.prepare(subject, this.plan, machine, Inputs.of(prompts));
    }

    /**
     * Prepares a run; nothing is written yet.
     *
     * @param hubId the model's hub id, if it has one
     * @param revision its resolved commit, if it has one
     * @throws Problem if plan, files and machine do not fit together
     */
    public static RecordedRun prepare(
            Subject subject,
            RunPlan plan,
            Machine machine,
            PromptSet prompts,
            Optional<String> hubId,
            Optional<String> revision) {
        return new RecordedRun(
                subject, plan, machine, prompts, PromptShare.WHOLE, new RunRecord.Origin(hubId, revision));
    }

    /**
     * Finds a run's model and prompts and prepares it; nothing is written yet.
     *
     * @throws Problem if plan, files and machine do not fit together
     */
    public static RecordedRun prepare(RunPlan plan, Machine machine, ModelLookup models) {
        return prepare(plan, PromptShare.WHOLE, machine, models);
    }

    /**
     * As {@link #prepare(RunPlan, Machine, ModelLookup)}, of a share of the run's prompts.
     *
     * @throws Problem if plan, files and machine do not fit together
     */
    public static RecordedRun prepare(RunPlan asked, PromptShare share, Machine machine, ModelLookup models) {
        ModelLookup.Found found = models.find(asked);
        RunPlan plan = found.subject().transformer().fit(asked);
        Optional<BitSet> leftOut = plan.prompts().skipZeroRows()
                ? Optional.of(ZeroRows.of(found.subject(), plan, machine))
                : Optional.empty();
        plan.route(found.subject().transformer().layers()); // a loop over layers that are not there is said first
        return new RecordedRun(
                found.subject(),
                plan,
                machine,
                PromptsOfRun.read(found, plan, leftOut),
                share,
                new RunRecord.Origin(found.hubId(), found.revision()));
    }

    /**
     * Whether the directory holds this very run, finished.
     *
     * @throws Problem if it holds another run, naming the first difference
     */
    public boolean isFinishedIn(RunDirectory directory) {
        Optional<Manifest> earlier = directory.earlier();
        if (earlier.isEmpty()) {
            return false;
        }
        difference(earlier.get()).ifPresent(difference -> {
            throw Problem.input(
                    "%s: the run in it cannot be resumed as this one; they differ in %s.%n"
                            + "Give the same options, choose another directory with --out, or replace the run with --force.",
                    directory.path(), difference);
        });
        return earlier.get().status() == Manifest.Status.COMPLETE;
    }

    /** The first difference between a recorded run and this one, in words; empty if they give the same bytes. */
    public Optional<String> difference(Manifest recorded) {
        Manifest here = record().manifest();
        if (!recorded.model().files().isEmpty()) {
            here.model(RunRecord.model(subject, plan, origin, hashes().join()));
        }
        return RunIdentity.difference(recorded, here);
    }

    /**
     * Runs and records; a run that the directory holds unfinished is resumed. The manifest is there from the start
     * and tells how the run ended, also when it did not end well.
     *
     * @return the errors, [prompts][blocks + 1]
     * @throws Problem if activations are not finite, the disk refuses, the run is cancelled, or the directory holds
     *     another run
     */
    public double[][] into(RunDirectory directory, RunListener listener, BooleanSupplier cancelled) {
        if (isFinishedIn(directory)) {
            throw new IllegalStateException(directory.path() + " holds the finished run");
        }
        requireRoom(directory.path());
        RunRecord record = record();
        Manifest manifest = record.manifest();
        if (directory.earlier().isPresent()) {
            enterFiles(manifest); // the state beside it may only go on with the files it was made from
        }
        directory.writeManifest(manifest);
        try {
            hashes();
            Route route = plan.route(subject.transformer().layers());
            experiment.statesOut().into(directory);
            Measure.Sizes sizes =
                    new Measure.Sizes(subject.transformer().sizes().heads(), prompts.longest());
            RunColumns columns =
                    new RunColumns(prompts.count(), Measures.named(plan.measures(), plan.similarity()), sizes);
            ResumeFile state = new ResumeFile(
                    directory,
                    record,
                    columns,
                    experiment.numerics().precision(),
                    subject.transformer().sizes().width(),
                    plan,
                    PassTrail.Facts.of(subject.transformer()),
                    route,
                    hashes()::isDone,
                    () -> {
                        enterFiles(manifest);
                        directory.writeManifest(manifest);
                    },
                    listener,
                    System::nanoTime);
            Experiment.Outcome outcome =
                    experiment.run(RunListeners.of(record, columns, listener), null, cancelled, state);
            double[][] error = columns.error();
            directory.writeError(error);
            directory.writeCurve(Curve.of(error, outcome.route()));
            columns.writeMeasures(directory);
            if (experiment.statesOut().files() > 0 && !experiment.initial().replacesPrompts()) {
                TokensOfRun.of(prompts).ifPresent(tokens -> tokens.into(directory.path()));
            }
            enterFiles(manifest);
            record.outcome(outcome, experiment);
            manifest.status(Manifest.Status.COMPLETE, null);
            directory.writeManifest(manifest);
            directory.removeState();
            return error;
        } catch (RuntimeException | Error e) {
            record.measureUse();
            ended(directory, manifest, e);
            throw e;
        }
    }

    private RunRecord record() {
        RunRecord record = new RunRecord(experiment, subject, plan, prompts, origin);
        share.accept(record.manifest());
        return record;
    }

    /** Writes a manifest that says what ended a run. */
    static void ended(RunDirectory directory, Manifest manifest, Throwable e) {
        boolean interrupted = e instanceof Problem p && p.exitCode() == Problem.INTERRUPTED;
        manifest.status(interrupted ? Manifest.Status.INTERRUPTED : Manifest.Status.FAILED, firstLine(e));
        writeLastManifest(directory, manifest, e);
    }

    // what ended the run is the news, not that a full disk takes no manifest either
    private static void writeLastManifest(RunDirectory directory, Manifest manifest, Throwable reason) {
        try {
            directory.writeManifest(manifest);
        } catch (Problem e) {
            reason.addSuppressed(e);
        }
    }

    private void enterFiles(Manifest manifest) {
        manifest.model(RunRecord.model(subject, plan, origin, hashes().join()));
        if (tokenizer == null) {
            tokenizer = TokenizerRecord.of(prompts.tokenizer());
        }
        tokenizer.into(() -> manifest.section("tokenizer"));
    }

    private FileHashes hashes() {
        if (hashes == null) {
            hashes = FileHashes.start(weightFiles());
        }
        return hashes;
    }

    /** What it is, with the model's own values where nothing else was asked for. */
    public RunPlan plan() {
        return plan;
    }

    /** The model under study. */
    public Subject subject() {
        return subject;
    }

    /** The prompts it runs on. */
    public PromptSet prompts() {
        return prompts;
    }

    /**
     * Looks whether the disk has room for the states that the run keeps on its way.
     *
     * @param directory of the run, or the folder in which it will be made; what it holds of them counts
     * @throws Problem if it has not
     */
    public DiskRoom requireRoom(Path directory) {
        return DiskRoom.require(experiment.statesOut(), directory);
    }

    /** The same run with parts left out, without a record of its own. */
    public Ablation ablation() {
        return experiment.ablation();
    }

    /** What states of the run would say of the next token. */
    public Lens lens() {
        return experiment.lens();
    }

    /** What the run holds in memory. */
    public MemoryPlan memory() {
        return experiment.memory();
    }

    private List<Path> weightFiles() {
        return subject.weightFiles();
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }

    @Override
    public void close() {
        experiment.close();
    }
}
