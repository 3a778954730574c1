package org.consensusprobe.experiment.units;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Build;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Sha256;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.experiment.record.PromptShare;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.plan.Values;

/**
 * The units of a sweep as they are agreed on: {@code jobs/units.jsonl} in its folder, a line for the list and one for each unit.
 * All machines go by it, since estimates differ from one to the next.
 *
 * @param program version and commit that made it
 * @param sweep sum over the sweep's runs and how they are cut
 * @param units in the sweep's order
 */
public record UnitList(String program, String sweep, List<Unit> units) {
    private static final int FORMAT = 1;
    private static final int MOST_LINE = 1 << 20;
    private static final String WHAT = "unit list";

    public UnitList {
        units = List.copyOf(units);
    }

    /** A list that this program makes now, of all units of a sweep. */
    public static UnitList of(Splitting splitting, List<Unit> units) {
        SortedMap<Integer, String> names = new TreeMap<>();
        units.forEach(unit -> names.put(unit.run(), unit.name()));
        return new UnitList(thisProgram(), sum(names.values().stream(), splitting), units);
    }

    /** What tells a sweep's runs, and how they are cut, from others. */
    public static String sweepSum(List<RunPlan> runs, Splitting splitting) {
        return sum(runs.stream().map(Titles::folderName), splitting);
    }

    private static String sum(Stream<String> names, Splitting splitting) {
        return Sha256.of(Stream.concat(Stream.of(splitting.toString()), names).collect(Collectors.joining("\n")));
    }

    /** Version and commit of this program. */
    public static String thisProgram() {
        return Build.version() + Build.commit().map(commit -> " " + commit).orElse("");
    }

    /** Writes the list. */
    public void write(Path file) {
        AtomicFiles.write(file, out -> {
            ObjectNode head = StrictJson.mapper().createObjectNode();
            head.put("format", FORMAT)
                    .put("program", program)
                    .put("sweep", sweep)
                    .put("units", units.size());
            line(out, head);
            for (Unit unit : units) {
                ObjectNode json = describe(unit);
                RunPlan run = unit.plan().get();
                ObjectNode plan = json.putObject("plan");
                // what was not asked for stays unsaid: a model may know better
                Fields.OF_A_RUN.stream().filter(run::asks).forEach(field -> {
                    if (!field.json(run).isNull()) {
                        plan.set(field.name(), field.json(run));
                    }
                });
                line(out, json);
            }
        });
    }

    /** What a unit is, for scripts. */
    public static ObjectNode describe(Unit unit) {
        ObjectNode json = StrictJson.mapper().createObjectNode();
        Cost cost = unit.cost();
        json.put("id", unit.id()).put("run", unit.run() + 1).put("name", unit.name());
        json.put("share", unit.share().index()).put("of", unit.share().count());
        json.put("flop", cost.flop()).put("seconds", cost.seconds()).put("memory_bytes", cost.memoryBytes());
        json.put("checkpoint", cost.checkpoint()).put("checkpoint_bytes", cost.checkpointBytes());
        json.put("possible", unit.possible());
        unit.note().ifPresent(note -> json.put("note", note));
        return json;
    }

    private static void line(OutputStream out, ObjectNode json) throws IOException {
        out.write(StrictJson.mapper().writeValueAsBytes(json));
        out.write('\n');
    }

    /**
     * Reads a list.
     *
     * @throws Problem if it is damaged, or of another version
     */
    public static UnitList read(Path file) {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            JsonNode head = json(lines.readLine(), file);
            if (head.path("format").asInt() != FORMAT) {
                throw damaged(file, "expected \"format\": " + FORMAT);
            }
            List<Unit> units = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                units.add(unit(json(line, file), file));
            }
            if (units.size() != head.path("units").asInt()) {
                throw damaged(
                        file, units.size() + " units of " + head.path("units").asInt());
            }
            return new UnitList(
                    head.path("program").asText(), head.path("sweep").asText(), units);
        } catch (IOException e) {
            throw Problem.input(e, "%s: the %s cannot be read: %s.", file, WHAT, e.getMessage());
        }
    }

    private static JsonNode json(String line, Path file) {
        if (line == null || line.length() > MOST_LINE) {
            throw damaged(file, "a line is missing or too long");
        }
        return StrictJson.requireObject(
                StrictJson.parse(line.getBytes(StandardCharsets.UTF_8), file.toString(), WHAT), file.toString(), WHAT);
    }

    private static Unit unit(JsonNode json, Path file) {
        String id = json.path("id").asText();
        int index = json.path("share").asInt();
        int count = json.path("of").asInt();
        if (!id.matches("[A-Za-z0-9._-]{1,200}")
                || !json.path("name").asText().matches("[A-Za-z0-9._-]{1,200}")
                || index < 1
                || index > count
                || !json.path("plan").isObject()) {
            throw damaged(file, "not a unit: " + json.path("id"));
        }
        return new Unit(
                id,
                json.path("run").asInt() - 1,
                json.path("name").asText(),
                plan((ObjectNode) json.path("plan"), file),
                new PromptShare(index, count),
                new Cost(
                        json.path("flop").asDouble(),
                        json.path("seconds").asDouble(),
                        json.path("memory_bytes").asLong(),
                        json.path("checkpoint").asText(),
                        json.path("checkpoint_bytes").asLong()),
                Optional.ofNullable(json.path("note").textValue()),
                json.path("possible").asBoolean());
    }

    // of thousands of units a process makes a few
    private static Supplier<RunPlan> plan(ObjectNode json, Path file) {
        return () -> RunPlan.of(Values.read(json, file.toString()));
    }

    private static Problem damaged(Path file, String reason) {
        return Problem.input(
                "%s: the %s cannot be used: %s.%nRemove it; finished runs are found again without it.",
                file, WHAT, reason);
    }
}
