package org.consensusprobe.experiment.check;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.plan.MeasureNames;

/** {@code check.json}: the verdict for programs. Its fields do not change without a new {@code format}. */
public final class VerdictJson {
    private static final int FORMAT = 1;

    private VerdictJson() {}

    /**
     * The verdict as JSON.
     *
     * @param condition what {@code --fail-if} asked, if it did
     * @param runs the run directory of each kind of weights
     */
    public static ObjectNode of(Verdict verdict, Optional<Condition> condition, Map<String, String> runs) {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("format", FORMAT);
        root.put("model", verdict.model());
        root.put("passes", verdict.trained().route().passes());
        root.put("layers", verdict.trained().route().layers());
        root.put("threshold", verdict.threshold());
        root.put("collapsed_native", verdict.collapsedAtNativeDepth());
        root.put("collapsed_end", verdict.trained().collapsed(Depth.END, verdict.threshold()));
        for (Profile profile : verdict.profiles()) {
            profile(root.putObject(profile.weights()), profile, verdict);
        }
        verdict.stability()
                .ifPresentOrElse(s -> stability(root.putObject("stability"), s), () -> root.putNull("stability"));
        condition.ifPresent(c -> {
            ObjectNode failIf = root.putObject("fail_if");
            failIf.put("condition", c.text());
            failIf.put("holds", c.holds(verdict.trained()));
        });
        verdict.words().forEach(root.putArray("words")::add);
        ObjectNode folders = root.putObject("runs");
        runs.forEach(folders::put);
        return root;
    }

    private static void profile(ObjectNode node, Profile profile, Verdict verdict) {
        for (Depth depth : verdict.depths()) {
            ObjectNode at = node.putObject(depth.text());
            at.put("depth", depth.index(profile.route()));
            at.put("error", profile.at(MeasureNames.ERROR, depth));
            at.put("error_without_token_1", profile.at(MeasureNames.ERROR_WITHOUT_TOKEN_1, depth));
            at.put("across_prompt_similarity", profile.at(MeasureNames.ACROSS_PROMPT_SIMILARITY, depth));
            at.put("collapsed", profile.collapsed(depth, verdict.threshold()));
        }
        profile.collapsedFrom(verdict.threshold())
                .ifPresentOrElse(d -> node.put("collapsed_from_depth", d), () -> node.putNull("collapsed_from_depth"));
        pace(node, "decades_per_pass", verdict.paces().own().get(profile.weights()));
        if (profile != verdict.trained()) {
            pace(node, "lead_of_trained", verdict.paces().lead().get(profile.weights()));
        }
    }

    private static void stability(ObjectNode node, Stability stability) {
        node.put("perturbation", stability.perturbation());
        node.put("dtype", stability.dtype());
        put(node, "growth_per_pass", stability.growthPerPass().stream().boxed().findFirst());
        put(node, "lowest", Optional.of(stability.lowest()));
        put(node, "highest", Optional.of(stability.highest()));
        node.put("first_pass_only", stability.firstPassOnly());
        stability.isStable().ifPresentOrElse(s -> node.put("stable", s), () -> node.putNull("stable"));
        stability.errors().forEach(node.putArray("errors")::add);
    }

    /** A pace with its interval, in decades per pass; null where there is none. */
    private static void pace(ObjectNode node, String name, Optional<Pace> pace) {
        put(node, name, pace.map(Pace::decades));
        put(node, name + "_low", pace.map(Pace::low));
        put(node, name + "_high", pace.map(Pace::high));
    }

    private static void put(ObjectNode node, String name, Optional<Double> value) {
        value.filter(Double::isFinite).ifPresentOrElse(v -> node.put(name, v), () -> node.putNull(name));
    }
}
