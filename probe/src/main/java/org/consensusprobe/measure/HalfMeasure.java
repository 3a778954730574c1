package org.consensusprobe.measure;

import java.util.List;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Similarity;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * What one half of a block adds to a quantity of the states: q behind the half less q before it. Of a block whose halves are
 * both fed from its input, the mean over the two orders in which they can be added. The two halves sum to the block's change. At
 * the embedding it is NaN.
 *
 * @param quantity of every prompt's states; one number each
 * @param ofAttention whether the half is attention's
 */
public record HalfMeasure(About about, StateMeasure quantity, boolean ofAttention) implements Measure {
    private static final String FLOOR =
            "rounding of the two values whose difference it is, in units of the state's dtype";

    /** Of the error, attention's half or the feed-forward one. */
    static HalfMeasure ofError(boolean attention, Similarity similarity) {
        String name = attention ? MeasureNames.ERROR_ATTENTION : MeasureNames.ERROR_FEED_FORWARD;
        return new HalfMeasure(
                about(name, "E", "defined here, of eq. 25, arXiv 2412.02682", attention),
                Measures.error(similarity),
                attention);
    }

    /** Of the mean over pairs. */
    static HalfMeasure ofPairs(boolean attention) {
        String name = MeasureNames.PAIRWISE_MEAN + (attention ? "-attention" : "-feed-forward");
        return new HalfMeasure(
                about(name, "P", "defined here, of pairwise-mean", attention),
                (StateMeasure) Pairwise.mean(),
                attention);
    }

    private static About about(String name, String q, String source, boolean attention) {
        String half = attention
                ? q + "(behind attention's half) - " + q + "(block's input)"
                : q + "(block's output) - " + q + "(behind attention's half)";
        return new About(
                name,
                half + "; of parallel halves the mean over both orders; the two halves sum to the block's change",
                source,
                "1",
                Cost.LOW,
                FLOOR);
    }

    // a sum of states beside the quantity's own
    @Override
    public long bytes(Sizes sizes) {
        return quantity.bytes(sizes) + 2L * Double.BYTES * sizes.values();
    }

    /** The quantity of a chunk [B, T, D] -> B values. */
    public double[] of(Kernels kernels, Tensor x) {
        int prompts = Math.toIntExact(x.size(0));
        int[] members = java.util.stream.IntStream.range(0, prompts).toArray();
        return quantity.of(kernels, new DepthStates(prompts, List.of(new DepthStates.Chunk(members, x))));
    }

    /**
     * What attention's half adds; the other half adds the rest of the change.
     *
     * @param before the quantity of the block's input
     * @param attention behind attention's half alone
     * @param feedForward behind the feed-forward half alone; NaN where the halves follow each other
     * @param after of the block's output
     */
    public double attention(double before, double attention, double feedForward, double after) {
        double first = attention - before;
        return Double.isNaN(feedForward) ? first : (first + (after - feedForward)) / 2;
    }
}
