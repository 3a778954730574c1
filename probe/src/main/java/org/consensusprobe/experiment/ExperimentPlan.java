package org.consensusprobe.experiment;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.consensusprobe.common.Problem;
import org.consensusprobe.measure.Measures;
import org.consensusprobe.measure.Similarity;
import org.consensusprobe.model.Ingredients;
import org.consensusprobe.torch.DType;

/**
 * All that determines a run's numbers besides the model's files and the prompts, and how it may use the machine.
 *
 * @param weights which weights
 * @param ingredients what of the model takes part
 * @param passes how often the hidden states go through all blocks
 * @param dtype the dtype asked for; bfloat16 and float16 are mixed, see {@link Numerics}
 * @param device {@code auto}, {@code cpu}, {@code cuda}, {@code cuda:i} or {@code mps}
 * @param seed of random and shuffled weights
 * @param chunk prompts computed together; absent: by the rule of {@link ChunkRule}
 * @param threads of one operation; 0: one per core
 * @param memory ceiling in bytes on resident memory without file-mapped pages; absent: half of the machine's, and layers
 *     are streamed
 * @param saveHidden whether the hidden states after the last pass are kept
 * @param recycling what goes from one pass to the next
 * @param similarity of tokens, in the error and its control without token 1
 * @param measures names of the measures recorded beside the error; see {@link Measures}
 * @param states where hidden states come from, and which are kept on the way
 */
public record ExperimentPlan(
        WeightMode weights,
        Ingredients ingredients,
        int passes,
        DType dtype,
        String device,
        long seed,
        OptionalInt chunk,
        int threads,
        OptionalLong memory,
        boolean saveHidden,
        Recycling recycling,
        Similarity similarity,
        List<String> measures,
        States states) {
    /** The most passes of a run. */
    public static final int MOST_PASSES = 1_000_000;

    public ExperimentPlan {
        if (passes < 1 || passes > MOST_PASSES) {
            throw Problem.input("--passes is %d: expected 1 to %d.", passes, MOST_PASSES);
        }
        if (seed < 0) {
            throw Problem.input("--seed is %d: expected 0 or more, as torch.manual_seed's users write it.", seed);
        }
        if (chunk.isPresent() && chunk.getAsInt() < 1) {
            throw Problem.input("--chunk is %d: expected 1 or more prompts.", chunk.getAsInt());
        }
        if (threads < 0 || threads > 4096) {
            throw Problem.input("--threads is %d: expected 1 to 4096.", threads);
        }
        measures = List.copyOf(measures);
        Measures.named(measures, similarity);
    }

    /** Whether blocks run with their feed-forward half. */
    public boolean feedForward() {
        return ingredients.feedForward();
    }

    /** As the canonical one, from the embedding, with no states kept on the way. */
    public ExperimentPlan(
            WeightMode weights,
            Ingredients ingredients,
            int passes,
            DType dtype,
            String device,
            long seed,
            OptionalInt chunk,
            int threads,
            OptionalLong memory,
            boolean saveHidden,
            Recycling recycling,
            Similarity similarity,
            List<String> measures) {
        this(
                weights,
                ingredients,
                passes,
                dtype,
                device,
                seed,
                chunk,
                threads,
                memory,
                saveHidden,
                recycling,
                similarity,
                measures,
                States.USUAL);
    }

    /** The experiment as the paper makes it: the final norm's output recycled, cosines, the error alone. */
    public ExperimentPlan(
            WeightMode weights,
            boolean feedForward,
            int passes,
            DType dtype,
            String device,
            long seed,
            OptionalInt chunk,
            int threads,
            OptionalLong memory,
            boolean saveHidden) {
        this(
                weights,
                Ingredients.withFeedForward(feedForward),
                passes,
                dtype,
                device,
                seed,
                chunk,
                threads,
                memory,
                saveHidden,
                Recycling.FINAL_NORM,
                Similarity.COSINE,
                List.of());
    }
}
