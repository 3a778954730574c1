package org.consensusprobe.experiment.sweep;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.DepthList;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.Initial;
import org.consensusprobe.experiment.Recycling;
import org.consensusprobe.experiment.States;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.Similarity;
import org.consensusprobe.model.Heads;
import org.consensusprobe.model.Ingredients;
import org.consensusprobe.model.Mask;
import org.consensusprobe.torch.DType;

/**
 * One run of a sweep: the options of {@code consensus run} by their names in manifests, with its defaults.
 *
 * @param model alias, hub id or directory
 * @param revision of a hub id or an alias; absent for its own
 * @param seed of drawn and shuffled weights and drawn states; always {@value #DEFAULT_SEED} where nothing is drawn
 * @param ingredients what of the model takes part
 * @param initial what enters the first block
 * @param saveHiddenAt where hidden states are kept
 */
public record RunSpec(
        String model,
        Optional<String> revision,
        WeightMode weights,
        long seed,
        Ingredients ingredients,
        Initial initial,
        DepthList saveHiddenAt,
        String prompts,
        OptionalInt limitPrompts,
        boolean specialTokens,
        int passes,
        DType dtype,
        Recycling recycling,
        Similarity similarity,
        OptionalInt chunk,
        List<String> measures) {
    /** What a run may say, in the order of this record. */
    static final List<String> FIELDS = List.of(
            "model",
            "revision",
            "weights",
            "seed",
            "feed_forward",
            "mask",
            "beta",
            "attention_scale",
            "skip",
            "norm",
            "heads",
            "initial",
            "save_hidden_at",
            "prompts",
            "limit_prompts",
            "special_tokens",
            "passes",
            "dtype",
            "recycle",
            "similarity",
            "chunk",
            "measures");

    private static final long DEFAULT_SEED = 42;
    private static final int HASH_BYTES = 4;
    private static final int MOST_PROMPTS = 1 << 24;

    public RunSpec {
        measures = List.copyOf(measures);
        if (weights == WeightMode.TRAINED && !initial.isDrawn()) {
            seed = DEFAULT_SEED;
        }
    }

    /**
     * Reads one run.
     *
     * @param where file and place in it, for messages
     * @throws Problem if a field is unknown, missing or wrong
     */
    static RunSpec of(ObjectNode json, String where) {
        JsonFields f = JsonFields.of(json, where);
        RunSpec spec = new RunSpec(
                f.text("model"),
                f.optionalText("revision"),
                WeightMode.values()[
                        WeightMode.optionNames().indexOf(f.oneOfOr("weights", "trained", WeightMode.optionNames()))],
                f.integerOr("seed", (int) DEFAULT_SEED, 0, Integer.MAX_VALUE),
                ingredients(f),
                initial(f),
                saveHiddenAt(f),
                f.textOr("prompts", "paper"),
                optional(f.optionalPositiveInt("limit_prompts", MOST_PROMPTS)),
                f.boolOr("special_tokens", false),
                f.positiveIntOr("passes", 20, ExperimentPlan.MOST_PASSES),
                dtype(f),
                Recycling.values()[
                        Recycling.optionNames().indexOf(f.oneOfOr("recycle", "final-norm", Recycling.optionNames()))],
                Similarity.values()[
                        Similarity.optionNames().indexOf(f.oneOfOr("similarity", "cosine", Similarity.optionNames()))],
                optional(f.optionalPositiveInt("chunk", MOST_PROMPTS)),
                Measures.choose(f.has("measures") ? f.texts("measures") : List.of(Measures.DEFAULT)));
        requireKnown(f.unread(), where);
        return spec;
    }

    private static Initial initial(JsonFields f) {
        String text = f.textOr("initial", Initial.EMBEDDING.text());
        try {
            return Initial.parse(text);
        } catch (Problem e) {
            throw f.refused("initial", Initial.FORMS); // which names the file and the place in it
        }
    }

    private static DepthList saveHiddenAt(JsonFields f) {
        if (!f.has("save_hidden_at")) {
            return DepthList.NONE;
        }
        try {
            return DepthList.parse("save_hidden_at", f.text("save_hidden_at"));
        } catch (Problem e) {
            throw f.refused("save_hidden_at", "text: depths (0,8,16-24), N%, layer:L or pass:N, joined by commas");
        }
    }

    private static Ingredients ingredients(JsonFields f) {
        return new Ingredients(
                f.boolOr("feed_forward", true),
                Mask.parse(f.textOr("mask", "own")).orElseThrow(() -> f.refused("mask", "own, " + Mask.FORMS)),
                f.numberOr("beta", 1),
                f.numberOr("attention_scale", 1),
                f.boolOr("skip", true),
                f.boolOr("norm", true),
                f.optionalText("heads")
                        .map(text -> Heads.parse(text).orElseThrow(() -> f.refused("heads", "text: " + Heads.FORM)))
                        .orElse(List.of()));
    }

    static void requireKnown(Set<String> unread, String where) {
        if (!unread.isEmpty()) {
            throw Problem.input(
                    "%s: unknown %s %s; a run has %s.",
                    where, unread.size() == 1 ? "field" : "fields", Shown.firstFew(unread), String.join(", ", FIELDS));
        }
    }

    private static DType dtype(JsonFields f) {
        String name = f.textOr("dtype", "float32");
        return DType.floatingPoint(name).orElseThrow(() -> f.refused("dtype", "one of " + DType.floatingPointNames()));
    }

    private static OptionalInt optional(Optional<Integer> value) {
        return value.isPresent() ? OptionalInt.of(value.get()) : OptionalInt.empty();
    }

    /** The same run with another draw of its weights. */
    public RunSpec withSeed(long other) {
        return new RunSpec(
                model,
                revision,
                weights,
                other,
                ingredients,
                initial,
                saveHiddenAt,
                prompts,
                limitPrompts,
                specialTokens,
                passes,
                dtype,
                recycling,
                similarity,
                chunk,
                measures);
    }

    /** The same run of another model, at its own revision. */
    public RunSpec withModel(String other) {
        return new RunSpec(
                other,
                Optional.empty(),
                weights,
                seed,
                ingredients,
                initial,
                saveHiddenAt,
                prompts,
                limitPrompts,
                specialTokens,
                passes,
                dtype,
                recycling,
                similarity,
                chunk,
                measures);
    }

    /** The model as {@code --model} takes it. */
    public String modelWithRevision() {
        return revision.map(r -> model + "@" + r).orElse(model);
    }

    /** The plan of this run on a machine. */
    public ExperimentPlan plan(Machine machine) {
        return new ExperimentPlan(
                weights,
                ingredients,
                passes,
                dtype,
                machine.device(),
                seed,
                chunk,
                machine.threads(),
                machine.memory(),
                false,
                recycling,
                similarity,
                measures,
                new States(initial, saveHiddenAt, DepthList.NONE));
    }

    /** Whether blocks run with their feed-forward half. */
    public boolean feedForward() {
        return ingredients.feedForward();
    }

    /** What is not as in the model and its prompts, in words; nothing of the feed-forward half. */
    public List<String> changes() {
        List<String> changes = new ArrayList<>(ingredients.changes());
        initial.change(seed).ifPresent(changes::add);
        return changes;
    }

    /** The model's name without the folders it lies in. */
    public String modelName() {
        return lastPart(model);
    }

    static String lastPart(String model) {
        String last = model.replaceAll("[/\\\\]+$", "").replaceAll(".*[/\\\\]", "");
        return last.isEmpty() ? model : last;
    }

    /** A folder's name: what the run is, and eight digits that tell it from any other. */
    public String folderName() {
        String base = modelName().replaceAll("[^A-Za-z0-9._-]+", "-");
        return String.join(
                "-",
                base.isEmpty() || base.startsWith(".") ? "model" : base.substring(0, Math.min(base.length(), 60)),
                weights.optionName() + (feedForward() ? "" : "-no-feed-forward") + suffix(),
                hash());
    }

    private String suffix() {
        String text = String.join("-", ingredients.changes()).toLowerCase(Locale.ROOT);
        String slug = text.replaceAll("[^a-z0-9.]+", "-");
        return slug.isEmpty() ? "" : "-" + slug.substring(0, Math.min(slug.length(), 60));
    }

    // the record's own text names every field, so two specs share a hash only if they are equal
    private String hash() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The run in words, for plans and tables. */
    public String describe() {
        StringBuilder text = new StringBuilder(modelWithRevision());
        text.append(", ").append(weights.optionName());
        if (weights != WeightMode.TRAINED) { // drawn states say their seed themselves
            text.append(" (seed ").append(seed).append(')');
        }
        text.append(feedForward() ? ", full" : ", without feed-forward");
        changes().forEach(change -> text.append(", ").append(change));
        text.append(", ")
                .append(dtype.torchName())
                .append(", ")
                .append(passes)
                .append(passes == 1 ? " pass" : " passes");
        text.append(", ").append(prompts);
        limitPrompts.ifPresent(k -> text.append(" (first ").append(k).append(')'));
        if (recycling != Recycling.FINAL_NORM) {
            text.append(", recycling ").append(recycling.optionName());
        }
        if (similarity != Similarity.COSINE) {
            text.append(", |cos|");
        }
        return text.toString();
    }
}
