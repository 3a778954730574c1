package org.consensusprobe.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.common.JsonFields;

/** GPT-Neo's way of saying which layers attend locally. */
final class AttentionTypes {
    private AttentionTypes() {}

    /** attention_types [[["global", "local"], n], ..]: each list of kinds n times, one kind a layer. */
    static List<Boolean> localLayers(JsonFields f, int mostLayers) {
        int layers = f.positiveInt("num_layers", mostLayers);
        List<Boolean> local = new ArrayList<>();
        for (JsonNode group : f.list("attention_types")) {
            if (!group.isArray()
                    || group.size() != 2
                    || !group.get(0).isArray()
                    || group.get(0).isEmpty()
                    || !group.get(1).canConvertToInt()) {
                throw f.refused(
                        "attention_types",
                        "pairs of a list of kinds and a count, as in [[[\"global\", \"local\"], 12]]");
            }
            for (int i = 0; i < group.get(1).intValue() && local.size() <= layers; i++) {
                for (JsonNode kind : group.get(0)) {
                    local.add(isLocal(f, "attention_types", kind.asText()));
                }
            }
        }
        if (local.size() != layers) {
            throw f.refused("attention_types", "kinds for num_layers = " + layers + " layers");
        }
        if (f.has("attention_layers")) {
            List<Boolean> listed = f.texts("attention_layers").stream()
                    .map(kind -> isLocal(f, "attention_layers", kind))
                    .toList();
            if (!listed.equals(local)) {
                throw f.refused("attention_layers", "the expansion of attention_types");
            }
        }
        return List.copyOf(local);
    }

    private static boolean isLocal(JsonFields f, String key, String kind) {
        if (!kind.equals("local") && !kind.equals("global")) {
            throw f.refused(key, "made of \"global\" and \"local\"");
        }
        return kind.equals("local");
    }
}
