package org.consensusprobe.experiment.sweep;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;

/** Runs as a sweep file that gives the very same runs. */
public final class SweepText {
    private SweepText() {}

    /** The text of the file: of every run what is not as when nothing is said. */
    public static String of(String title, List<RunPlan> runs) {
        ObjectNode root = StrictJson.mapper().createObjectNode();
        root.put("title", title);
        ArrayNode all = root.putArray("runs");
        for (RunPlan run : runs) {
            ObjectNode node = all.addObject();
            for (Field<?> field : Fields.OF_A_RUN) {
                if (!field.isNeutral(run)) {
                    node.set(field.name(), field.json(run));
                }
            }
        }
        return root.toPrettyString() + "\n";
    }
}
