package org.consensusprobe.model;

import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.consensusprobe.plan.Halves;
import org.consensusprobe.plan.Ingredients;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/**
 * The steps that blocks are written in, under the ingredients of a run. With {@link Ingredients#ALL} every step is the
 * kernel itself, so that a switch in its neutral position changes no bit.
 *
 * <p>Shapes: B prompts, T tokens, D model width, H heads, d head size, F feed-forward width.
 */
public final class Forward {
    /** Tokens that steps get at a time where they take each by itself. */
    public static final int TOKENS = 2048;

    private final Kernels kernels;
    private final Ingredients ingredients;
    private final Optional<BlockTap> tap;
    private final Halves halves;
    private final Tensor entered; // what the block was given, where attention's half is left out; otherwise null
    final Choices choices;

    /** Steps outside blocks, or of a block that is whole. */
    public Forward(Kernels kernels, Ingredients ingredients) {
        this(kernels, ingredients, Optional.empty(), Halves.BOTH, null, Choices.OWN);
    }

    private Forward(Forward other, Kernels kernels, Choices choices) {
        this(kernels, other.ingredients, other.tap, other.halves, other.entered, choices);
    }

    private Forward(
            Kernels kernels,
            Ingredients ingredients,
            Optional<BlockTap> tap,
            Halves halves,
            Tensor entered,
            Choices choices) {
        this.choices = choices;
        this.kernels = kernels;
        this.ingredients = ingredients;
        this.tap = tap;
        this.halves = halves.and(new Halves(true, ingredients.feedForward()));
        this.entered = entered;
    }

    /**
     * Steps of one block.
     *
     * @param kernels in a scope that lives as long as the block runs
     * @param halves that run, where the ingredients have them
     * @param x [B, T, D], what enters the block
     */
    public static Forward ofBlock(
            Kernels kernels, Ingredients ingredients, Halves halves, Optional<BlockTap> tap, Tensor x) {
        Tensor entered = halves.attention() ? null : kernels.tensors().copy(x); // [B, T, D]
        return new Forward(kernels, ingredients, tap, halves, entered, Choices.OWN);
    }

    /** The same steps, whose choices of experts are seen, or made, by another. */
    public Forward routedBy(Optional<Routing> routing) {
        return new Forward(this, kernels, new Choices(routing, choices.firstToken(), choices.sinks()));
    }

    /** The same steps without attention's sinks: with them equal tokens do not stay equal, whatever rounding does. */
    public Forward withoutSinks() {
        return new Forward(this, kernels, new Choices(choices.routing(), choices.firstToken(), false));
    }

    /** The same steps, with results in another scope. */
    Forward in(Scope scope) {
        return new Forward(this, kernels.in(scope), choices);
    }

    /** The kernels, for steps that no ingredient touches. */
    public Kernels kernels() {
        return kernels;
    }

    /** Another pair of halves begins within the same layer: x [B, T, D] enters it. */
    public void again(Tensor x) {
        if (!halves.attention()) {
            kernels.overwrite(entered, x);
        }
        tap.ifPresent(t -> t.onAgain(x));
    }

    /**
     * Between a block's halves, where one follows the other: whether the feed-forward half runs.
     *
     * @param x [B, T, D], the stream behind attention's half and its norm; what entered the block is put back in its place
     *     where that half is left out
     */
    public boolean feedForward(Tensor x) {
        if (!halves.attention()) {
            kernels.overwrite(x, entered);
        }
        tap.ifPresent(t -> t.onMiddle(x));
        return halves.feedForward();
    }

    /** What the step makes, with all that it makes on the way freed: the end of attention's half, say, without q, k and v. */
    public Tensor freeing(Function<Forward, Tensor> step) {
        try (Scope scope = kernels.openAnother()) {
            Tensor made = step.apply(in(scope));
            return kernels.keep(made);
        }
    }

