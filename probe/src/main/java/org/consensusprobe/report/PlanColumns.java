package org.consensusprobe.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.Manifest;

/** What a run was told, as columns of tables: one for every field, by its name there. */
final class PlanColumns {
    private PlanColumns() {}

    /** The columns of fields that are not among some, in the order of the list of fields. */
    static List<String> others(List<String> known) {
        return Fields.OF_A_RUN.stream()
                .map(Field::column)
                .filter(column -> !known.contains(column))
                .toList();
    }

    /** The cells of a run, by column; empty for what is not said. */
    static Map<String, String> cells(Manifest manifest) {
        RunPlan plan = manifest.plan();
        Map<String, String> cells = cells(plan);
        cells.put("model", manifest.model().name());
        cells.put("prompts", Integer.toString(manifest.promptCount()));
        cells.put("tokens", Integer.toString(manifest.tokens()));
        return cells;
    }

    /** The cells that a plan fills. */
    static Map<String, String> cells(RunPlan plan) {
        Map<String, String> cells = new LinkedHashMap<>();
        Fields.OF_A_RUN.forEach(field -> cells.put(field.column(), field.text(plan)));
        if (!plan.isDrawn()) {
            cells.put(Fields.SEED.column(), "");
        }
        return cells;
    }
}
