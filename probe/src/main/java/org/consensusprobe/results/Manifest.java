package org.consensusprobe.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.common.StrictJson;
import org.consensusprobe.plan.Mask;
import org.consensusprobe.plan.Route;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.results.ManifestSections.Environment;
import org.consensusprobe.results.ManifestSections.Floor;
import org.consensusprobe.results.ManifestSections.Measure;
import org.consensusprobe.results.ManifestSections.Memory;
import org.consensusprobe.results.ManifestSections.Model;
import org.consensusprobe.results.ManifestSections.Program;
import org.consensusprobe.results.ManifestSections.Timings;

/**
 * What determined a run and what happened in it: {@code manifest.json}.
 *
 * <p>Sections that other code reads back are records of {@link ManifestSections}; a section may hold further fields
 * beside them ({@link #section}). Sections and fields keep their order.
 */
public final class Manifest {
    /** The version of the run directory's layout: columns, names and units change only with it. */
    public static final int FORMAT = 1;

    /** From where words and lists in a manifest count; runs before 0.2.0, which do not say, counted layers and heads from 1. */
    private static final String COUNTING = "counting";

    private static final long MAX_BYTES = 64L << 20;

    /** How far a run came. */
    public enum Status {
        RUNNING,
        COMPLETE,
        FAILED,
        INTERRUPTED;

        private String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final ObjectNode root;
    private final String where;

    private Manifest(ObjectNode root, String where) {
        this.root = root;
        this.where = where;
    }

    /** A manifest for a run that starts now. */
    public static Manifest create(Program program) {
        ObjectNode root = ManifestJson.MAPPER.createObjectNode();
        root.put("format", FORMAT);
        root.putObject(COUNTING).put("layers", 0).put("heads", 0).put("passes", 1);
        Manifest manifest = new Manifest(root, RunDirectory.MANIFEST);
        manifest.set("program", program);
        manifest.status(Status.RUNNING, null);
        List.of("plan", "model", "config", "environment", "kernels", "dtypes", "floor", "timings", "memory")
                .forEach(root::putObject);
        root.putArray("measures");
        return manifest;
    }

    /**
     * Reads {@code manifest.json}.
     *
     * @throws Problem if it is missing, no JSON, or of another format
     */
    public static Manifest read(Path file) {
        ObjectNode root = (ObjectNode) StrictJson.readObject(file, MAX_BYTES, "manifest");
        JsonNode format = root.path("format");
        if (!format.isInt() || format.intValue() != FORMAT) {
            throw Problem.input(
                    "%s: expected \"format\": %d, found %s.%s",
                    file,
                    FORMAT,
                    format.isMissingNode() ? "none" : Shown.text(format.toString()),
                    format.isInt() && format.intValue() > FORMAT ? " A newer version of this program wrote it." : "");
        }
        return new Manifest(root, file.toString());
    }

    /** The file's text: sections in order, two spaces of indentation, a line end at the end. */
    public String toJson() {
        return ManifestJson.text(root);
    }

    /** A section as JSON, for fields beyond its record; created if absent. */
    public ObjectNode section(String name) {
        return root.get(name) instanceof ObjectNode section ? section : root.putObject(name);
    }

    /** A value by its JSON pointer; missing if there is none. */
    public JsonNode at(String pointer) {
        return root.at(pointer);
    }

    /** Sets how far the run came, and for a failed or interrupted one why, in one line. */
    public void status(Status status, String reason) {
        root.put("status", status.text());
        root.put("reason", reason);
    }

    public Status status() {
        String text = root.path("status").asText();
        for (Status status : Status.values()) {
            if (status.text().equals(text)) {
                return status;
            }
        }
        throw damaged(
                "status", "unknown value " + Shown.text(root.path("status").toString()), null);
    }

    /** Why a run failed or was interrupted. */
    public Optional<String> reason() {
        return Optional.ofNullable(root.path("reason").textValue());
    }

    public Program program() {
        return get("program", Program.class);
    }

    /**
     * The plan of the run, files without the folders they lay in.
     *
     * @throws Problem if it is no plan
     */
    public RunPlan plan() {
        return PlanSection.plan(section(PlanSection.NAME), root.has(COUNTING), where);
    }

    /**
     * Enters a plan.
     *
     * @param promptCount how many prompts run
     * @param tokens the longest prompt's length
     */
    public void plan(RunPlan plan, int promptCount, int tokens) {
        PlanSection.enter(section(PlanSection.NAME), plan, promptCount, tokens);
    }

