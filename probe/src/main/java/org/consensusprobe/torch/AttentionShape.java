package org.consensusprobe.torch;

/**
 * What attention does besides its projections.
 *
 * @param heads query heads H
 * @param keyValueHeads key and value heads G, a divisor of H: each serves H / G neighbouring query heads
 * @param scale factor of the products q k'
 * @param causal whether token i sees only tokens j up to i
 * @param window tokens at a distance of less than this are seen; 0 for all
 * @param sink whether others see the first token, where attention often sinks; it always sees itself
 * @param softCap scores are bent to softCap tanh(score / softCap); 0 for none
 * @param beta factor of the scores that enter the softmax; 1 in every checkpoint
 */
public record AttentionShape(
        int heads,
        int keyValueHeads,
        double scale,
        boolean causal,
        int window,
        boolean sink,
        double softCap,
        double beta) {
    public AttentionShape {
        if (heads < 1 || keyValueHeads < 1 || heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(heads + " heads over " + keyValueHeads + " key/value heads");
        }
    }

    /** Attention that sees the first token as any other. */
    public AttentionShape(
            int heads, int keyValueHeads, double scale, boolean causal, int window, double softCap, double beta) {
        this(heads, keyValueHeads, scale, causal, window, true, softCap, beta);
    }

    /** Causal attention with as many key/value heads as heads; window 0 for all earlier tokens. */
    public static AttentionShape causal(int heads, double scale, int window) {
        return new AttentionShape(heads, heads, scale, true, window, 0, 1);
    }

    /** Attention of every token to every token, with as many key/value heads as heads. */
    public static AttentionShape full(int heads, double scale) {
        return new AttentionShape(heads, heads, scale, false, 0, 0, 1);
    }

    /** The same shape with another mask. */
    public AttentionShape withMask(boolean causalMask, int windowSize) {
        return new AttentionShape(heads, keyValueHeads, scale, causalMask, windowSize, sink, softCap, beta);
    }

    /** What each head does by itself. */
    public AttentionShape ofOneHead() {
        return new AttentionShape(1, 1, scale, causal, window, sink, softCap, beta);
    }

    /** The same shape with scores multiplied by a factor. */
    public AttentionShape withBeta(double factor) {
        return new AttentionShape(heads, keyValueHeads, scale, causal, window, sink, softCap, factor);
    }

    /** The same shape, in which others see the first token or do not. */
    public AttentionShape withSink(boolean seen) {
        return new AttentionShape(heads, keyValueHeads, scale, causal, window, seen, softCap, beta);
    }
}
