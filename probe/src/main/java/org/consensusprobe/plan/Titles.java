package org.consensusprobe.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.plan.Field.Mention;

/**
 * What several runs have in common, and what tells each apart, in words.
 *
 * @param common parts of a title
 * @param labels one for each run; never two the same
 * @param colours for each run, its label without feed-forward, so that such twins share a colour
 */
public record Titles(List<String> common, List<String> labels, List<String> colours) {
    private static final String SEPARATOR = " · ";
    private static final String UNCHANGED = "unchanged";
    private static final int HASH_DIGITS = 8;
    private static final int NAME_LENGTH = 60;
    private static final Pattern NOT_IN_NAMES = Pattern.compile("[^A-Za-z0-9._-]+");
    private static final Pattern NOT_IN_CHANGES = Pattern.compile("[^a-z0-9.]+");

    /** The parts of a run's title: model, weights, feed-forward, what is changed, dtype, prompts. */
    public static List<String> parts(RunPlan plan) {
        List<String> parts = new ArrayList<>();
        String changes = String.join(", ", changes(plan));
        for (Field<?> field : Fields.OF_A_RUN) {
            if (field.mention() == Mention.ALWAYS) {
                parts.add(field.words(plan));
            }
            if (field == IngredientFields.FEED_FORWARD && !changes.isEmpty()) {
                parts.add(changes);
            }
        }
        parts.removeIf(String::isEmpty);
        return parts;
    }

    /** What is not as in the model and its prompts, for example "full mask", "beta 2"; nothing of the feed-forward half. */
    public static List<String> changes(RunPlan plan) {
        return changes(plan, plan.values());
    }

    private static List<String> changes(RunPlan plan, Values said) {
        return Fields.OF_A_RUN.stream()
                .filter(field -> field.mention() == Mention.CHANGED && !field.isNeutral(plan, said))
                .map(field -> field.words(plan))
                .toList();
    }

    /** A run that is to be made, in words. */
    public static String describe(RunPlan plan) {
        return String.join(", ", said(plan));
    }

    private static List<String> said(RunPlan plan) {
        Values values = plan.values();
        return Fields.OF_A_RUN.stream()
                .filter(field -> field.mention() != Mention.NEVER)
                .filter(field -> field.mention() == Mention.ALWAYS
                        || field == RouteFields.PASSES
                        || !field.isNeutral(plan, values))
                .map(field -> field.words(plan))
                .filter(words -> !words.isEmpty())
                .toList();
    }

    /** A folder's name: what the run is, and eight digits that tell it from any other. */
    public static String folderName(RunPlan plan) {
        String base = NOT_IN_NAMES.matcher(plan.model().lastPart()).replaceAll("-");
        StringBuilder said = new StringBuilder();
        Values values = plan.values();
        for (Field<?> field : Fields.OF_A_RUN) {
            if (!field.isNeutral(plan, values)) { // so a field that is new changes no name
                said.append(field.name()).append('=').append(field.of(plan)).append('\n');
            }
        }
        return String.join(
                "-",
                base.isEmpty() || base.startsWith(".")
                        ? "model"
                        : base.substring(0, Math.min(base.length(), NAME_LENGTH)),
                weights(plan, values),
                Sha256.of(said.toString()).substring(0, HASH_DIGITS));
    }

    /** The weights' part of a folder's name, with what of the model is changed. */
    public static String weights(RunPlan plan) {
        return weights(plan, plan.values());
    }

    private static String weights(RunPlan plan, Values values) {
        String changes = NOT_IN_CHANGES
                .matcher(String.join("-", changes(plan, values)).toLowerCase(Locale.ROOT))
                .replaceAll("-");
        return plan.weights().mode().optionName()
                + (plan.feedForward() ? "" : "-no-feed-forward")
                + (changes.isEmpty() ? "" : "-" + changes.substring(0, Math.min(changes.length(), NAME_LENGTH)));
    }

    /** A run's values of some fields. */
    public static String heading(RunPlan plan, List<Field<?>> fields) {
        return join(fields.stream().map(field -> field.words(plan)).toList());
    }

    /**
     * Splits what is said of several runs.
     *
     * @param names what to call runs that no field tells apart: their folders
     * @param elsewhere fields that are said elsewhere, and in neither
     */
    public static Titles of(List<RunPlan> plans, List<String> names, List<Field<?>> elsewhere) {
        List<Field<?>> told = Fields.OF_A_RUN.stream()
                .filter(field -> field.mention() != Mention.NEVER && !elsewhere.contains(field))
                .toList();
        List<Field<?>> apart =
                told.stream().filter(field -> differs(field, plans)).toList();
        List<String> common = said(plans.get(0)).stream()
                .filter(words -> told.stream()
                        .anyMatch(
                                f -> !apart.contains(f) && f.words(plans.get(0)).equals(words)))
                .toList();
        List<Field<?>> changed =
                apart.stream().filter(f -> f.mention() == Mention.CHANGED).toList();
        List<String> labels = new ArrayList<>();
        List<String> colours = new ArrayList<>();
        for (RunPlan plan : plans) {
            List<String> label = new ArrayList<>();
            List<String> colour = new ArrayList<>();
            for (Field<?> field : apart) {
                // where several things are changed, only what is changed in a run is named
                boolean first = changed.size() > 1 && field == changed.get(0);
                if (!first && changed.size() > 1 && changed.contains(field)) {
                    continue;
                }
                String words = first ? changed(plan, changed) : field.words(plan);
                label.add(words);
                if (field != IngredientFields.FEED_FORWARD) {
                    colour.add(words);
                }
            }
            labels.add(join(label));
            colours.add(join(colour));
        }
        List<String> places =
                plans.stream().map(plan -> heading(plan, elsewhere)).toList();
        return new Titles(common, labels, colours).unique(names, places);
    }

    /** Labels that are the same in one place get the runs' names. */
    private Titles unique(List<String> names, List<String> places) {
        List<String> alone = new ArrayList<>();
        List<String> groups = new ArrayList<>();
        for (int run = 0; run < labels.size(); run++) {
            String label = labels.get(run);
            int index = run;
            boolean unique = IntStream.range(0, labels.size())
                            .filter(i ->
                                    labels.get(i).equals(label) && places.get(i).equals(places.get(index)))
                            .count()
                    == 1;
            alone.add(unique ? label : join(List.of(label, names.get(run))));
            groups.add(unique ? colours.get(run) : join(List.of(colours.get(run), names.get(run))));
        }
        return new Titles(common, alone, groups);
    }

    private static boolean differs(Field<?> field, List<RunPlan> plans) {
        return plans.stream().map(field::words).distinct().count() > 1;
    }

    private static String changed(RunPlan plan, List<Field<?>> among) {
        String changes = String.join(
                ", ",
                among.stream()
                        .filter(field -> !field.isNeutral(plan))
                        .map(field -> field.words(plan))
                        .toList());
        return changes.isEmpty() ? UNCHANGED : changes;
    }

    private static String join(List<String> texts) {
        return String.join(
                SEPARATOR, texts.stream().filter(text -> !text.isEmpty()).toList());
    }
}
