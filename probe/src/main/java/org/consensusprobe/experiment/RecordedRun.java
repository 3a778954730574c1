package org.consensusprobe.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.consensusprobe.common.Problem;
import org.consensusprobe.prompts.PromptSet;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.ModelFile;
import org.consensusprobe.results.NpyHeader;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.torch.DType;
import org.consensusprobe.weights.CheckpointDirectory;

/** A run that leaves a run directory: manifest, error.npy, curve.csv and, on request, hidden.npy. */
public final class RecordedRun implements AutoCloseable {
    private final Subject subject;
    private final ExperimentPlan plan;
    private final PromptSet prompts;
    private final RunRecord.Origin origin;
    private final Experiment experiment;

    private RecordedRun(Subject subject, ExperimentPlan plan, PromptSet prompts, RunRecord.Origin origin) {
        this.subject = subject;
        this.plan = plan;
        this.prompts = prompts;
        this.origin = origin;
        this.experiment = Experiment.prepare(subject, plan, prompts.ids());
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
            ExperimentPlan plan,
            PromptSet prompts,
            Optional<String> hubId,
            Optional<String> revision) {
        return new RecordedRun(subject, plan, prompts, new RunRecord.Origin(hubId, revision));
    }

    /**
     * Runs and records. The manifest is there from the start and tells how the run ended, also when it did not end well.
     *
     * @return the errors, [prompts][passes * layers + 1]
     * @throws Problem if activations are not finite, the disk refuses, or the run is cancelled
     */
    public double[][] into(RunDirectory directory, RunListener listener, BooleanSupplier cancelled) {
        RunRecord record = new RunRecord(experiment, subject, plan, prompts, origin);
        Manifest manifest = record.manifest();
        directory.writeManifest(manifest);
        try {
            CompletableFuture<List<ModelFile>> hashes = FileHashes.start(weightFiles());
            ErrorColumns columns = new ErrorColumns();
            List<double[]> hidden = plan.saveHidden() ? new ArrayList<>() : null;
            Experiment.Outcome outcome = experiment.run(
                    RunListeners.of(record, columns, listener),
                    hidden == null ? null : (i, x) -> hidden.add(x),
                    cancelled);
            double[][] error = columns.byPrompt(prompts.count());
            directory.writeError(error);
            directory.writeCurve(
                    Curve.of(error, plan.passes(), subject.transformer().layers()));
            if (hidden != null) {
                writeHidden(directory, hidden);
            }
            manifest.model(RunRecord.model(subject, plan, origin, join(hashes)));
            record.outcome(outcome, experiment.numerics());
            manifest.status(Manifest.Status.COMPLETE, null);
            directory.writeManifest(manifest);
            return error;
        } catch (RuntimeException | Error e) {
            boolean interrupted = e instanceof Problem p && p.exitCode() == Problem.INTERRUPTED;
            record.measureUse();
            manifest.status(interrupted ? Manifest.Status.INTERRUPTED : Manifest.Status.FAILED, firstLine(e));
            directory.writeManifest(manifest);
            throw e;
        }
    }

    /** What the run holds in memory. */
    public MemoryPlan memory() {
        return experiment.memory();
    }

    private List<Path> weightFiles() {
        return subject.checkpoint().map(CheckpointDirectory::weightFiles).orElse(List.of());
    }

    // shorter prompts end in NaN
    private void writeHidden(RunDirectory directory, List<double[]> hidden) {
        int dim = subject.transformer().sizes().width();
        int tokens = prompts.longest();
        boolean wide = plan.dtype() == DType.FLOAT64;
        directory.writeHidden(
                wide ? NpyHeader.Type.FLOAT64 : NpyHeader.Type.FLOAT32, prompts.count(), tokens, dim, writer -> {
                    for (double[] states : hidden) {
                        double[] row = new double[tokens * dim];
                        Arrays.fill(row, Double.NaN);
                        System.arraycopy(states, 0, row, 0, states.length);
                        if (wide) {
                            writer.append(row);
                        } else {
                            writer.append(toFloats(row));
                        }
                    }
                });
    }

    private static float[] toFloats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static List<ModelFile> join(CompletableFuture<List<ModelFile>> hashes) {
        try {
            return hashes.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage())
                .lines()
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }

    /** Collects one column of errors for every depth. */
    private static final class ErrorColumns implements RunListener {
        private final List<double[]> columns = new ArrayList<>();

        @Override
        public void onEmbedded(double[] errors) {
            columns.add(errors);
        }

        @Override
        public void onBlock(int pass, int layer, double[] errors) {
            columns.add(errors);
        }

        double[][] byPrompt(int prompts) {
            double[][] rows = new double[prompts][columns.size()];
            for (int c = 0; c < columns.size(); c++) {
                for (int p = 0; p < prompts; p++) {
                    rows[p][c] = columns.get(c)[p];
                }
            }
            return rows;
        }
    }

    @Override
    public void close() {
        experiment.close();
    }
}
