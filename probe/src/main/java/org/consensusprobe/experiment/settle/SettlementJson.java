package org.consensusprobe.experiment.settle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.consensusprobe.common.StrictJson;

/** What a run's prompts do, as JSON, prompt by prompt. */
final class SettlementJson {
    private SettlementJson() {}

    static ObjectNode of(Settlement s) {
        ObjectNode node = StrictJson.mapper().createObjectNode();
        node.put("run", s.name());
        node.put("verdict", s.verdict());
        node.put("verdict_of_directions", s.verdictOfDirections());
        node.put("collapses", s.mostCollapse());
        put(node, "floor", s.floor());
        put(node, "across_prompt_similarity", s.acrossPrompts());
        ObjectNode counts = node.putObject("prompts_by_verdict");
        s.counts().forEach((kind, count) -> counts.put(Settlement.word(kind), count));
        ObjectNode ofDirections = node.putObject("prompts_by_verdict_of_directions");
        s.countsOfDirections().forEach((kind, count) -> ofDirections.put(Settlement.word(kind), count));
        node.put("prompts_collapsed", s.collapses());
        ArrayNode prompts = node.putArray("prompts");
        for (int i = 0; i < s.errors().length; i++) {
            Motion m = s.motions().get(i);
            ObjectNode prompt = prompts.addObject();
            prompt.put("verdict", Settlement.word(m.kind()));
            prompt.put(
                    "verdict_of_directions",
                    Settlement.word(s.directions().get(i).kind()));
            put(prompt, "step", m.step());
            put(prompt, "ratio", m.ratio());
            put(prompt, "angle", m.angle());
            put(prompt, "growth", m.growth());
            prompt.put("period", m.period());
            prompt.put("steps_fall", m.falling());
            put(prompt, "error", s.errors()[i]);
        }
        return node;
    }

    static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