    /**
     * Steps that take every token by itself, in place, with all that they make freed. Of longer prompts than {@value
     * #TOKENS} tokens they get so many at a time, so that what a wide feed-forward layer makes stays small.
     *
     * @param x [B, T, D]
     * @param steps what is done with x, or a view [B, t, D] of it
     */
    public void byTokens(Tensor x, BiConsumer<Forward, Tensor> steps) {
        long tokens = x.size(1);
        for (long first = 0; first < tokens; first += TOKENS) {
            try (Scope scope = kernels.openAnother()) {
                Kernels k = kernels.in(scope);
                Tensor part = tokens <= TOKENS
                        ? x
                        : k.tensors().tokensView(x, first, Math.min(tokens, first + TOKENS)); // [B, t, D]
                steps.accept(new Forward(this, k, choices.from(first)), part);
            }
        }
    }

    /** Values for each of a prompt's tokens where {@link #byTokens} makes so many for each of those it takes at a time. */
    static long perToken(long values, int tokens) {
        return tokens <= TOKENS ? values : (values * TOKENS + tokens - 1) / tokens;
    }

    /** As {@link #byTokens(Tensor, BiConsumer)}, with the same tokens of a second tensor of x's shape. */
    public void byTokens(Tensor x, Tensor other, PairedSteps steps) {
        long[] first = {0};
        byTokens(x, (f, part) -> {
            steps.take(f, part, f.kernels.tensors().tokensView(other, first[0], first[0] + part.size(1)));
            first[0] += part.size(1);
        });
    }

    /** Takes tokens of two tensors, each [B, t, D]. */
    @FunctionalInterface
    public interface PairedSteps {
        void take(Forward f, Tensor part, Tensor other);
    }

    /** LayerNorm over the last axis of x [.., D], with gain and bias [D] or null. */
    public Tensor layerNorm(Tensor x, Tensor gain, Tensor bias, double eps) {
        return ingredients.norm() ? kernels.layerNorm(x, gain, bias, eps) : kernels.affine(x, gain, bias);
    }

    /** x [B, T, D] = LayerNorm(x), in place: the norm after a half's skip. */
    public void normalise(Tensor x, Tensor gain, Tensor bias, double eps) {
        tap.ifPresent(BlockTap::onNormed);
        try (Tensor normed = layerNorm(x, gain, bias, eps)) { // [B, T, D]
            kernels.overwrite(x, normed);
        }
    }

    /** RMSNorm over the last axis of x [.., D], with gain [D] or null. */
    public Tensor rmsNorm(Tensor x, Tensor gain, double eps) {
        return ingredients.norm() ? kernels.rmsNorm(x, gain, eps) : kernels.affine(x, gain, null);
    }

    /** Rotary positions on every head of x [B, T, H d], a query or a key, which is closed: nothing else needs it. */
    public Tensor rotate(Tensor x, int heads, Rotary rotary) {
        try (x) {
            Tensor table = rotary.table(kernels, (int) x.size(1)); // [2, T, n]
            return rotary.byPairs()
                    ? kernels.rotatePairs(x, table, heads)
                    : kernels.rotate(x, table, heads); // [B, T, H d]
        }
    }

    /** x [.., E] w' + b for w [F, E] and b [F] or null -> [.., F]. */
    public Tensor linear(Tensor x, Tensor w, Tensor b) {
        return kernels.linear(x, w, b);
    }

    /** As {@link #linear(Tensor, Tensor, Tensor)}, followed by the activation. */
    public Tensor linear(Tensor x, Tensor w, Tensor b, Activation activation) {
        return kernels.linear(x, w, b, activation);
    }

    /**
     * The inner values of a gated feed-forward layer: activation(x gate' + bGate) * (x up' + bUp).
     *
     * @param x [B, T, D]
     * @param gate [F, D], with bias [F] or null
     * @param up [F, D], with bias [F] or null
     * @return [B, T, F]
     */
    public Tensor gated(Tensor x, Tensor gate, Tensor gateBias, Tensor up, Tensor upBias, Activation activation) {
        Tensor open = kernels.linear(x, gate, gateBias, activation); // [B, T, F]
        try (Tensor factor = kernels.linear(x, up, upBias)) { // [B, T, F]
            return kernels.multiply(open, factor); // [B, T, F]
        }
    }

