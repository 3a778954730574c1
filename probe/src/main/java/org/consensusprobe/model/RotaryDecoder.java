package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * What the decoders with rotary positions and RMSNorm share around their blocks: sizes, token table, final norm and head.
 *
 * <p>A family's file says what is its own: the fields of its config, the tensors of a layer, and its block.
 */
abstract class RotaryDecoder implements Transformer {
    private static final List<Pattern> NOT_READ = List.of(
            Pattern.compile("(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\..*")); // tables, saved by older versions

    final DecoderConfig c;

    RotaryDecoder(DecoderConfig config) {
        this.c = config;
    }

    /** The activation of the gate, {@code hidden_act}. */
    static Activation activation(JsonFields f, String key, String fallback) {
        return Activation.named(f.textOr(key, fallback), f.place(key));
    }

    /**
     * The windows of the layers: 0 for all earlier tokens.
     *
     * @param window of the layers that slide; 0 if none does
     * @param slides which layers slide where the config has no {@code layer_types}
     */
    static List<Integer> windows(JsonFields f, int layers, int window, IntPredicate slides) {
        if (!f.has("layer_types") || f.isNull("layer_types")) {
            return IntStream.range(0, layers)
                    .mapToObj(layer -> slides.test(layer) ? window : 0)
                    .toList();
        }
        List<String> types = f.texts("layer_types");
        if (types.size() != layers
                || !List.of("full_attention", "sliding_attention").containsAll(types)) {
            throw f.refused(
                    "layer_types", "\"full_attention\" or \"sliding_attention\" for each of " + layers + " layers");
        }
        if (window == 0 && types.contains("sliding_attention")) {
            throw f.refused("layer_types", "without \"sliding_attention\", because no sliding_window is set");
        }
        return types.stream()
                .map(type -> type.equals("sliding_attention") ? window : 0)
                .toList();
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
        long inner = feedForward ? 3L * c.width() + 2L * c.inner() : 0;
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
    public double initializerRange() {
        return c.initializerRange();
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(TensorSpec.state("", "embed_tokens.weight", c.vocabulary(), c.width()));
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return List.of(gain("", "norm.weight", c.width()));
    }

    @Override
    public List<TensorSpec> head() {
        String name = c.tiedHead() ? "embed_tokens.weight" : "lm_head.weight";
        return List.of(TensorSpec.linear("", name, c.vocabulary(), c.width()));
    }

    /** The tensors of attention, with separate q, k, v. */
    List<TensorSpec> attentionTensors(String h, boolean queryKeyValueBias, boolean outBias) {
        List<TensorSpec> specs = new ArrayList<>(List.of(gain(h, "input_layernorm.weight", c.width())));
        specs.addAll(matrix(h, "self_attn.q_proj", c.queries(), c.width(), queryKeyValueBias));
        specs.addAll(matrix(h, "self_attn.k_proj", c.keys(), c.width(), queryKeyValueBias));
        specs.addAll(matrix(h, "self_attn.v_proj", c.keys(), c.width(), queryKeyValueBias));
        specs.addAll(matrix(h, "self_attn.o_proj", c.width(), c.queries(), outBias));
        return specs;
    }

    /** The matrices of a gated feed-forward layer. */
    List<TensorSpec> gatedTensors(String h, boolean bias) {
        List<TensorSpec> specs = new ArrayList<>(matrix(h, "mlp.gate_proj", c.inner(), c.width(), bias));
        specs.addAll(matrix(h, "mlp.up_proj", c.inner(), c.width(), bias));
        specs.addAll(matrix(h, "mlp.down_proj", c.width(), c.inner(), bias));
        return specs;
    }

    /** The tensors of a layer whose block is {@link #gatedBlock}. */
    final List<TensorSpec> gatedLayer(
            int layer, boolean feedForward, boolean queryKeyValueBias, boolean outBias, boolean innerBias) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, queryKeyValueBias, outBias);
        if (feedForward) {
            specs.add(gain(h, "post_attention_layernorm.weight", c.width()));
            specs.addAll(gatedTensors(h, innerBias));
        }
        return specs;
    }

    /** A matrix and, where the model has one, its bias. */
    static List<TensorSpec> matrix(String part, String role, long out, long in, boolean bias) {
        TensorSpec weight = TensorSpec.linear(part, role + ".weight", out, in);
        return bias ? List.of(weight, TensorSpec.state(part, role + ".bias", out)) : List.of(weight);
    }

    /** The stored weight of a norm. */
    TensorSpec gain(String part, String role, long size) {
        return TensorSpec.gain(part, role, size);
    }

    /** The factor that a norm's stored weight stands for. */
    Tensor factor(Kernels k, Tensor weight) {
        return weight;
    }

    // ---- steps of blocks

    /** RMSNorm of x [.., D] with the gain of that role. */
    final Tensor norm(Forward f, Weights w, String role, Tensor x) {
        return f.rmsNorm(x, factor(f.kernels(), w.get(role)), c.eps()); // [.., D]
    }

    /** x [B, T, E] through the matrix of that role and its bias, if it has one -> [B, T, F]. */
    static Tensor linear(Forward f, Weights w, String role, Tensor x) {
        return f.linear(x, w.get(role + ".weight"), w.orNull(role + ".bias")); // [B, T, F]
    }

    /** The inner values of the gated feed-forward layer: x [B, T, D] -> [B, T, F]. */
    static Tensor gated(Forward f, Weights w, Tensor x, Activation activation) {
        return f.gated(
                x,
                w.get("mlp.gate_proj.weight"),
                w.orNull("mlp.gate_proj.bias"),
                w.get("mlp.up_proj.weight"),
                w.orNull("mlp.up_proj.bias"),
                activation); // [B, T, F]
    }

    /** Llama's block: a norm before each half, rotated queries and keys, a gated feed-forward layer; window 0 for none. */
    final void gatedBlock(Forward f, Weights w, Tensor x, Rotary rotary, Activation activation, int window) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm.weight", x); // [B, T, D]
            Tensor query = g.rotate(linear(g, w, "self_attn.q_proj", a), c.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(linear(g, w, "self_attn.k_proj", a), c.keyValueHeads(), rotary); // [B, T, G d]
            Tensor value = linear(g, w, "self_attn.v_proj", a); // [B, T, G d]
            return g.attention(query, key, value, c.attention(window));
        }); // [B, T, H d]
        f.addAttention(x, heads, w.get("self_attn.o_proj.weight"), w.orNull("self_attn.o_proj.bias"));
        if (f.feedForward()) {
            addGated(f, w, x, activation);
        }
    }

    /** The gated feed-forward half of x [B, T, D] and its norm, in place, some tokens at a time. */
    final void addGated(Forward f, Weights w, Tensor x, Activation activation) {
        f.byTokens(x, (g, part) -> {
            Tensor m = norm(g, w, "post_attention_layernorm.weight", part); // [B, t, D]
            Tensor inner = gated(g, w, m, activation); // [B, t, F]
            g.addFeedForward(part, inner, w.get("mlp.down_proj.weight"), w.orNull("mlp.down_proj.bias"));
        });
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedTokens(w.get("embed_tokens.weight"), ids, 1, dtype); // [B, T, D]
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return norm(f, w, "norm.weight", x); // [B, T, D]
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
                Optional.of(factor(k, w.get("input_layernorm.weight"))),
                false);
    }
}
