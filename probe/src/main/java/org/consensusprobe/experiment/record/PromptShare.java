package org.consensusprobe.experiment.record;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.experiment.loop.ChunkRule;
import org.consensusprobe.plan.Initial;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.prompts.PromptSet;

/**
 * A share of a run's prompts, cut where chunks end, so that the shares of a run put together are the run, byte for byte.
 *
 * @param index from 1
 * @param count of shares that make the run
 */
public record PromptShare(int index, int count) {
    /** All prompts. */
    public static final PromptShare WHOLE = new PromptShare(1, 1);

    /** The manifest's section that says which prompts of which run a share has. */
    public static final String SECTION = "share";

    public PromptShare {
        if (index < 1 || index > count) {
            throw new IllegalArgumentException("share " + index + " of " + count);
        }
    }

    /** Whether it is the whole run. */
    public boolean isWhole() {
        return count == 1;
    }

    /** Why a run has to stay whole, in words; empty if its prompts have nothing to do with one another. */
    public static Optional<String> obstacle(RunPlan plan) {
        List<String> mixing = plan.measures().stream()
                .filter(MeasureNames.OVER_ALL_PROMPTS::contains)
                .toList();
        if (!mixing.isEmpty()) {
            return Optional.of(String.join(", ", mixing) + (mixing.size() == 1 ? " is" : " are")
                    + " taken over all prompts at once");
        }
        if (plan.passes().until().isPresent()) {
            return Optional.of("until ends it when all prompts have settled");
        }
        return plan.initial().kind() == Initial.Kind.EMBEDDING
                ? Optional.empty()
                : Optional.of("its initial states are not the embedding of its prompts");
    }

    /** The indices of its prompts in a run. */
    public int[] members(List<int[]> prompts, RunPlan plan) {
        return ChunkRule.shares(prompts, plan.arithmetic().chunk().orElse(0), count)
                .get(index - 1);
    }

    /** Its prompts. */
    PromptSet of(PromptSet prompts, RunPlan plan) {
        return isWhole() ? prompts : prompts.only(members(prompts.ids(), plan));
    }

    /** Says in a manifest which prompts of the whole run these are. */
    void enter(ObjectNode section, PromptSet whole, RunPlan plan) {
        section.put("index", index);
        section.put("count", count);
        section.put("prompts_of_run", whole.count());
        section.put("prompts_of_run_sha256", whole.sha256());
        var members = section.putArray("prompts");
        for (int member : members(whole.ids(), plan)) {
            members.add(member);
        }
    }
}
