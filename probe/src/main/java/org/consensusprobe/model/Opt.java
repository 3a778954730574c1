package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * OPT, {@code model_type} "opt": a decoder with LayerNorm before each half (after it in opt-350m), learned positions counted
 * from 2, and ReLU.
 *
 * <p>Where token embeddings are narrower than the model (opt-350m), a matrix widens them on the way to h0 and another narrows
 * what is scored: the latter belongs to the head, so that a pass returns what it takes.
 */
final class Opt implements Transformer {
    private static final int MAX_SIZE = 1 << 22;
    /** The first rows of the position table are never used. */
    private static final int FIRST_POSITION = 2;
    /** transformers leaves OPT's LayerNorm at torch's default. */
    private static final double EPS = 1e-5;

    private final Config c;

    private Opt(Config config) {
        this.c = config;
    }

    /**
     * The fields of config.json that change results.
     *
     * @param narrow the width E of token embeddings
     * @param normsBefore whether norms stand before the halves; after them otherwise
     * @param hasFinalNorm whether a norm stands after the last block
     * @param bias whether matrices have one
     * @param affine whether norms have gain and bias
     */
    record Config(
            int layers,
            int narrow,
            int width,
            int heads,
            int context,
            int vocabulary,
            int inner,
            Activation activation,
            boolean normsBefore,
            boolean hasFinalNorm,
            boolean bias,
            boolean affine,
            double initializerRange,
            boolean tiedHead) {

        static Config of(JsonFields f) {
            int width = f.positiveIntOr("hidden_size", 768, MAX_SIZE);
            int heads = f.positiveIntOr("num_attention_heads", 12, MAX_SIZE);
            if (width % heads != 0) {
                throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
            }
            boolean normsBefore = f.boolOr("do_layer_norm_before", true);
            return new Config(
                    f.positiveIntOr("num_hidden_layers", 12, 100_000),
                    f.optionalPositiveInt("word_embed_proj_dim", MAX_SIZE).orElse(width),
                    width,
                    heads,
                    f.positiveIntOr("max_position_embeddings", 2048, MAX_SIZE),
                    f.positiveIntOr("vocab_size", 50_272, 1 << 26),
                    f.positiveIntOr("ffn_dim", 3072, MAX_SIZE),
                    Activation.named(f.textOr("activation_function", "relu"), f.place("activation_function")),
                    normsBefore,
                    normsBefore && !f.boolOr("_remove_final_layer_norm", false),
                    f.boolOr("enable_bias", true),
                    f.boolOr("layer_norm_elementwise_affine", true),
                    f.positiveNumberOr("init_std", 0.02),
                    f.boolOr("tie_word_embeddings", true));
        }

        boolean widens() {
            return narrow != width;
        }
    }

    static Opt of(JsonFields fields) {
        return new Opt(Config.of(fields));
    }

    @Override
    public Sizes sizes() {
        return new Sizes("opt", c.layers, c.width, c.heads, c.context, c.vocabulary, c.inner);
    }

    @Override
    public int layers() {
        return c.layers;
    }

    @Override
    public List<String> prefixes() {
        return List.of("model.decoder.", "decoder.");
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of();
    }

    @Override
    public double initializerRange() {
        return c.initializerRange;
    }

    @Override
    public List<TensorSpec> embeddings() {
        List<TensorSpec> specs = new ArrayList<>(List.of(
                TensorSpec.state("", "embed_tokens.weight", c.vocabulary, c.narrow),
                TensorSpec.state("", "embed_positions.weight", c.context + FIRST_POSITION, c.width)));
        if (c.widens()) {
            specs.add(TensorSpec.linear("", "project_in.weight", c.width, c.narrow));
        }
        return specs;
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = new ArrayList<>(norm(h, "self_attn_layer_norm"));
        for (String projection : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
            specs.addAll(matrix(h, "self_attn." + projection, c.width, c.width));
        }
        if (feedForward) {
            specs.addAll(norm(h, "final_layer_norm"));
            specs.addAll(matrix(h, "fc1", c.inner, c.width));
            specs.addAll(matrix(h, "fc2", c.width, c.inner));
        }
        return specs;
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return c.hasFinalNorm ? norm("", "final_layer_norm") : List.of();
    }

