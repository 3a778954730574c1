package org.consensusprobe.plan;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.consensusprobe.torch.DType;

/**
 * All that a run is: what decides over its numbers, and what is kept of them. How it may use the machine is a
 * {@link Machine}'s.
 *
 * <p>Two runs with equal plans, of the same files on one machine, give the same bytes.
 *
 * @param model which model
 * @param weights which of its weights
 * @param ingredients what of it takes part
 * @param passes the way through its layers
 * @param initial what enters the first block
 * @param prompts what is sent through it
 * @param kept the states and attention matrices that are kept
 * @param arithmetic dtypes and chunks
 * @param recorded what is measured
 * @param asked names of the fields that were asked for; of the others a model may know better. Not a part of what a run is: two
 *     plans that differ in it alone are equal
 */
public record RunPlan(
        Model model,
        Weights weights,
        Ingredients ingredients,
        Passes passes,
        Initial initial,
        Prompts prompts,
        Kept kept,
        Arithmetic arithmetic,
        Recorded recorded,
        Set<String> asked) {
    /**
     * @param name alias, hub id, directory or file
     * @param revision of a hub id or an alias; absent for its own
     * @param tokenizer for text prompts; absent for the model's own
     * @param adapter directory or hub id of an adapter that is merged into the weights; absent for none
     * @param adapterScale how far towards the adapted weights: 0 none of the change, 1 all of it
     */
    public record Model(
            String name,
            Optional<String> revision,
            Optional<Path> tokenizer,
            Optional<String> adapter,
            double adapterScale) {
        /** As {@code --model} takes it. */
        public String withRevision() {
            return revision.map(r -> name + "@" + r).orElse(name);
        }

        /** Without the folders it lies in. */
        public String lastPart() {
            return RunPlan.lastPart(name);
        }
    }

    /**
     * @param shuffle which tensors shuffled weights permute
     * @param seed of drawn and shuffled weights and of drawn states; always the neutral one where nothing is drawn
     */
    public record Weights(WeightMode mode, Shuffle shuffle, long seed) {}

    /**
     * @param count how often the states go through the looped layers
     * @param loop the looped layers; absent for all
     * @param recycling what a pass hands to the next
     * @param step of a damped pass, in (0, 1]: x + step (g(x) - x); 1 for g(x) itself
     * @param anchor weight of the first state at the end of every pass, in [0, 1)
     * @param until a run ends once |x_k - x_(k-1)| / |x_(k-1)| was below it in two passes running, for every prompt
     * @param skipped layers, counted from 0, whose blocks are left out
     * @param order of the blocks' layers; absent for the model's
     */
    public record Passes(
            int count,
            Optional<LayerRange> loop,
            Recycling recycling,
            double step,
            double anchor,
            Optional<Double> until,
            List<Integer> skipped,
            Optional<List<Integer>> order) {
        /** Whether the end of a pass combines what the blocks return with earlier states. */
        public boolean isCombined() {
            return step != 1 || anchor != 0;
        }
    }

    /**
     * @param form {@code paper}, {@code random:COUNTxLENGTH[@SEED]} or a file
     * @param limit only so many
     * @param specialTokens whether text is encoded with the tokenizer's special tokens
     * @param bos whether the tokenizer's special tokens stand in front; absent: as text is encoded, and never in front of ids
     * @param skipZeroRows whether random prompts leave out ids whose embedding is the zero vector
     */
    public record Prompts(
            String form, Optional<Integer> limit, boolean specialTokens, Optional<Bos> bos, boolean skipZeroRows) {}

    /**
     * @param hidden whether the states after the last pass are kept
     * @param hiddenAt where states are kept on the way
     * @param attentionAt of which blocks attention matrices are kept
     */
    public record Kept(boolean hidden, DepthList hiddenAt, DepthList attentionAt) {}

    /** @param chunk prompts computed together; absent: by a fixed rule on their length */
    public record Arithmetic(DType dtype, Optional<Integer> chunk) {}

    /**
     * @param measures names of what is recorded beside the error
     * @param perToken whether their forms token by token are among them
     */
    public record Recorded(List<String> measures, Similarity similarity, boolean perToken) {
        public Recorded {
            measures = perToken ? MeasureNames.withTokens(measures) : List.copyOf(measures);
        }
    }

    /** The run that is described by what is said of some fields. */
    public static RunPlan of(Values v) {
        Initial initial = v.get(Fields.INITIAL);
        WeightMode mode = v.get(Fields.WEIGHTS);
        boolean drawn = mode.isDrawn() || initial.isDrawn();
        return new RunPlan(
                new Model(
                        v.get(Fields.MODEL),
                        v.get(Fields.REVISION),
                        v.get(Fields.TOKENIZER),
                        v.get(Fields.ADAPTER),
                        v.get(Fields.ADAPTER_SCALE)),
                new Weights(mode, v.get(Fields.SHUFFLE), drawn ? v.get(Fields.SEED) : Fields.SEED.neutral(v)),
                new Ingredients(
                        v.get(IngredientFields.FEED_FORWARD),
                        v.get(IngredientFields.MASK),
                        v.get(IngredientFields.BETA),
                        v.get(IngredientFields.ATTENTION_SCALE),
                        v.get(IngredientFields.SKIP),
                        v.get(IngredientFields.NORM),
                        v.get(IngredientFields.HEADS),
                        v.get(IngredientFields.SKIP_ATTENTION),
                        v.get(IngredientFields.SKIP_FEED_FORWARD),
                        v.get(IngredientFields.SINK),
                        v.get(IngredientFields.CLAMP_OUTLIERS),
                        v.get(IngredientFields.FREEZE_ROUTING)),
                new Passes(
                        v.get(RouteFields.PASSES),
                        v.get(RouteFields.LOOP),
                        v.get(RouteFields.RECYCLE),
                        v.get(RouteFields.STEP),
                        v.get(RouteFields.ANCHOR),
                        v.get(RouteFields.UNTIL),
                        v.get(RouteFields.SKIP_BLOCKS),
                        v.get(RouteFields.ORDER)),
                initial,
                new Prompts(
                        v.get(Fields.PROMPTS),
                        v.get(Fields.LIMIT_PROMPTS),
                        v.get(Fields.SPECIAL_TOKENS),
                        v.get(Fields.BOS),
                        v.get(Fields.SKIP_ZERO_ROWS)),
                new Kept(v.get(Fields.SAVE_HIDDEN), v.get(Fields.SAVE_HIDDEN_AT), v.get(Fields.SAVE_ATTENTION_AT)),
                new Arithmetic(v.get(Fields.DTYPE), v.get(Fields.CHUNK)),
                new Recorded(
                        MeasureNames.inFull(v.get(Fields.MEASURES), v.get(RouteFields.PASSES)),
                        v.get(Fields.SIMILARITY),
                        v.get(Fields.PER_TOKEN)),
                v.names());
    }

    /** A directory without the folders it lies in; a hub id, which looks like one folder in another, as it is. */
    static String withoutFolders(String name) {
        return name.matches("[^./~\\\\][^/\\\\]*(/[^/\\\\]+)?") ? name : lastPart(name);
    }

    /** The last folder or file of a path or hub id. */
    public static String lastPart(String name) {
        int end = name.length();
        while (end > 0 && isSeparator(name.charAt(end - 1))) {
            end--;
        }
        int start = end;
        while (start > 0 && !isSeparator(name.charAt(start - 1))) {
            start--;
        }
        return start == end ? name : name.substring(start, end);
    }

    private static boolean isSeparator(char c) {
        return c == '/' || c == '\\';
    }

    /** The value of every field. */
    public Values values() {
        return Values.of(this);
    }

    /** The same run with another value of one field, which counts as asked for. */
    public <T> RunPlan with(Field<T> field, T value) {
        return of(values().with(field, value))
                .asking(Stream.concat(asked.stream(), Stream.of(field.name())).collect(Collectors.toUnmodifiableSet()));
    }

    /**
     * The same run with weights that are drawn.
     *
     * @param asked how: trained weights, which nothing draws, forget their seed and what a shuffle would permute
     */
    public RunPlan drawn(WeightMode mode, Values asked) {
        RunPlan drawn = with(Fields.WEIGHTS, mode).with(Fields.SEED, asked.get(Fields.SEED));
        if (!mode.needsCheckpoint()) { // nor anything that would be merged into it
            drawn = drawn.with(Fields.ADAPTER, Optional.empty()).with(Fields.ADAPTER_SCALE, 1.0);
        }
        return mode == WeightMode.SHUFFLED ? drawn.with(Fields.SHUFFLE, asked.get(Fields.SHUFFLE)) : drawn;
    }

    /** The same run with a draw that is the same for all: what does not depend on the seed is equal for equal plans. */
    public RunPlan butForTheSeed() {
        Weights same = new Weights(weights.mode(), weights.shuffle(), 0);
        return new RunPlan(model, same, ingredients, passes, initial, prompts, kept, arithmetic, recorded, asked);
    }

    /** The same run of another model, at its own revision. */
    public RunPlan withModel(String other) {
        return with(Fields.MODEL, other).with(Fields.REVISION, Optional.empty());
    }

    private RunPlan asking(Set<String> names) {
        return new RunPlan(model, weights, ingredients, passes, initial, prompts, kept, arithmetic, recorded, names);
    }

    /** Whether a field was asked for: where it was not, its value is the program's choice, and a model may know better. */
    public boolean asks(Field<?> field) {
        return asked.contains(field.name());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RunPlan plan && parts().equals(plan.parts());
    }

    @Override
    public int hashCode() {
        return parts().hashCode();
    }

    private List<Object> parts() {
        return List.of(model, weights, ingredients, passes, initial, prompts, kept, arithmetic, recorded);
    }

    /** The way through the blocks of a model of so many layers. */
    public Route route(int layers) {
        return Route.of(layers, passes);
    }

    /** The fields that decide over the numbers, but the draw and what is told by its content: model and prompts. */
    public List<String> identity() {
        return Fields.OF_A_RUN.stream()
                .filter(field -> field.role() == Field.Role.IDENTITY)
                .map(field -> field.text(this))
                .toList();
    }

    /** Whether a draw decides over the numbers. */
    public boolean isDrawn() {
        return weights.mode().isDrawn() || initial.isDrawn();
    }

    /** Whether blocks run with their feed-forward half. */
    public boolean feedForward() {
        return ingredients.feedForward();
    }

    public DType dtype() {
        return arithmetic.dtype();
    }

    public long seed() {
        return weights.seed();
    }

    public List<String> measures() {
        return recorded.measures();
    }

    public Similarity similarity() {
        return recorded.similarity();
    }
}