    /** Attention of q [B, T, H d] over k, v [B, T, G d] -> [B, T, H d], before the output projection. */
    public Tensor attention(Tensor q, Tensor k, Tensor v, AttentionShape own) {
        return attention(q, k, v, own, null, null);
    }

    /** The same with a bias [1 or B, 1 or H, 1 or T, T] on scores, and a logit [H] that stands for no token; each may be null. */
    public Tensor attention(Tensor q, Tensor k, Tensor v, AttentionShape own, Tensor bias, Tensor sinks) {
        Tensor logits = choices.sinks() ? sinks : null; // [H]
        AttentionShape shape = ingredients.over(own);
        attending().ifPresent(t -> t.onMatrices(new ScoredRows(q, k, shape, bias, logits)));
        attending().ifPresent(t -> t.onKeysAndValues(k, v, shape));
        Tensor heads = kernels.attention(q, k, v, shape, bias, logits); // [B, T, H d]
        if (!ingredients.heads().isEmpty()) {
            long[] kept =
                    ingredients.heads().stream().mapToLong(Integer::longValue).toArray();
            kernels.keepHeads(heads, shape.heads(), kept);
        }
        return heads;
    }

    /** x [B, T, D] += heads [B, T, H d] w' + b: attention's output projection and its skip, in place. */
    public void addAttention(Tensor x, Tensor heads, Tensor w, Tensor b) {
        if (!halves.attention()) {
            return;
        }
        tap.ifPresent(t -> t.onHeads(heads, w));
        if (tap.filter(BlockTap::seesBranch).isEmpty() && ingredients.attentionScale() == 1 && ingredients.skip()) {
            kernels.addLinear(x, heads, w, b);
        } else {
            add(x, attentionBranch(x, kernels.linear(heads, w, b)));
        }
    }

    /**
     * x [B, T, D] += attention + half(x), in place, both fed from the block's input.
     *
     * @param heads [B, T, H d]
     * @param w [D, H d], attention's output projection, with bias [D] or null
     * @param half the feed-forward half with its norm, of tokens [B, t, D], and no skip
     */
    public void addParallel(Tensor x, Tensor heads, Tensor w, Tensor b, BiFunction<Forward, Tensor, Tensor> half) {
        if (halves.attention() && halves.feedForward()) {
            tap.ifPresent(t -> t.onHeads(heads, w));
            Tensor branch = attentionBranch(x, kernels.linear(heads, w, b)); // [B, T, D]
            tap.ifPresent(t -> t.onParallel(branch, x));
            byTokens(x, branch, (g, part, own) -> g.add(part, own, half.apply(g, part)));
            return;
        }
        addAttention(x, heads, w, b);
        if (feedForward(x)) {
            byTokens(x, (g, part) -> g.add(part, half.apply(g, part)));
        }
    }

    /** x [B, T, D] += inner [B, T, F] w' + b: the end of the feed-forward half and its skip, in place. */
    public void addFeedForward(Tensor x, Tensor inner, Tensor w, Tensor b) {
        if (ingredients.skip()) {
            kernels.addLinear(x, inner, w, b);
        } else {
            add(x, kernels.linear(inner, w, b));
        }
    }

    /**
     * What attention is to add to the stream x [B, T, D], for blocks that do more with it than {@link #addAttention}.
     *
     * @param out [B, T, D], the output projection's result; scaled in place
     */
    public Tensor attentionBranch(Tensor x, Tensor out) {
        Tensor branch = ingredients.attentionScale() == 1 ? out : kernels.scale(out, ingredients.attentionScale());
        attending().filter(BlockTap::seesBranch).ifPresent(t -> t.onBranch(branch, x));
        return branch;
    }

    /** The tap, where attention's half takes part. */
    private Optional<BlockTap> attending() {
        return halves.attention() ? tap : Optional.empty();
    }

    /** x += the branches, in place; without skips x becomes their sum. */
    public void add(Tensor x, Tensor... branches) {
        for (int i = 0; i < branches.length; i++) {
            if (i == 0 && !ingredients.skip()) {
                kernels.overwrite(x, branches[i]);
            } else {
                kernels.add(x, branches[i]);
            }
        }
    }
}