    /** How many prompts ran. */
    public int promptCount() {
        return PlanSection.positive(section(PlanSection.NAME), PlanSection.PROMPT_COUNT, where);
    }

    /** The longest prompt's length. */
    public int tokens() {
        return PlanSection.positive(section(PlanSection.NAME), PlanSection.TOKENS, where);
    }

    /** SHA-256 of the prompts' ids, or of the file that the states came from; empty in runs that did not note it. */
    public String promptsHash() {
        return at("/plan/prompts_sha256").asText("");
    }

    /** SHA-256 of the file that initial states came from; empty if they came from none. */
    public String initialHash() {
        return at("/plan/initial_sha256").asText("");
    }

    /** The way that the run went through the layers; shorter than planned where all prompts had settled. */
    public Route route() {
        try {
            Route planned = plan().route(model().layers());
            JsonNode gone = at("/settling/passes");
            return gone.isMissingNode() ? planned : planned.withPasses(gone.asInt());
        } catch (IllegalArgumentException e) {
            throw damaged(PlanSection.NAME, e.getMessage(), e);
        }
    }

    /** How often a model whose own loop this is was made to go through it in training; 0 for others. */
    public int trainedPasses() {
        return at("/route/trained_passes").asInt(0);
    }

    /**
     * Enters how a run with {@code --until} ended.
     *
     * @param passes that were gone
     * @param settledIn the pass, from 1, in which each prompt settled; 0 for one that did not
     */
    public void settledIn(int passes, int[] settledIn) {
        ObjectNode section = section("settling");
        section.put("passes", passes);
        ArrayNode prompts = section.putArray("settled_in_pass");
        for (int pass : settledIn) {
            if (pass == 0) {
                prompts.addNull();
            } else {
                prompts.add(pass);
            }
        }
    }

    /** All that decides over the numbers but the draw: runs that agree in it are draws of one another. */
    public List<Object> butForTheDraw() {
        List<Object> facts = new ArrayList<>(plan().identity());
        facts.addAll(List.of(
                promptCount(),
                promptsHash().isEmpty() ? plan().prompts().form() : promptsHash(),
                initialHash(),
                model().name(),
                model().layers(),
                section("config")));
        return facts;
    }

    public Model model() {
        return get("model", Model.class);
    }

    /** Whether every token saw every token, by {@code --mask} or as encoders have it: none is one that all listen to. */
    public boolean fullAttention() {
        Mask.Kind mask = plan().ingredients().mask().kind();
        return mask == Mask.Kind.FULL
                || mask == Mask.Kind.OWN
                        && root.path("model").path("attention").asText("causal").equals("full");
    }

    public void model(Model model) {
        set("model", model);
    }

    /** The checkpoint's {@code config.json} as it was read; infinity and NaN, which JSON does not have, as text. */
    public void config(ObjectNode config) {
        root.set("config", StrictJson.parse(config.toString().getBytes(StandardCharsets.UTF_8), where, "config"));
    }

    public Environment environment() {
        return get("environment", Environment.class);
    }

    public void environment(Environment environment) {
        set("environment", environment);
    }

    /** The measured floor; empty if none was measured. */
    public Optional<Floor> floor() {
        return root.path("floor").isEmpty() ? Optional.empty() : Optional.of(get("floor", Floor.class));
    }

    public void floor(Floor floor) {
        set("floor", floor);
    }

    public Timings timings() {
        return get("timings", Timings.class);
    }

    public void timings(Timings timings) {
        set("timings", timings);
    }

    public Memory memory() {
        return get("memory", Memory.class);
    }

    public void memory(Memory memory) {
        set("memory", memory);
    }

    /** The measures recorded beside the error. */
    public List<Measure> measures() {
        return List.of(convert("measures", root.path("measures"), Measure[].class));
    }

    public void measures(List<Measure> measures) {
        root.set("measures", ManifestJson.MAPPER.valueToTree(measures));
    }

    private void set(String name, Record section) {
        section(name).setAll((ObjectNode) ManifestJson.MAPPER.valueToTree(section));
    }

    private <T> T get(String name, Class<T> type) {
        return convert(name, root.path(name), type);
    }

    private <T> T convert(String name, JsonNode node, Class<T> type) {
        return ManifestJson.convert(node, type, (detail, cause) -> damaged(name, detail, cause));
    }

    private Problem damaged(String section, String detail, Throwable cause) {
        return Problem.input(cause, "%s: the manifest's \"%s\" cannot be used: %s.", where, section, detail);
    }
}
