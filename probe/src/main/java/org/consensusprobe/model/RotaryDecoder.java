package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Stack;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * What the decoders with rotary positions share around their blocks: sizes, token table, final norm and head, and the steps
 * that most blocks are made of.
 *
 * <p>A family's file says what is its own: the fields of its config, its kind of norm and feed-forward layer, the tensors of a
 * layer, and its block.
 */
abstract class RotaryDecoder implements Transformer {
    private static final List<Pattern> NOT_READ = List.of(
            Pattern.compile("(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\..*")); // tables, saved by older versions

    final DecoderConfig c;
    final Norm norm;
    final FeedForward mlp;
    private final List<FeedForward> halves;

    /** Of layers that have all the same feed-forward layer. */
    RotaryDecoder(DecoderConfig config, Norm norm, FeedForward mlp) {
        this(config, norm, Collections.nCopies(config.layers(), mlp));
    }

    /** Of layers whose feed-forward layers differ: mixtures of experts in some. */
    RotaryDecoder(DecoderConfig config, Norm norm, List<FeedForward> halves) {
        this.c = config;
        this.norm = norm;
        this.halves = halves;
        this.mlp = halves.get(0);
    }

    /** The feed-forward layer of that layer. */
    final FeedForward half(int layer) {
        return halves.get(layer);
    }

    /** The activation of the gate, {@code hidden_act}. */
    static Activation activation(JsonFields f, String key, String fallback) {
        return Activation.named(f.textOr(key, fallback), f.place(key));
    }

    @Override
    public Sizes sizes() {
        return new Sizes(c.modelType(), c.layers(), c.width(), c.heads(), c.context(), c.vocabulary(), c.inner());
    }

    @Override
    public int layers() {
        return c.layers();
    }

