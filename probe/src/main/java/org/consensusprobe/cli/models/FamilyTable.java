package org.consensusprobe.cli.models;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.model.FamilyTrial;

/** What {@code models list --families} says of every family; docs/families.md has the same table. */
public final class FamilyTable {
    private static final String[] TITLES = {
        "model_type",
        "kind",
        "float64: error, states",
        "float32: error, states",
        "largest size",
        "GGUF",
        "does not apply"
    };
    private static final String ABOUT =
            """
            What was tried of every family: a pass and its repetition, with and without feed-forward, beside transformers' modules
            (the largest difference of the error, and of the last hidden states by their largest entry); trained, shuffled and random
            weights; halves, heads and blocks left out; spectrum; next tokens. Sizes are tiny where nothing else is said.
            """;

    private FamilyTable() {}

    /** A table for a terminal. */
    static String text() {
        Table table = new Table(TITLES);
        FamilyTrial.all().forEach(trial -> table.row(cells(trial)));
        return ABOUT + "\n" + table;
    }

    /** The same as Markdown. */
    public static String markdown() {
        StringBuilder text =
                new StringBuilder("| " + String.join(" | ", TITLES) + " |\n|" + " --- |".repeat(TITLES.length) + "\n");
        for (FamilyTrial trial : FamilyTrial.all()) {
            String[] cells = cells(trial);
            cells[0] = "`" + cells[0] + "`";
            text.append("| ").append(String.join(" | ", cells)).append(" |\n");
        }
        return text.toString();
    }

    /** The same as JSON. */
    static ObjectNode json() {
        ObjectNode json = StrictJson.mapper().createObjectNode();
        ArrayNode families = json.putArray("families");
        for (FamilyTrial trial : FamilyTrial.all()) {
            ObjectNode entry = families.addObject()
                    .put("model_type", trial.modelType())
                    .put("kind", trial.kind())
                    .put("float64", trial.float64())
                    .put("float32", trial.float32())
                    .put("largest", trial.largest())
                    .put("gguf", trial.gguf());
            trial.notApplicable().forEach(entry.putArray("does_not_apply")::add);
        }
        return json;
    }

    private static String[] cells(FamilyTrial trial) {
        List<String> not = trial.notApplicable();
        return new String[] {
            trial.modelType(),
            trial.kind(),
            trial.float64(),
            trial.float32(),
            trial.largest(),
            trial.gguf() ? "read" : "-",
            not.isEmpty() ? "-" : String.join("; ", not)
        };
    }
}
