package org.consensusprobe.experiment.units;

import java.util.Optional;
import java.util.function.Supplier;
import org.consensusprobe.experiment.record.PromptShare;
import org.consensusprobe.plan.RunPlan;

/**
 * The least that is made in one piece: a run of a sweep, or a share of a run's prompts.
 *
 * @param id tells it from any other, and from the same one of other files, prompts, or another version: a file's name
 * @param run its place in the sweep, from 0
 * @param name of the run's folder
 * @param plan of the run
 * @param share of its prompts
 * @param cost as estimated
 * @param note why the run was not split, or why it cannot be made
 * @param possible whether it can be made, as far as is known
 */
public record Unit(
        String id,
        int run,
        String name,
        Supplier<RunPlan> plan,
        PromptShare share,
        Cost cost,
        Optional<String> note,
        boolean possible) {
    /** Where it is made, in the sweep's folder; a run whose name is taken by another one lies beside it. */
    String folder() {
        return share.isWhole() ? "runs/" + name : "shares/" + name + "/" + share.index() + "-of-" + share.count();
    }
}
