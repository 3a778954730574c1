package org.consensusprobe.cli.runs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.check.Evidence;
import org.consensusprobe.lookup.ModelLookup;
import org.consensusprobe.lookup.PromptsOfRun;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.prompts.PromptSet;

/** The prompts of a check: those that were asked for, or natural text and random ids. */
record CheckPrompts(List<Evidence.Prompts> kinds, List<String> remarks) {
    /** How many of each kind, unless told otherwise. */
    private static final int COUNT = 4;

    private static final int LENGTH = 64;
    private static final int SHORTEST = 3;
    private static final String TEXT = "prompts/natural.txt";

    /**
     * Reads them once, before anything runs.
     *
     * @throws Problem if prompts that were asked for cannot be read, are fewer than two or shorter than three tokens
     */
    static CheckPrompts of(ModelLookup.Found found, Values values) {
        if (values.has(Fields.PROMPTS)) {
            return new CheckPrompts(List.of(kind("given", values.get(Fields.PROMPTS), found, values)), List.of());
        }
        if (found.subject().transformer().images().isPresent()) {
            String noise = "random:" + values.get(Fields.LIMIT_PROMPTS).orElse(COUNT) + "@" + values.get(Fields.SEED);
            return new CheckPrompts(
                    List.of(kind("noise", noise, found, values)),
                    List.of("Images of noise were taken; what the model does with yours, --prompts FOLDER says."));
        }
        List<Evidence.Prompts> kinds = new ArrayList<>();
        List<String> remarks = new ArrayList<>();
        Values few = values.has(Fields.LIMIT_PROMPTS) ? values : values.with(Fields.LIMIT_PROMPTS, Optional.of(COUNT));
        if (PromptsOfRun.tokenizer(found, RunPlan.of(values)).isEmpty()) {
            remarks.add("Natural text was left out: the model has no tokenizer (--tokenizer FILE names one).");
        } else {
            try {
                kinds.add(kind("text", TEXT, found, few));
            } catch (Problem e) {
                remarks.add("Natural text was left out: "
                        + e.getMessage().lines().findFirst().orElse(""));
            }
        }
        int length = Math.min(LENGTH, found.subject().transformer().sizes().context());
        int count = few.get(Fields.LIMIT_PROMPTS).orElse(COUNT);
        String random = "random:" + count + "x" + length + "@" + values.get(Fields.SEED);
        kinds.add(kind("random", random, found, values));
        return new CheckPrompts(kinds, remarks);
    }

    private static Evidence.Prompts kind(String name, String form, ModelLookup.Found found, Values values) {
        PromptSet prompts = PromptsOfRun.read(found, RunPlan.of(values.with(Fields.PROMPTS, form)));
        if (prompts.count() < 2) {
            throw Problem.input(
                    "A check needs at least 2 prompts, for its intervals and the similarity across them; found %s.",
                    prompts.describe());
        }
        for (int i = 0; i < prompts.count(); i++) {
            if (prompts.length(i) < SHORTEST) {
                throw Problem.input(
                        "A check needs prompts of at least %d tokens: one token has no error, two have none without token 1."
                                + "%nPrompt %d of %s has %d.",
                        SHORTEST, i + 1, form, prompts.length(i));
            }
        }
        if (prompts.images().isPresent()) {
            return new Evidence.Prompts(name, form, prompts.describe());
        }
        String what = prompts.texts().isEmpty() ? form.startsWith("random:") ? "random ids: " : "ids: " : "text: ";
        return new Evidence.Prompts(name, form, what + prompts.describe());
    }

    /** The plan's values for prompts of a kind: how many of a default file. */
    static Values limited(Values values) {
        boolean own = values.has(Fields.PROMPTS) || values.has(Fields.LIMIT_PROMPTS);
        return own ? values : values.with(Fields.LIMIT_PROMPTS, Optional.of(COUNT));
    }
}
