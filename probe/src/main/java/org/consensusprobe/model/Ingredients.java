package org.consensusprobe.model;

import java.util.List;

/**
 * What of a transformer takes part in a run: every ingredient that theory asks about is a switch here.
 *
 * @param feedForward whether blocks have their feed-forward half, with its norm and its skip
 * @param mask which tokens a token sees
 * @param beta factor of the attention scores: an inverse temperature
 * @param attentionScale factor of what attention adds to the residual stream
 * @param skip whether blocks add to the residual stream; without, each half's output takes its place
 * @param norm whether norms normalise; without, only their gain and bias stay, the final norm's too
 * @param heads the query heads that speak, counted from 0, in every layer; empty: all
 */
public record Ingredients(
        boolean feedForward,
        Mask mask,
        double beta,
        double attentionScale,
        boolean skip,
        boolean norm,
        List<Integer> heads) {
    /** The model as it is. */
    public static final Ingredients ALL = new Ingredients(true, Mask.OWN, 1, 1, true, true, List.of());

    public Ingredients {
        heads = List.copyOf(heads);
    }

    /** The model as it is, with or without its feed-forward layers. */
    public static Ingredients withFeedForward(boolean feedForward) {
        return new Ingredients(feedForward, Mask.OWN, 1, 1, true, true, List.of());
    }
}
