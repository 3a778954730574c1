package org.consensusprobe.plan;

import java.util.List;
import org.consensusprobe.plan.Field.Group;
import org.consensusprobe.plan.Field.Mention;
import org.consensusprobe.plan.Field.Role;

/** Fields of {@link Fields#OF_A_RUN}: what the blocks of a run are made of. */
public final class IngredientFields {
    private static final String INGREDIENTS_DIFFER = "different ingredients";

    public static final Field<Boolean> FEED_FORWARD = Field.of("feed_forward", Codec.FLAG, true)
            .in(Group.INGREDIENTS, Role.IDENTITY, RunPlan::feedForward)
            .said(Mention.ALWAYS, IngredientFields::feedForward)
            .help("", "Leave out the feed-forward half of every block.");

    public static final Field<Mask> MASK = Field.of("mask", Mask.CODEC, Mask.OWN)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().mask())
            .said(Mention.CHANGED, (mask, p) -> mask.words())
            .caution(INGREDIENTS_DIFFER)
            .help(
                    "MASK",
                    "Which tokens a token sees: own (the model's), causal, full (all), or window:K (itself and the K - 1"
                            + " before it, in every layer).");

    public static final Field<Double> BETA = Field.of("beta", Codec.NUMBER, 1.0)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().beta())
            .said(Mention.CHANGED, (beta, p) -> "beta " + Field.plain(beta))
            .caution(INGREDIENTS_DIFFER)
            .help("X", "Multiply attention scores: an inverse temperature; 0 makes attention uniform.");

    public static final Field<Double> ATTENTION_SCALE = Field.of("attention_scale", Codec.NUMBER, 1.0)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().attentionScale())
            .said(Mention.CHANGED, (factor, p) -> "attention x " + Field.plain(factor))
            .caution(INGREDIENTS_DIFFER)
            .help("X", "Multiply what attention adds to the residual stream.");

    public static final Field<Boolean> SKIP = Field.of("skip", Codec.FLAG, true)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().skip())
            .said(Mention.CHANGED, (on, p) -> on ? "skips" : "no skips")
            .caution(INGREDIENTS_DIFFER)
            .help(
                    "",
                    "Without residual connections: each half of a block replaces the stream instead of adding to it.");

    public static final Field<Boolean> NORM = Field.of("norm", Codec.FLAG, true)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().norm())
            .said(Mention.CHANGED, (on, p) -> on ? "norms" : "no norms")
            .caution(INGREDIENTS_DIFFER)
            .help("", "Norms do not normalise; their gain and bias stay. The final norm too.");

    public static final Field<List<Integer>> HEADS = Field.of("heads", Heads.CODEC, List.<Integer>of())
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().heads())
            .said(Mention.CHANGED, (heads, p) -> Heads.words(heads))
            .caution(INGREDIENTS_DIFFER)
            .help("LIST", "Only these heads of every layer speak, counted from 0, such as 0,2,4-7.");

    public static final Field<List<Integer>> SKIP_ATTENTION = Field.of(
                    "skip_attention", LayerList.SET, List.<Integer>of())
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().skipAttention())
            .said(Mention.CHANGED, (layers, p) -> leftOut("attention", layers))
            .caution(INGREDIENTS_DIFFER)
            .help("LIST", "Leave out attention's half of these layers, counted from 0, such as 3,7-9.");

    public static final Field<List<Integer>> SKIP_FEED_FORWARD = Field.of(
                    "skip_feed_forward", LayerList.SET, List.<Integer>of())
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().skipFeedForward())
            .said(Mention.CHANGED, (layers, p) -> leftOut("feed-forward", layers))
            .caution(INGREDIENTS_DIFFER)
            .help("LIST", "Leave out the feed-forward half of these layers, counted from 0.");

    public static final Field<Boolean> FREEZE_ROUTING = Field.of("freeze_routing", Codec.FLAG, false)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().freezeRouting())
            .said(Mention.CHANGED, (on, p) -> on ? "routing of the first pass" : "routing of each pass")
            .caution(INGREDIENTS_DIFFER)
            .help(
                    "",
                    "Mixtures of experts send every token to the experts that it chose in the first pass, in all passes; what those"
                            + " count for follows the states.");

    public static final Field<Boolean> SINK = Field.of("sink", Codec.FLAG, true)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().sink())
            .said(Mention.CHANGED, (on, p) -> on ? "sink" : "no sink")
            .caution(INGREDIENTS_DIFFER)
            .help(
                    "",
                    "No token but token 1 itself attends to token 1, in every layer; what is left of a row sums to 1 again.");

    public static final Field<Integer> CLAMP_OUTLIERS = Field.of(
                    "clamp_outliers", Codec.integer(0, Integer.MAX_VALUE, k -> (int) k), 0)
            .in(Group.INGREDIENTS, Role.IDENTITY, p -> p.ingredients().clampOutliers())
            .said(Mention.CHANGED, (k, p) -> k == 0 ? "no clamp" : k + (k == 1 ? " outlier" : " outliers") + " clamped")
            .caution(INGREDIENTS_DIFFER)
            .help(
                    "K",
                    "Behind every block, of each prompt by itself, set the K dimensions that hold the largest activations to their"
                            + " median over the prompt's tokens.");

    private IngredientFields() {}

    private static String leftOut(String half, List<Integer> layers) {
        return layers.isEmpty() ? half + " in all layers" : "no " + half + " in layers " + Heads.text(layers);
    }

    /** What became of it in another program is not known. */
    private static String feedForward(boolean on, RunPlan plan) {
        String known = on ? "with feed-forward" : "no feed-forward";
        return plan.weights().mode() == WeightMode.ELSEWHERE ? "" : known;
    }
}
