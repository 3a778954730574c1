package org.consensusprobe.experiment.check;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.report.stats.Estimate;

/** {@code check.json}: the verdict for programs. Its fields do not change without a new {@code format}. */
public final class VerdictJson {
    private static final int FORMAT = 2;

    private VerdictJson() {}

    /**
     * The verdict as JSON.
     *
     * @param condition what {@code --fail-if} asked, if it did
     * @param runs the folders of the runs, by prompts and by what they are
     */
    public static ObjectNode of(
            Verdict verdict, Optional<Condition> condition, Map<String, Map<String, List<String>>> runs) {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("format", FORMAT);
        root.put("model", verdict.model());
        root.put("attention", verdict.encoder() ? "full" : "causal");
        Evidence first = verdict.evidence().get(0);
        root.put("layers", first.checkpoint().route().layers());
        root.put("threshold", first.threshold());
        root.put("interval", 0.95);
        ObjectNode prompts = root.putObject("prompts");
        verdict.evidence().forEach(e -> evidence(prompts.putObject(e.prompts().name()), e));
        verdict.stability()
                .ifPresentOrElse(s -> stability(root.putObject("stability"), s), () -> root.putNull("stability"));
        condition.ifPresent(c -> {
            ObjectNode failIf = root.putObject("fail_if");
            failIf.put("condition", c.text());
            failIf.put("holds", verdict.evidence().stream().anyMatch(c::holds));
            verdict.evidence().stream().filter(c::holds).forEach(e -> failIf.withArray("on")
                    .add(e.prompts().name()));
        });
        verdict.remarks().forEach(root.putArray("remarks")::add);
        Words.of(verdict).forEach(root.putArray("words")::add);
        ObjectNode folders = root.putObject("runs");
        runs.forEach((name, kinds) -> {
            ObjectNode of = folders.putObject(name);
            kinds.forEach((kind, paths) -> paths.forEach(of.putArray(kind)::add));
        });
        return root;
    }

    private static void evidence(ObjectNode node, Evidence evidence) {
        Finding finding = Finding.of(evidence);
        Recycled recycled = Recycled.of(evidence);
        node.put("prompts", evidence.prompts().form());
        node.put("words", evidence.prompts().describe());
        node.put("passes", evidence.passes());
        node.put("finding", finding.kind().id());
        node.put("finding_at_pass", finding.place().pass());
        place(node.putObject("native"), evidence.place(1));
        place(node.putObject("end"), evidence.place(evidence.passes()));
        place(node.putObject("shares_at"), finding.shares());
        ObjectNode r = node.putObject("recycled");
        r.put("statement", id(recycled.statement()));
        r.put("trend", id(recycled.trend()));
        r.put("collapsed_prompts", recycled.collapsedPrompts());
        r.put("collapsed_from_pass", recycled.since());
        put(r, "log_change_per_pass", recycled.rate());
        if (evidence.passes() >= Stages.FIRST) {
            for (double rate : evidence.checkpoint().rates(evidence.passes()).ofDepths()) {
                r.withArray("decades_per_pass_by_depth").add(Double.isFinite(rate) ? rate : null);
            }
        }
        for (Row row : Row.of(evidence)) {
            row(node.withArray("table").addObject(), row);
        }
    }

    private static void place(ObjectNode node, Place place) {
        node.put("pass", place.pass());
        node.put("state", id(place.state()));
        put(node, "error", place.error());
        put(node, "error_without_token_1", place.withoutToken1());
        put(node, "error_without_mean", place.withoutMean());
        put(node, "across_prompt_similarity", place.across());
        put(node, "log_fall", place.fall());
        place.attentionShare()
                .ifPresentOrElse(s -> put(node, "attention_share", s), () -> node.putNull("attention_share"));
        put(node, "common_share", place.commonShare());
        node.put("cause", id(place.cause()));
    }

    private static void row(ObjectNode node, Row row) {
        node.put("quantity", row.quantity());
        node.put("pass", row.pass());
        node.put("compared_by", id(row.scale()));
        put(node, "checkpoint", row.checkpoint());
        ObjectNode controls = node.putObject("controls");
        row.cells().forEach((control, cell) -> {
            ObjectNode of = controls.putObject(control.id());
            of.put("draws", cell.draws());
            number(of, "value", cell.value());
            put(of, "compared", cell.compared());
            of.put("reading", cell.reading().id());
        });
    }

    private static void stability(ObjectNode node, Stability stability) {
        node.put("perturbation", stability.perturbation());
        node.put("dtype", stability.dtype());
        stability
                .growthPerPass()
                .ifPresentOrElse(g -> number(node, "growth_per_pass", g), () -> node.putNull("growth_per_pass"));
        number(node, "lowest", stability.lowest());
        number(node, "highest", stability.highest());
        node.put("first_pass_only", stability.firstPassOnly());
        stability.isStable().ifPresentOrElse(s -> node.put("stable", s), () -> node.putNull("stable"));
        stability.errors().forEach(node.putArray("errors")::add);
    }

    private static void put(ObjectNode node, String name, Estimate estimate) {
        ObjectNode of = node.putObject(name);
        number(of, "value", estimate.value());
        number(of, "low", estimate.interval().map(i -> i.low()).orElse(Double.NaN));
        number(of, "high", estimate.interval().map(i -> i.high()).orElse(Double.NaN));
    }

    private static void number(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }

    private static String id(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