    // normed x, q, k and v, repeated for all heads, and heads; normed x and branches, inner values twice
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long half = halves.stream().mapToLong(FeedForward::valuesPerToken).max().orElse(0);
        long inner = feedForward ? 3L * c.width() + half : 0;
        return Math.max(c.width() + 4L * c.queries() + 2L * c.keys(), Forward.perToken(inner, tokens));
    }

    @Override
    public List<String> prefixes() {
        return List.of("model.");
    }

    @Override
    public List<Pattern> ignorable() {
        return NOT_READ;
    }

    @Override
    public List<Stack> stacks() {
        List<Stack> stacks = new ArrayList<>();
        for (int layer = 0; layer < c.layers(); layer++) {
            if (half(layer) instanceof Experts experts) {
                stacks.addAll(experts.stacks("layers." + layer + "."));
            }
        }
        return stacks;
    }

    @Override
    public Optional<Mixture> mixture() {
        return halves.stream()
                .filter(Experts.class::isInstance)
                .map(half -> ((Experts) half).router().choice())
                .map(choice -> new Mixture(choice.experts(), choice.chosen()))
                .findFirst();
    }

    @Override
    public double initializerRange() {
        return c.initializerRange();
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(TensorSpec.state("", "embed_tokens.weight", c.vocabulary(), c.width()));
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return norm("", "norm");
    }

    @Override
    public List<TensorSpec> head() {
        String name = c.tiedHead() ? "embed_tokens.weight" : "lm_head.weight";
        return List.of(TensorSpec.linear("", name, c.vocabulary(), c.width()));
    }

    /** The norm before attention, if there is one. */
    String firstNorm() {
        return "input_layernorm";
    }

    /** The matrices of attention, with separate q, k, v, after the norm before it. */
    final List<TensorSpec> attentionTensors(String h, boolean queryKeyValueBias, boolean outBias) {
        List<TensorSpec> specs = norm(h, firstNorm());
        specs.addAll(projectionTensors(h, queryKeyValueBias, outBias));
        return specs;
    }

    /** The matrices of attention, with separate q, k, v. */
    final List<TensorSpec> projectionTensors(String h, boolean queryKeyValueBias, boolean outBias) {
        List<TensorSpec> specs = new ArrayList<>();
        specs.addAll(matrix(h, "self_attn.q_proj", c.queries(), c.width(), queryKeyValueBias));
        specs.addAll(matrix(h, "self_attn.k_proj", c.keys(), c.width(), queryKeyValueBias));
        specs.addAll(matrix(h, "self_attn.v_proj", c.keys(), c.width(), queryKeyValueBias));
        specs.addAll(matrix(h, "self_attn.o_proj", c.width(), c.queries(), outBias));
        return specs;
    }

    /** The tensors of a layer whose block is {@link #plainBlock}. */
    final List<TensorSpec> plainLayer(int layer, boolean feedForward, boolean queryKeyValueBias, boolean outBias) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, queryKeyValueBias, outBias);
        if (feedForward) {
            specs.addAll(norm(h, "post_attention_layernorm"));
            specs.addAll(half(layer).tensors(h));
        }
        return specs;
    }

    /** A matrix and, where the model has one, its bias. */
    static List<TensorSpec> matrix(String part, String role, long out, long in, boolean bias) {
        TensorSpec weight = TensorSpec.linear(part, role + ".weight", out, in);
        return bias ? List.of(weight, TensorSpec.state(part, role + ".bias", out)) : List.of(weight);
    }

    /** What is stored of the norm over the stream of that name; a list that can grow. */
    final List<TensorSpec> norm(String part, String name) {
        return norm.tensors(part, name, c.width());
    }

    // ---- steps of blocks

    /** The norm of that name of x [.., D]. */
    final Tensor norm(Forward f, Weights w, String name, Tensor x) {
        return norm.of(f, w, name, x, c.eps()); // [.., D]
    }

    /** x [B, T, E] through the matrix of that role and its bias, if it has one -> [B, T, F]. */
    static Tensor linear(Forward f, Weights w, String role, Tensor x) {
        return f.linear(x, w.get(role + ".weight"), w.orNull(role + ".bias")); // [B, T, F]
    }

    /** What a family does with queries or keys [B, T, n d] of n heads, "q" or "k", before they meet. */
    interface Turn {
        Tensor of(Tensor projected, String which, int heads);
    }

    /** Attention of a [B, T, D] through separate q, k and v, before the output projection -> [B, T, H d]. */
    final Tensor heads(Forward f, Weights w, Tensor a, AttentionShape shape, Turn turn) {
        Tensor query = turn.of(linear(f, w, "self_attn.q_proj", a), "q", c.heads()); // [B, T, H d]
        Tensor key = turn.of(linear(f, w, "self_attn.k_proj", a), "k", c.keyValueHeads()); // [B, T, G d]
        Tensor value = linear(f, w, "self_attn.v_proj", a); // [B, T, G d]
        return f.attention(query, key, value, shape); // [B, T, H d]
    }

    /** Llama's block: a norm before each half, rotated queries and keys, a feed-forward layer; window 0 for none. */
    final void plainBlock(Forward f, Weights w, int layer, Tensor x, Rotary rotary, int window) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(window), (q, which, n) -> g.rotate(q, n, rotary));
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm", half(layer));
    }

    /** x [B, T, D] += heads [B, T, H d] through the output projection, in place. */
    final void addAttention(Forward f, Weights w, Tensor x, Tensor heads) {
        f.addAttention(x, heads, w.get("self_attn.o_proj.weight"), w.orNull("self_attn.o_proj.bias"));
    }

    /** x [B, T, D] += the norm of that name of heads [B, T, H d] through the output projection, in place. */
    final void addNormedAttention(Forward f, Weights w, Tensor x, Tensor heads, String after) {
        Tensor branch = f.freeing(g -> norm(g, w, after, linear(g, w, "self_attn.o_proj", heads))); // [B, T, D]
        f.add(x, f.attentionBranch(x, branch));
    }

    /** The feed-forward half of x [B, T, D], if it runs, after the norm of that name, in place, some tokens at a time. */
    final void addFeedForward(Forward f, Weights w, Tensor x, String before) {
        addFeedForward(f, w, x, before, mlp);
    }

    /** The same where layers differ. */
    final void addFeedForward(Forward f, Weights w, Tensor x, String before, FeedForward half) {
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> half.add(g, w, part, norm(g, w, before, part)));
        }
    }

    /** As {@link #addFeedForward}, with a norm on what is added; without one before it where that name is empty. */
    final void addNormedFeedForward(Forward f, Weights w, Tensor x, String before, String after) {
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = before.isEmpty() ? part : norm(g, w, before, part); // [B, t, D]
                g.add(part, norm(g, w, after, mlp.of(g, w, m)));
            });
        }
    }

    /** x [B, T, D] += attention and the feed-forward half, both fed from the norm of that name of the block's input. */
    final void addParallel(Forward f, Weights w, Tensor x, Tensor heads, String before) {
        f.addParallel(
                x,
                heads,
                w.get("self_attn.o_proj.weight"),
                w.orNull("self_attn.o_proj.bias"),
                (g, part) -> mlp.of(g, w, norm(g, w, before, part)));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("embed_tokens.weight"), ids, 1, dtype); // [B, T, D]
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return norm(f, w, "norm", x); // [B, T, D]
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        return k.linear(x, w.get(head().get(0).role()), null); // [B, T, V]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return new Projections(
                w.get("self_attn.q_proj.weight"),
                w.get("self_attn.k_proj.weight"),
                w.get("self_attn.v_proj.weight"),
                w.get("self_attn.o_proj.weight"),
                c.heads(),
                c.keyValueHeads(),
                norm.factor(k, w, firstNorm()),
                norm.centres());
    }
}
