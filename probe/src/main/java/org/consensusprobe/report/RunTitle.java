package org.consensusprobe.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.consensusprobe.common.Shown;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections.Plan;

/** What a figure says of a run: model, weights, feed-forward, dtype, prompts, seeds. */
public final class RunTitle {
    static final String NO_FEED_FORWARD = "no feed-forward";
    private static final String UNCHANGED = "unchanged";
    private static final String SEPARATOR = " · ";
    private static final Pattern RANDOM_PROMPTS = Pattern.compile("random:(\\d+)x(\\d+)(?:@(-?\\d+))?");

    private RunTitle() {}

    /** What differs from the model and its prompts, for example "full mask, beta 2"; empty where nothing does. */
    static String changes(Manifest manifest) {
        StringJoiner changes = new StringJoiner(", ");
        manifest.section("plan").path("changes").forEach(change -> changes.add(Shown.text(change.asText())));
        return changes.toString();
    }

    /** For example "gpt2-xl · random weights (seed 42) · no feed-forward · float32 · 10 of the paper's prompts". */
    public static String of(Manifest manifest) {
        return String.join(SEPARATOR, parts(manifest));
    }

    /** The same in parts: model, weights, feed-forward, changed ingredients if any, dtype, prompts. */
    public static List<String> parts(Manifest manifest) {
        return allParts(manifest).stream().filter(part -> !part.isEmpty()).toList();
    }

    private static List<String> allParts(Manifest manifest) {
        Plan plan = manifest.plan();
        return List.of(
                manifest.model().name(),
                weights(plan),
                plan.feedForward() ? "with feed-forward" : NO_FEED_FORWARD,
                changes(manifest),
                arithmetic(manifest, plan),
                prompts(plan));
    }

    /** The dtype, and what is not as in the paper: what is recycled, and how similarity is taken. */
    private static String arithmetic(Manifest manifest, Plan plan) {
        ObjectNode details = manifest.section("plan");
        boolean raw = details.path("recycle").asText().equals("raw");
        boolean absolute = details.path("similarity").asText().equals("absolute");
        return plan.dtype() + (raw ? ", no norm between passes" : "") + (absolute ? ", |cos|" : "");
    }

    /**
     * What several runs have in common, and what tells each apart.
     *
     * @param common parts of a title
     * @param labels one for each run; never two the same
     * @param colours for each run, its label without feed-forward, so that such twins share a colour
     */
    public record Comparison(List<String> common, List<String> labels, List<String> colours) {}

    /**
     * Splits the titles of several runs.
     *
     * @param names what to call runs that no part tells apart: their folders
     */
    public static Comparison compare(List<Manifest> manifests, List<String> names) {
        List<List<String>> parts = manifests.stream().map(RunTitle::allParts).toList();
        List<String> common = new ArrayList<>();
        List<List<String>> labels = new ArrayList<>();
        List<List<String>> colours = new ArrayList<>();
        manifests.forEach(m -> {
            labels.add(new ArrayList<>());
            colours.add(new ArrayList<>());
        });
        for (int part = 0; part < parts.get(0).size(); part++) {
            int index = part;
            if (parts.stream().map(p -> p.get(index)).distinct().count() == 1) {
                if (!parts.get(0).get(part).isEmpty()) {
                    common.add(parts.get(0).get(part));
                }
                continue;
            }
            boolean feedForward = parts.stream().anyMatch(p -> p.get(index).equals(NO_FEED_FORWARD));
            for (int run = 0; run < parts.size(); run++) {
                String text = parts.get(run).get(part).isEmpty()
                        ? UNCHANGED
                        : parts.get(run).get(part);
                labels.get(run).add(text);
                if (!feedForward) {
                    colours.get(run).add(text);
                }
            }
        }
        List<String> texts = labels.stream().map(l -> String.join(SEPARATOR, l)).toList();
        List<String> unique = new ArrayList<>();
        List<String> groups = new ArrayList<>();
        for (int run = 0; run < texts.size(); run++) {
            int index = run;
            boolean alone = texts.stream().filter(texts.get(index)::equals).count() == 1;
            String name = names.get(run);
            unique.add(alone ? texts.get(run) : texts.get(run).isEmpty() ? name : texts.get(run) + SEPARATOR + name);
            groups.add(String.join(SEPARATOR, colours.get(run)) + (alone ? "" : SEPARATOR + name));
        }
        return new Comparison(common, unique, groups);
    }

    private static String weights(Plan plan) {
        String seed = " (seed " + plan.seed() + ")";
        return switch (plan.weights()) {
            case "trained" -> "trained weights";
            case "random-each-pass" -> "random weights, redrawn each pass" + seed;
            default -> plan.weights() + " weights" + seed;
        };
    }

    private static String prompts(Plan plan) {
        int count = plan.promptCount();
        String plural = count == 1 ? " prompt" : " prompts";
        Matcher random = RANDOM_PROMPTS.matcher(plan.prompts());
        if (plan.prompts().equals("paper")) {
            return count == 100 ? "the paper's 100 prompts" : count + " of the paper's prompts";
        }
        if (random.matches()) {
            return String.format(
                    Locale.ROOT,
                    "%d random%s of %s tokens%s",
                    count,
                    plural,
                    random.group(2),
                    random.group(3) == null ? "" : " (seed " + random.group(3) + ")");
        }
        return count + plural + " of " + plan.prompts().replaceAll(".*[/\\\\]", "");
    }
}
