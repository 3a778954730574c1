package org.consensusprobe.experiment.states;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.prompts.PromptSet;

/**
 * What {@code states.json} says of states: every field may be missing.
 *
 * @param model what figures call the model
 * @param modelType its architecture
 * @param taken where in the model the states were taken, in words
 * @param attention {@code causal} or {@code full}
 * @param prompts what figures call the prompts
 * @param ids token ids of the prompts
 * @param depths a name for each depth
 * @param passes a name for each pass
 */
record StatesNames(
        Optional<String> model,
        Optional<String> modelType,
        Optional<String> taken,
        Optional<String> attention,
        Optional<String> prompts,
        Optional<List<int[]>> ids,
        List<String> depths,
        List<String> passes) {
    /** Where it lies in a folder of states. */
    static final String FILE = "states.json";

    private static final long MOST_BYTES = 256L << 20;
    private static final int MOST_PASSES = 1_000_000;
    private static final String WHAT = "description of states";

    /** Nothing is said. */
    static final StatesNames NONE = new StatesNames(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of());

    /**
     * Reads a description.
     *
     * @throws Problem if it is no JSON, or says something else than its fields
     */
    static StatesNames read(Path file) {
        JsonNode root = StrictJson.readObject(file, MOST_BYTES, WHAT);
        JsonFields fields = JsonFields.of(root, file);
        StatesNames names = new StatesNames(
                fields.optionalText("model"),
                fields.optionalText("model_type"),
                fields.optionalText("taken"),
                fields.optionalText("attention"),
                fields.optionalText("prompts"),
                fields.has("ids") ? Optional.of(ids(fields.list("ids"), file)) : Optional.empty(),
                fields.has("depths") ? fields.texts("depths") : List.of(),
                fields.has("passes") ? passes(fields, root.path("passes").isArray()) : List.of());
        if (!fields.unread().isEmpty()) {
            throw Problem.input(
                    "%s: %s is not known; a description of states has model, model_type, taken, attention, prompts, ids,"
                            + " depths and passes.",
                    file, Shown.firstFew(fields.unread()));
        }
        names.attention.filter(a -> !a.equals("causal") && !a.equals("full")).ifPresent(a -> {
            throw fields.refused("attention", "causal or full");
        });
        return names;
    }

    /** The description of states in a folder, or beside a file; nothing where there is none. */
    static StatesNames beside(Path folder) {
        Path file = folder.resolve(FILE);
        return Files.exists(file) ? read(file) : NONE;
    }

    /** Their names, or how many there are. */
    private static List<String> passes(JsonFields fields, boolean named) {
        return named
                ? fields.texts("passes")
                : IntStream.rangeClosed(1, fields.positiveInt("passes", MOST_PASSES))
                        .mapToObj(pass -> "pass " + pass)
                        .toList();
    }

    private static List<int[]> ids(List<JsonNode> lists, Path file) {
        List<int[]> prompts = new ArrayList<>();
        for (JsonNode list : lists) {
            int[] ids = new int[list.size()];
            for (int i = 0; i < ids.length; i++) {
                if (!list.get(i).isInt() || list.get(i).intValue() < 0) {
                    throw Problem.input(
                            "%s: ids must be lists of token ids, prompt after prompt; found %s in prompt %d.",
                            file, Shown.text(list.get(i).toString()), prompts.size() + 1);
                }
                ids[i] = list.get(i).intValue();
            }
            if (ids.length == 0) {
                throw Problem.input("%s: ids: prompt %d has no tokens.", file, prompts.size() + 1);
            }
            prompts.add(ids);
        }
        return prompts;
    }

    /** What tells the prompts from others: the hash of their ids, as of a run on them; empty where they are not known. */
    Optional<String> promptsHash() {
        return ids.map(list -> PromptSet.ofIds("states", list).sha256());
    }
}
