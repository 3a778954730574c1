package org.consensusprobe.lookup;

import java.util.Optional;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;

/**
 * A checkpoint of a training.
 *
 * @param number of the step
 * @param name of its branch, tag or folder
 * @param model as {@code --model} takes it, without a revision
 * @param revision on the hub; empty for a folder
 * @param commit that the revision stands for, as the hub says; empty for a folder
 */
public record TrainingStep(long number, String name, String model, Optional<String> revision, Optional<String> commit) {
    /** The same run of this checkpoint. */
    public RunPlan of(RunPlan plan) {
        return plan.with(Fields.MODEL, model).with(Fields.REVISION, revision);
    }
}