    private List<TensorSpec> norm(String part, String role) {
        return c.affine
                ? List.of(
                        TensorSpec.gain(part, role + ".weight", c.width),
                        TensorSpec.state(part, role + ".bias", c.width))
                : List.of();
    }

    private List<TensorSpec> matrix(String part, String role, long out, long in) {
        TensorSpec weight = TensorSpec.linear(part, role + ".weight", out, in);
        return c.bias ? List.of(weight, TensorSpec.state(part, role + ".bias", out)) : List.of(weight);
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor e = k.embedding().embedTokens(w.get("embed_tokens.weight"), ids, 1, dtype); // [B, T, E]
        Tensor x = c.widens() ? k.linear(e, w.get("project_in.weight"), null) : e; // [B, T, D]
        long end = FIRST_POSITION + ids.size(1);
        return k.add(x, k.tensors().rowsView(w.get("embed_positions.weight"), FIRST_POSITION, end)); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        double scale = 1 / Math.sqrt((double) c.width / c.heads);
        Tensor heads = f.freeing(g -> {
            Tensor a = c.normsBefore ? norm(g, w, "self_attn_layer_norm", x) : x; // [B, T, D]
            Tensor query = linear(g, w, "self_attn.q_proj", a); // [B, T, D]
            Tensor key = linear(g, w, "self_attn.k_proj", a); // [B, T, D]
            Tensor value = linear(g, w, "self_attn.v_proj", a); // [B, T, D]
            return g.attention(query, key, value, AttentionShape.causal(c.heads, scale, 0));
        }); // [B, T, D]
        f.addAttention(x, heads, w.get("self_attn.out_proj.weight"), w.orNull("self_attn.out_proj.bias"));
        if (!c.normsBefore) {
            normalise(f, w, "self_attn_layer_norm", x);
        }
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = c.normsBefore ? norm(g, w, "final_layer_norm", part) : part; // [B, t, D]
                Tensor inner = g.linear(m, w.get("fc1.weight"), w.orNull("fc1.bias"), c.activation); // [B, t, F]
                g.addFeedForward(part, inner, w.get("fc2.weight"), w.orNull("fc2.bias"));
                if (!c.normsBefore) {
                    normalise(g, w, "final_layer_norm", part);
                }
            });
        }
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return c.hasFinalNorm
                ? norm(f, w, "final_layer_norm", x)
                : f.kernels().tensors().copy(x); // [B, T, D]
    }

    private static Tensor norm(Forward f, Weights w, String role, Tensor x) {
        return f.layerNorm(x, w.orNull(role + ".weight"), w.orNull(role + ".bias"), EPS); // [B, T, D]
    }

    private static void normalise(Forward f, Weights w, String role, Tensor x) {
        f.normalise(x, w.orNull(role + ".weight"), w.orNull(role + ".bias"), EPS);
    }

    private static Tensor linear(Forward f, Weights w, String role, Tensor x) {
        return f.linear(x, w.get(role + ".weight"), w.orNull(role + ".bias")); // [B, T, D]
    }

    @Override
    public List<TensorSpec> head() {
        String name = c.tiedHead ? "embed_tokens.weight" : "lm_head.weight";
        TensorSpec scores = TensorSpec.linear("", name, c.vocabulary, c.narrow);
        return c.widens()
                ? List.of(TensorSpec.linear("", "project_out.weight", c.narrow, c.width), scores)
                : List.of(scores);
    }

    @Override
    public boolean headUnderPrefix(TensorSpec spec) {
        return spec.name().startsWith("project_out");
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        Tensor narrow = c.widens() ? k.linear(x, w.get("project_out.weight"), null) : x; // [B, T, E]
        return k.linear(narrow, w.get(c.tiedHead ? "embed_tokens.weight" : "lm_head.weight"), null); // [B, T, V]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return new Projections(
                w.get("self_attn.q_proj.weight"),
                w.get("self_attn.k_proj.weight"),
                w.get("self_attn.v_proj.weight"),
                w.get("self_attn.out_proj.weight"),
                c.heads,
                c.heads,
                c.normsBefore ? Optional.ofNullable(w.orNull("self_attn_layer_norm.weight")) : Optional.empty(),
                c.normsBefore);
    }
}
