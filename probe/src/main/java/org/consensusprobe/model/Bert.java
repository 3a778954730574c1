package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * BERT, {@code model_type} "bert": an encoder with a LayerNorm after each half's skip (post-norm), learned positions, and
 * token types, of which prompts have type 0 throughout.
 *
 * <p>Files of 2018 and 2019 call a norm's weight and bias {@code gamma} and {@code beta}.
 */
class Bert implements Encoder {
    static final int MAX_SIZE = 1 << 22;
    private static final List<Pattern> NOT_READ =
            List.of(Pattern.compile("embeddings\\.(position_ids|token_type_ids)"));

    private final Config c;

    Bert(Config config) {
        this.c = config;
    }

    /** What a family's class in transformers fills in where config.json lacks a field. */
    record Defaults(String modelType, int vocabulary, int width, int heads, int inner) {
        static Defaults base(String modelType, int vocabulary) {
            return new Defaults(modelType, vocabulary, 768, 12, 3072);
        }
    }

    /** The fields of config.json that change results. */
    record Config(
            String modelType,
            int layers,
            int width,
            int heads,
            int positions,
            int types,
            int vocabulary,
            int inner,
            Activation activation,
            double eps,
            double initializerRange) {

        static Config of(JsonFields f, Defaults defaults) {
            int width = f.positiveIntOr("hidden_size", defaults.width, MAX_SIZE);
            int heads = f.positiveIntOr("num_attention_heads", defaults.heads, MAX_SIZE);
            if (width % heads != 0) {
                throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
            }
            f.implementedOnly("position_embedding_type", "absolute", null);
            f.implementedOnly("is_decoder", false);
            f.implementedOnly("add_cross_attention", false);
            return new Config(
                    defaults.modelType,
                    f.positiveIntOr("num_hidden_layers", 12, 100_000),
                    width,
                    heads,
                    f.positiveIntOr("max_position_embeddings", 512, MAX_SIZE),
                    f.positiveIntOr("type_vocab_size", 2, MAX_SIZE),
                    f.positiveIntOr("vocab_size", defaults.vocabulary, 1 << 26),
                    f.positiveIntOr("intermediate_size", defaults.inner, MAX_SIZE),
                    Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act")),
                    f.positiveNumberOr("layer_norm_eps", 1e-12),
                    f.positiveNumberOr("initializer_range", 0.02));
        }

        AttentionShape attention() {
            return AttentionShape.full(heads, 1 / Math.sqrt((double) width / heads));
        }
    }

    static Bert of(JsonFields fields) {
        return new Bert(Config.of(fields, Defaults.base("bert", 30_522)));
    }

    @Override
    public Sizes sizes() {
        return new Sizes(c.modelType, c.layers, c.width, c.heads, c.positions, c.vocabulary, c.inner);
    }

    @Override
    public int layers() {
        return c.layers;
    }

    @Override
    public List<String> prefixes() {
        return List.of("bert.");
    }

    @Override
    public List<Pattern> ignorable() {
        return NOT_READ;
    }

    @Override
    public Map<String, String> oldEndings() {
        return Map.of("LayerNorm.gamma", "LayerNorm.weight", "LayerNorm.beta", "LayerNorm.bias");
    }

    @Override
    public double initializerRange() {
        return c.initializerRange;
    }

    @Override
    public List<TensorSpec> embeddings() {
        return embeddings(c.width);
    }

    /** The embedding block's tensors, of that width. */
    final List<TensorSpec> embeddings(int width) {
        return List.of(
                TensorSpec.state("embeddings.", "word_embeddings.weight", c.vocabulary, width),
                TensorSpec.state("embeddings.", "position_embeddings.weight", c.positions, width),
                TensorSpec.state("embeddings.", "token_type_embeddings.weight", c.types, width),
                TensorSpec.gain("embeddings.", "LayerNorm.weight", width),
                TensorSpec.state("embeddings.", "LayerNorm.bias", width));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "encoder.layer." + layer + ".";
        int d = c.width;
        List<TensorSpec> specs = new ArrayList<>(List.of(
                TensorSpec.linear(h, "attention.self.query.weight", d, d),
                TensorSpec.state(h, "attention.self.query.bias", d),
                TensorSpec.linear(h, "attention.self.key.weight", d, d),
                TensorSpec.state(h, "attention.self.key.bias", d),
                TensorSpec.linear(h, "attention.self.value.weight", d, d),
                TensorSpec.state(h, "attention.self.value.bias", d),
                TensorSpec.linear(h, "attention.output.dense.weight", d, d),
                TensorSpec.state(h, "attention.output.dense.bias", d),
                TensorSpec.gain(h, "attention.output.LayerNorm.weight", d),
                TensorSpec.state(h, "attention.output.LayerNorm.bias", d)));
        if (feedForward) {
            specs.addAll(List.of(
                    TensorSpec.linear(h, "intermediate.dense.weight", c.inner, d),
                    TensorSpec.state(h, "intermediate.dense.bias", c.inner),
                    TensorSpec.linear(h, "output.dense.weight", d, c.inner),
                    TensorSpec.state(h, "output.dense.bias", d),
                    TensorSpec.gain(h, "output.LayerNorm.weight", d),
                    TensorSpec.state(h, "output.LayerNorm.bias", d)));
        }
        return specs;
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return embed(
                k,
                w,
                ids,
                k.tensors().rowsView(w.get("position_embeddings.weight"), 0, ids.size(1)),
                dtype); // [B, T, D]
    }

    /** The embedding block's output for positions [T, D] or [B, T, D]. */
    final Tensor embed(Kernels k, Weights w, Tensor ids, Tensor positions, DType dtype) {
        Tensor x = k.embedding().embedTokens(w.get("word_embeddings.weight"), ids, 1, dtype); // [B, T, D]
        k.add(x, k.tensors().rowsView(w.get("token_type_embeddings.weight"), 0, 1));
        k.add(x, positions);
        return k.layerNorm(x, w.get("LayerNorm.weight"), w.get("LayerNorm.bias"), c.eps); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor query =
                    g.linear(x, w.get("attention.self.query.weight"), w.get("attention.self.query.bias")); // [B, T, D]
            Tensor key = g.linear(x, w.get("attention.self.key.weight"), w.get("attention.self.key.bias")); // [B, T, D]
            Tensor value =
                    g.linear(x, w.get("attention.self.value.weight"), w.get("attention.self.value.bias")); // [B, T, D]
            return g.attention(query, key, value, c.attention());
        }); // [B, T, D]
        f.addAttention(x, heads, w.get("attention.output.dense.weight"), w.get("attention.output.dense.bias"));
        f.normalise(x, w.get("attention.output.LayerNorm.weight"), w.get("attention.output.LayerNorm.bias"), c.eps);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor inner = g.linear(
                        part,
                        w.get("intermediate.dense.weight"),
                        w.get("intermediate.dense.bias"),
                        c.activation); // [B, t, F]
                g.addFeedForward(part, inner, w.get("output.dense.weight"), w.get("output.dense.bias"));
                g.normalise(part, w.get("output.LayerNorm.weight"), w.get("output.LayerNorm.bias"), c.eps);
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return new Projections(
                w.get("attention.self.query.weight"),
                w.get("attention.self.key.weight"),
                w.get("attention.self.value.weight"),
                w.get("attention.output.dense.weight"),
                c.heads,
                c.heads,
                Optional.empty(), // what enters attention has passed the norm of the layer before
                false);
    }
}
