package org.consensusprobe.experiment.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.plan.Field;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;

/**
 * A sweep file: many runs in one JSON object.
 *
 * <pre>{@code
 * {
 *   "title": "Seeds and weights of GPT-2",
 *   "prompts": "paper", "limit_prompts": 10, "passes": 5,
 *   "grid": { "model": ["gpt2", "gpt2-medium"], "weights": ["random", "random-each-pass"], "seed": [1, 2, 3] },
 *   "runs": [ { "model": "gpt2", "weights": "trained" } ],
 *   "figure": { "rows": ["model"] }
 * }
 * }</pre>
 *
 * <p>A run has the fields of {@link Fields#OF_A_RUN}; those beside {@code grid} and {@code runs} hold for all of them. A grid is
 * every combination of its lists, the last field varying fastest. Unknown fields are refused by name.
 *
 * @param title of the sweep; the file's name if it has none
 * @param note what a reader of the results should know, if anything
 * @param runs in order, none twice
 * @param figure how to draw them, if at all
 */
public record SweepFile(String title, Optional<String> note, List<RunPlan> runs, Optional<FigurePlan> figure) {
    private static final long MOST_BYTES = 4 << 20;
    private static final int MOST_RUNS = 10_000;
    private static final Set<String> FIELDS = new LinkedHashSet<>(Fields.names());
    private static final Set<String> OWN_FIELDS = Set.of("title", "note", "grid", "runs", "figure");

    /**
     * A figure of a sweep.
     *
     * @param rows fields of a run: one row of panels for each combination of their values, the rest in its legend
     * @param show what is drawn: {@value #ERROR}, {@value #HISTOGRAMS}, or the name of a measure that all runs record, with {@code :LABEL} for one of its parts
     */
    public record FigurePlan(List<Field<?>> rows, String show) {
        static final String ERROR = "error";
        static final String HISTOGRAMS = "cosine-histograms";
    }

    public SweepFile {
        runs = List.copyOf(new LinkedHashSet<>(runs));
    }

    /**
     * Reads a sweep file.
     *
     * @throws Problem naming the file and the first thing wrong in it
     */
    public static SweepFile read(Path file) {
        return read(file, Values.NONE);
    }

