package org.consensusprobe.experiment.sweep;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.common.Shown;
import org.consensusprobe.experiment.ExperimentPlan;
import org.consensusprobe.experiment.Recycling;
import org.consensusprobe.experiment.WeightMode;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.Similarity;
import org.consensusprobe.model.Ingredients;
import org.consensusprobe.torch.DType;

/**
 * One run of a sweep: the options of {@code consensus run} by their names in manifests, with its defaults.
 *
 * @param model alias, hub id or directory
 * @param revision of a hub id or an alias; absent for its own
 * @param seed of drawn and shuffled weights; always {@value #DEFAULT_SEED} for trained ones, which need none
 */
public record RunSpec(
        String model,
        Optional<String> revision,
        WeightMode weights,
        long seed,
        boolean feedForward,
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
        if (weights == WeightMode.TRAINED) {
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
                f.boolOr("feed_forward", true),
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

    /** The same run of another model, at its own revision. */
    public RunSpec withModel(String other) {
        return new RunSpec(
                other,
                Optional.empty(),
                weights,
                seed,
                feedForward,
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
                Ingredients.withFeedForward(feedForward),
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
                measures);
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
                weights.optionName() + (feedForward ? "" : "-no-feed-forward"),
                hash());
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
        if (weights != WeightMode.TRAINED) {
            text.append(" (seed ").append(seed).append(')');
        }
        text.append(feedForward ? ", full" : ", without feed-forward");
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
