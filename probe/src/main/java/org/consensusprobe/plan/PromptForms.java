package org.consensusprobe.plan;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is said of the forms in which prompts are asked for. */
final class PromptForms {
    private static final String PAPER = "paper";
    private static final int PAPER_COUNT = 100;
    private static final Pattern RANDOM = Pattern.compile("random:(\\d+)x(\\d+)(?:@(-?\\d+))?");
    private static final Pattern NOISE = Pattern.compile("random:(\\d+)(?:@(-?\\d+))?");
    private static final Pattern TEXTS = Pattern.compile(".*\\.(?i:json|jsonl|txt)");
    private static final String STATES = "the states of ";

    private PromptForms() {}

    /** A file of states stands alone unless prompts are named; else the paper's. */
    static String neutral(Values values) {
        boolean alone = values.get(Fields.INITIAL).kind() == Initial.Kind.FILE
                && values.get(Fields.LIMIT_PROMPTS).isEmpty();
        return alone ? Initial.PROMPTS : PAPER;
    }

    /** Where a prompt file lies is the user's own business; its ids' hash says which prompts they were. */
    static String recorded(String form) {
        return form.startsWith("random:")
                ? form
                : form.replaceAll("(?<=.)[/\\\\]+$", "").replaceAll(".*[/\\\\](?=.)", "");
    }

    static String words(String form, RunPlan plan) {
        Optional<Integer> limit = plan.prompts().limit();
        Matcher random = RANDOM.matcher(form);
        if (form.equals(PAPER)) {
            // drawn as in the paper for every vocabulary; the very ids only for GPT-2's
            int count = limit.orElse(PAPER_COUNT);
            return count + (count == 1 ? " prompt" : " prompts") + " as in the paper";
        }
        if (random.matches()) {
            String count = limit.map(String::valueOf).orElse(random.group(1));
            return count + " random" + (count.equals("1") ? " prompt" : " prompts") + " of " + random.group(2)
                    + " tokens" + (random.group(3) == null ? "" : " (seed " + random.group(3) + ")");
        }
        if (form.startsWith(STATES)) {
            return form;
        }
        Matcher noise = NOISE.matcher(form);
        if (noise.matches()) {
            String count = limit.map(String::valueOf).orElse(noise.group(1));
            return count + (count.equals("1") ? " image" : " images") + " of noise"
                    + (noise.group(2) == null ? "" : " (seed " + noise.group(2) + ")");
        }
        if (!TEXTS.matcher(form).matches()) { // a folder, or a file of pixels
            return limit.map(n -> n + (n == 1 ? " image of " : " images of ")).orElse("images of ") + recorded(form);
        }
        return limit.map(n -> n + (n == 1 ? " prompt of " : " prompts of ")).orElse("prompts of ") + recorded(form);
    }
}
