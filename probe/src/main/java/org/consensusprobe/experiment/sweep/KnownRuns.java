package org.consensusprobe.experiment.sweep;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Build;
import org.consensusprobe.lookup.TrainingStep;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.Manifest;

/**
 * Runs of commits on the hub that are known without their files, which may be gone: a commit never changes. Prompts have to be
 * known by their form alone; where they come from a file, the run is looked at as any other.
 */
public final class KnownRuns {
    private final List<TrainingStep> steps;

    /** Of checkpoints whose commits the hub has told. */
    public KnownRuns(List<TrainingStep> steps) {
        this.steps = List.copyOf(steps);
    }

    /** Whether a finished run is a plan's own: the same program, commit and fields. */
    public boolean isKnown(RunPlan plan, Manifest manifest) {
        Optional<String> commit = steps.stream()
                .filter(step -> step.revision().isPresent()
                        && step.revision().equals(plan.model().revision()))
                .findFirst()
                .flatMap(TrainingStep::commit);
        String prompts = plan.prompts().form();
        return commit.isPresent()
                && commit.get().equals(manifest.model().revision())
                && manifest.program().version().equals(Build.version())
                && Optional.ofNullable(manifest.program().commit()).equals(Build.commit())
                && (prompts.equals("paper") || prompts.startsWith("random:"))
                && plan.initial().file().isEmpty()
                && Fields.OF_A_RUN.stream()
                        .filter(field -> field != Fields.MODEL && field.role() != Field.Role.MACHINE)
                        .allMatch(field -> field.text(plan).equals(field.text(manifest.plan())));
    }
}
