package org.consensusprobe.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.plan.DepthList;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.plan.Values;

/** The manifest's section {@code plan}: every field of a run by its name, and what is known of its prompts. */
final class PlanSection {
    static final String NAME = "plan";
    static final String PROMPT_COUNT = "prompt_count";
    static final String TOKENS = "tokens";
    private static final String UNUSABLE = "%s: the manifest's \"plan\" cannot be used";
    private static final List<Field<?>> REQUIRED =
            List.of(Fields.MODEL, Fields.WEIGHTS, RouteFields.PASSES, Fields.PROMPTS, Fields.DTYPE);

    private PlanSection() {}

    /** @param layersFromZero whether lists in it count layers from 0, as they do since 0.2.0 */
    static RunPlan plan(ObjectNode section, boolean layersFromZero, String where) {
        for (Field<?> field : REQUIRED) {
            if (!section.hasNonNull(field.name())) {
                throw Problem.input(UNUSABLE + ": %s is missing.", where, field.name());
            }
        }
        Values said = Values.NONE.with(Fields.MEASURES, List.of()); // as in runs of before there were any
        ObjectNode today = layersFromZero ? section : recounted(section);
        return RunPlan.of(said.with(Values.read(today, UNUSABLE.formatted(where))));
    }

    private static ObjectNode recounted(ObjectNode section) {
        ObjectNode today = section.deepCopy();
        for (Field<DepthList> field : List.of(Fields.SAVE_HIDDEN_AT, Fields.SAVE_ATTENTION_AT)) {
            if (today.path(field.name()).isTextual()) {
                today.put(
                        field.name(),
                        DepthList.withLayersFromOne(today.path(field.name()).textValue()));
            }
        }
        return today;
    }

    static void enter(ObjectNode section, RunPlan plan, int promptCount, int tokens) {
        for (Field<?> field : Fields.OF_A_RUN) {
            JsonNode value = field.recorded(plan);
            if (!value.isNull()) {
                section.set(field.name(), value);
            }
        }
        section.put(PROMPT_COUNT, promptCount);
        section.put(TOKENS, tokens);
        Titles.changes(plan).forEach(section.putArray("changes")::add);
    }

    static int positive(ObjectNode section, String name, String where) {
        JsonNode value = section.path(name);
        if (!value.canConvertToInt() || !value.isIntegralNumber() || value.intValue() < 1) {
            throw Problem.input(
                    UNUSABLE + ": %s must be 1 or more, found %s.", where, name, Shown.text(value.toString()));
        }
        return value.intValue();
    }
}
