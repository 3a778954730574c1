package org.consensusprobe.cli;

import java.io.PrintWriter;
import java.util.Optional;
import org.consensusprobe.experiment.Calibration;
import org.consensusprobe.experiment.RecordedRun;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.experiment.sweep.Machine;
import org.consensusprobe.experiment.sweep.RunSpec;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.model.Transformer;
import org.consensusprobe.prompts.PromptContext;
import org.consensusprobe.prompts.PromptReader;
import org.consensusprobe.prompts.PromptSet;

/** Finds models and prompts for the runs of a sweep. */
final class RunPreparer implements Sweep.Preparer {
    private final ModelLookup models;
    private final Machine machine;
    private final Calibration calibration = new Calibration();

    RunPreparer(MachineOptions options, PrintWriter err) {
        this.models = ModelLookup.online(options.offline(), err);
        this.machine = options.machine();
    }

    @Override
    public RecordedRun prepare(RunSpec spec) {
        ModelLookup.Found found = models.find(spec.modelWithRevision(), spec.weights());
        return RecordedRun.prepare(
                found.subject(), spec.plan(machine), prompts(found, spec), found.hubId(), found.revision());
    }

    /** What a run will cost; only the model's config is needed, whatever its weights. */
    Calibration.Estimate estimate(RunSpec spec) {
        ModelLookup.Found found = models.find(spec.modelWithRevision(), WeightMode.RANDOM);
        Transformer model = found.subject().transformer();
        return calibration.estimate(
                model, spec.plan(machine), prompts(found, spec).ids());
    }

    private static PromptSet prompts(ModelLookup.Found found, RunSpec spec) {
        Transformer.Sizes sizes = found.subject().transformer().sizes();
        return PromptReader.read(
                spec.prompts(),
                new PromptContext(
                        sizes.vocabulary(),
                        sizes.context(),
                        found.subject().name(),
                        namesFile(spec.prompts()) ? found.tokenizer().get() : Optional.empty(),
                        spec.specialTokens(),
                        spec.limitPrompts()));
    }

    // ids need no tokenizer, so none is looked for
    private static boolean namesFile(String prompts) {
        return prompts.contains(".");
    }
}