    /**
     * Reads a sweep file, with some fields of all runs replaced.
     *
     * @param replaced what wins over what the file says
     */
    public static SweepFile read(Path file, Values replaced) {
        ObjectNode root = (ObjectNode) StrictJson.readObject(file, MOST_BYTES, "sweep file");
        Map<String, JsonNode> common = new LinkedHashMap<>();
        root.properties().forEach(entry -> {
            if (FIELDS.contains(entry.getKey())) {
                common.put(entry.getKey(), entry.getValue());
            } else if (!OWN_FIELDS.contains(entry.getKey())) {
                throw Problem.input(
                        "%s: unknown field \"%s\"; a sweep has title, note, grid, runs, figure, and the fields of a run: %s.",
                        file, Shown.text(entry.getKey()), String.join(", ", FIELDS));
            }
        });
        List<ObjectNode> runs = new ArrayList<>();
        JsonFields fields = JsonFields.of(root, file);
        if (root.has("grid")) {
            runs.addAll(grid(file, (ObjectNode) StrictJson.requireObject(root.get("grid"), file.toString(), "grid")));
        }
        if (root.has("runs")) {
            for (JsonNode run : fields.list("runs")) {
                runs.add((ObjectNode) StrictJson.requireObject(run, file.toString(), "entry of \"runs\""));
            }
        }
        if (runs.isEmpty()) {
            throw Problem.input("%s: no runs; expected a \"grid\" of lists, a list of \"runs\", or both.", file);
        }
        List<RunPlan> specs = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            ObjectNode run = StrictJson.mapper().createObjectNode();
            common.forEach(run::set);
            run.setAll(runs.get(i));
            specs.add(plan(run, file + ": run " + (i + 1), replaced));
        }
        return new SweepFile(
                fields.optionalText("title").orElse(stem(file)),
                fields.optionalText("note"),
                specs,
                figure(file, root, specs));
    }

    private static RunPlan plan(ObjectNode run, String where, Values replaced) {
        List<String> unknown = new ArrayList<>();
        run.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                unknown.add(name);
            }
        });
        if (!unknown.isEmpty()) {
            throw Problem.input(
                    "%s: unknown %s %s; a run has %s.",
                    where,
                    unknown.size() == 1 ? "field" : "fields",
                    Shown.firstFew(unknown),
                    String.join(", ", FIELDS));
        }
        Values said = Values.read(run, where).with(replaced);
        if (!said.has(Fields.MODEL) && said.get(Fields.ADAPTER).isEmpty()) {
            throw Problem.input(
                    "%s: model is missing; expected an alias, a hub id, a directory or a .gguf file, or an adapter that names one.",
                    where);
        }
        return RunPlan.of(said);
    }

    /**
     * The same sweep with other models.
     *
     * @param standIns for each model to replace, the one in its place
     */
    public SweepFile withModels(Map<String, String> standIns) {
        List<RunPlan> replaced = runs.stream()
                .map(run -> standIns.containsKey(run.model().name())
                        ? run.withModel(standIns.get(run.model().name()))
                        : run)
                .toList();
        String instead = runs.stream()
                .map(run -> run.model().name())
                .distinct()
                .filter(standIns::containsKey)
                .map(model -> RunPlan.lastPart(standIns.get(model)) + " in place of " + model)
                .collect(Collectors.joining(", "));
        return new SweepFile(instead.isEmpty() ? title : title + ": " + instead, note, replaced, figure);
    }

    /** The same sweep with other runs. */
    public SweepFile withRuns(List<RunPlan> others) {
        return new SweepFile(title, note, others, figure);
    }

    private static List<ObjectNode> grid(Path file, ObjectNode grid) {
        List<ObjectNode> combinations =
                new ArrayList<>(List.of(StrictJson.mapper().createObjectNode()));
        for (Map.Entry<String, JsonNode> axis : grid.properties()) {
            // "measures" is a list in itself
            boolean list = axis.getValue().isArray() && !axis.getKey().equals("measures");
            if (list && axis.getValue().isEmpty()) {
                throw Problem.input("%s: grid: \"%s\" is an empty list.", file, Shown.text(axis.getKey()));
            }
            List<ObjectNode> longer = new ArrayList<>();
            for (ObjectNode combination : combinations) {
                for (JsonNode value : list ? axis.getValue() : List.of(axis.getValue())) {
                    ObjectNode next = combination.deepCopy();
                    next.set(axis.getKey(), value);
                    longer.add(next);
                }
            }
            combinations = longer;
            if (combinations.size() > MOST_RUNS) {
                throw Problem.input("%s: the grid has more than %d runs.", file, MOST_RUNS);
            }
        }
        return combinations;
    }

    private static Optional<FigurePlan> figure(Path file, ObjectNode root, List<RunPlan> specs) {
        if (!root.has("figure")) {
            return Optional.empty();
        }
        JsonFields fields = JsonFields.of(root.get("figure"), file + ": figure");
        List<String> rows = fields.has("rows") ? fields.texts("rows") : List.of();
        for (String row : rows) {
            if (!FIELDS.contains(row)) {
                throw fields.refused("rows", "a list of fields of a run: " + String.join(", ", FIELDS));
            }
        }
        String show = fields.textOr("show", FigurePlan.ERROR);
        boolean histograms = show.equals(FigurePlan.HISTOGRAMS);
        if (histograms && specs.stream().anyMatch(s -> s.kept().hiddenAt().isEmpty())
                || !histograms
                        && !show.equals(FigurePlan.ERROR)
                        && specs.stream().anyMatch(s -> !s.measures().contains(show.replaceAll(":.*", "")))) {
            throw fields.refused(
                    "show",
                    FigurePlan.ERROR + ", a measure that all runs record, or " + FigurePlan.HISTOGRAMS
                            + ", for which all runs have save_hidden_at");
        }
        if (!fields.unread().isEmpty()) {
            throw Problem.input(
                    "%s: figure: unknown field %s; it has rows and show.", file, Shown.firstFew(fields.unread()));
        }
        return Optional.of(new FigurePlan(
                Fields.OF_A_RUN.stream()
                        .filter(field -> rows.contains(field.name()))
                        .toList(),
                show));
    }

    private static String stem(Path file) {
        return file.getFileName().toString().replaceAll("\\.json$", "");
    }
}
