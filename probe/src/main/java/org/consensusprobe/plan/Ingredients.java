package org.consensusprobe.plan;

import java.util.List;
import java.util.TreeSet;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.AttentionShape;

/**
 * What of a transformer takes part in a run: every ingredient that theory asks about is a switch here.
 *
 * @param feedForward whether blocks have their feed-forward half, with its norm and its skip
 * @param mask which tokens a token sees
 * @param beta factor of the attention scores: an inverse temperature; any finite number, 0 for uniform attention
 * @param attentionScale factor of what attention adds to the residual stream
 * @param skip whether blocks add to the residual stream; without, each half's output takes its place
 * @param norm whether norms normalise; without, only their gain and bias stay, the final norm's too
 * @param heads the query heads that speak, counted from 0, in every layer; empty: all
 * @param skipAttention layers, counted from 0, whose attention half is left out
 * @param skipFeedForward layers whose feed-forward half is left out
 * @param sink whether tokens see the first one; without, it is seen by itself alone
 * @param clampOutliers how many dimensions, the largest, are set to their median over tokens behind every block
 * @param freezeRouting whether mixtures of experts send tokens to the experts of the first pass in every pass
 */
public record Ingredients(
        boolean feedForward,
        Mask mask,
        double beta,
        double attentionScale,
        boolean skip,
        boolean norm,
        List<Integer> heads,
        List<Integer> skipAttention,
        List<Integer> skipFeedForward,
        boolean sink,
        int clampOutliers,
        boolean freezeRouting) {
    /** The model as it is. */
    public static final Ingredients ALL = withFeedForward(true);

    public Ingredients {
        heads = List.copyOf(new TreeSet<>(heads));
        skipAttention = List.copyOf(new TreeSet<>(skipAttention));
        skipFeedForward = List.copyOf(new TreeSet<>(skipFeedForward));
        if (!Double.isFinite(beta)) {
            throw Problem.input("--beta is %s: expected a finite number; 1 leaves attention as it is.", beta);
        }
        if (!Double.isFinite(attentionScale)) {
            throw Problem.input(
                    "--attention-scale is %s: expected a finite number; 1 leaves attention as it is.", attentionScale);
        }
    }

    /** The model as it is, with or without its feed-forward layers. */
    public static Ingredients withFeedForward(boolean feedForward) {
        return new Ingredients(
                feedForward, Mask.OWN, 1, 1, true, true, List.of(), List.of(), List.of(), true, 0, false);
    }

    /**
     * Checks frozen routing against a model.
     *
     * @param mixed whether it has mixtures of experts
     * @throws Problem if it is asked of a model that has none
     */
    public void requireExperts(String model, boolean mixed) {
        if (freezeRouting && !mixed) {
            throw Problem.input(
                    "--freeze-routing: %s has no mixtures of experts, so it has no routing; leave it out.", model);
        }
    }

    /**
     * Checks the clamped dimensions against a model's.
     *
     * @throws Problem if it has fewer
     */
    public void requireDimensions(String model, int width) {
        if (clampOutliers > width) {
            throw Problem.input(
                    "--clamp-outliers %d: the states of %s have %d dimensions; give at most as many.",
                    clampOutliers, model, width);
        }
    }

    /**
     * Checks the heads against a model's.
     *
     * @throws Problem if one of the heads is not there
     */
    public void requireHeads(String model, int count) {
        if (!heads.isEmpty() && heads.get(heads.size() - 1) >= count) {
            throw Problem.input(
                    "--heads %s: %s has %d heads a layer, counted from 0 to %d.",
                    Heads.text(heads), model, count, count - 1);
        }
    }

    /** The same with these heads alone. */
    public Ingredients withHeads(List<Integer> speaking) {
        return with(speaking, sink, clampOutliers);
    }

    /** The same without attention of others to token 1. */
    public Ingredients withoutSink() {
        return with(heads, false, clampOutliers);
    }

    /** The same with so many dimensions set to their median over tokens. */
    public Ingredients withClamped(int dimensions) {
        return with(heads, sink, dimensions);
    }

    private Ingredients with(List<Integer> speaking, boolean seen, int clamped) {
        return new Ingredients(
                feedForward,
                mask,
                beta,
                attentionScale,
                skip,
                norm,
                speaking,
                skipAttention,
                skipFeedForward,
                seen,
                clamped,
                freezeRouting);
    }

    /** Attention as a run takes it. */
    public AttentionShape over(AttentionShape own) {
        return mask.over(own).withBeta(beta).withSink(sink);
    }

    /** Which halves of a layer's block run, the layer counted from 0. */
    public Halves halves(int layer) {
        return new Halves(!skipAttention.contains(layer), feedForward && !skipFeedForward.contains(layer));
    }

    /**
     * Checks the layers whose halves are left out against a model's.
     *
     * @throws Problem if one of them is not there
     */
    public void requireLayers(int count) {
        LayerList.require("--skip-attention", skipAttention, count);
        LayerList.require("--skip-feed-forward", skipFeedForward, count);
    }
}
