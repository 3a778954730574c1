package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * ALBERT, {@code model_type} "albert": an encoder as BERT is, whose layers share weights by groups, with narrow embeddings that
 * a matrix widens to the model width.
 *
 * <p>Layer i of L applies group floor(i G / L) of G. A group is {@code inner_group_num} blocks in a row, one in every
 * published checkpoint; what the last of them returns is the layer's output.
 */
final class Albert implements Encoder {
    private static final int MAX_SIZE = 1 << 22;

    private final Config c;

    private Albert(Config config) {
        this.c = config;
    }

    /**
     * The fields of config.json that change results.
     *
     * @param narrow the width E of embeddings
     * @param groups sets of weights that the layers share
     * @param blocks blocks of a group
     */
    record Config(
            int layers,
            int groups,
            int blocks,
            int narrow,
            int width,
            int heads,
            int context,
            int types,
            int vocabulary,
            int inner,
            Activation activation,
            double eps,
            double initializerRange) {

        static Config of(JsonFields f) {
            int width = f.positiveIntOr("hidden_size", 4096, MAX_SIZE);
            int heads = f.positiveIntOr("num_attention_heads", 64, MAX_SIZE);
            if (width % heads != 0) {
                throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
            }
            int layers = f.positiveIntOr("num_hidden_layers", 12, 100_000);
            int groups = f.positiveIntOr("num_hidden_groups", 1, 100_000);
            if (groups > layers) {
                throw f.refused("num_hidden_groups", "at most num_hidden_layers, " + layers);
            }
            f.implementedOnly("position_embedding_type", "absolute", null);
            return new Config(
                    layers,
                    groups,
                    f.positiveIntOr("inner_group_num", 1, 1000),
                    f.positiveIntOr("embedding_size", 128, MAX_SIZE),
                    width,
                    heads,
                    f.positiveIntOr("max_position_embeddings", 512, MAX_SIZE),
                    f.positiveIntOr("type_vocab_size", 2, MAX_SIZE),
                    f.positiveIntOr("vocab_size", 30_000, 1 << 26),
                    f.positiveIntOr("intermediate_size", 16_384, MAX_SIZE),
                    Activation.named(f.textOr("hidden_act", "gelu_new"), f.place("hidden_act")),
                    f.positiveNumberOr("layer_norm_eps", 1e-12),
                    f.positiveNumberOr("initializer_range", 0.02));
        }

        // the rounding is transformers': int(i / (L / G)) in float64
        int group(int layer) {
            return (int) (layer / ((double) layers / groups));
        }
    }

    static Albert of(JsonFields fields) {
        return new Albert(Config.of(fields));
    }

    @Override
    public Sizes sizes() {
        return new Sizes("albert", c.layers, c.width, c.heads, c.context, c.vocabulary, c.inner);
    }

    @Override
    public int layers() {
        return c.layers;
    }

    @Override
    public List<String> prefixes() {
        return List.of("albert.");
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("embeddings\\.(position_ids|token_type_ids)"));
    }

    @Override
    public double initializerRange() {
        return c.initializerRange;
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return Encoder.super.valuesPerToken(tokens, feedForward) + (c.blocks - 1L) * c.width;
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(
                TensorSpec.state("", "embeddings.word_embeddings.weight", c.vocabulary, c.narrow),
                TensorSpec.state("", "embeddings.position_embeddings.weight", c.context, c.narrow),
                TensorSpec.state("", "embeddings.token_type_embeddings.weight", c.types, c.narrow),
                TensorSpec.gain("", "embeddings.LayerNorm.weight", c.narrow),
                TensorSpec.state("", "embeddings.LayerNorm.bias", c.narrow),
                TensorSpec.linear("", "encoder.embedding_hidden_mapping_in.weight", c.width, c.narrow),
                TensorSpec.state("", "encoder.embedding_hidden_mapping_in.bias", c.width));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String group = "encoder.albert_layer_groups." + c.group(layer) + ".";
        int d = c.width;
        List<TensorSpec> specs = new ArrayList<>();
        for (int block = 0; block < c.blocks; block++) {
            String h = "albert_layers." + block + ".";
            specs.addAll(List.of(
                    TensorSpec.linear(group, h + "attention.query.weight", d, d),
                    TensorSpec.state(group, h + "attention.query.bias", d),
                    TensorSpec.linear(group, h + "attention.key.weight", d, d),
                    TensorSpec.state(group, h + "attention.key.bias", d),
                    TensorSpec.linear(group, h + "attention.value.weight", d, d),
                    TensorSpec.state(group, h + "attention.value.bias", d),
                    TensorSpec.linear(group, h + "attention.dense.weight", d, d),
                    TensorSpec.state(group, h + "attention.dense.bias", d),
                    TensorSpec.gain(group, h + "attention.LayerNorm.weight", d),
                    TensorSpec.state(group, h + "attention.LayerNorm.bias", d)));
            if (feedForward) {
                specs.addAll(List.of(
                        TensorSpec.linear(group, h + "ffn.weight", c.inner, d),
                        TensorSpec.state(group, h + "ffn.bias", c.inner),
                        TensorSpec.linear(group, h + "ffn_output.weight", d, c.inner),
                        TensorSpec.state(group, h + "ffn_output.bias", d),
                        TensorSpec.gain(group, h + "full_layer_layer_norm.weight", d),
                        TensorSpec.state(group, h + "full_layer_layer_norm.bias", d)));
            }
        }
        return specs;
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor e = k.embedding().embedTokens(w.get("embeddings.word_embeddings.weight"), ids, 1, dtype); // [B, T, E]
        k.add(e, k.tensors().rowsView(w.get("embeddings.token_type_embeddings.weight"), 0, 1));
        k.add(e, k.tensors().rowsView(w.get("embeddings.position_embeddings.weight"), 0, ids.size(1)));
        Tensor n = k.layerNorm(
                e, w.get("embeddings.LayerNorm.weight"), w.get("embeddings.LayerNorm.bias"), c.eps); // [B, T, E]
        return k.linear(
                n,
                w.get("encoder.embedding_hidden_mapping_in.weight"),
                w.get("encoder.embedding_hidden_mapping_in.bias")); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        AttentionShape shape = AttentionShape.full(c.heads, 1 / Math.sqrt((double) c.width / c.heads));
        for (int block = 0; block < c.blocks; block++) {
            String h = "albert_layers." + block + ".";
            if (block > 0) {
                f.again(x);
            }
            Tensor heads = f.freeing(g -> {
                Tensor query = g.linear(
                        x, w.get(h + "attention.query.weight"), w.get(h + "attention.query.bias")); // [B, T, D]
                Tensor key =
                        g.linear(x, w.get(h + "attention.key.weight"), w.get(h + "attention.key.bias")); // [B, T, D]
                Tensor value = g.linear(
                        x, w.get(h + "attention.value.weight"), w.get(h + "attention.value.bias")); // [B, T, D]
                return g.attention(query, key, value, shape);
            }); // [B, T, D]
            f.addAttention(x, heads, w.get(h + "attention.dense.weight"), w.get(h + "attention.dense.bias"));
            f.normalise(x, w.get(h + "attention.LayerNorm.weight"), w.get(h + "attention.LayerNorm.bias"), c.eps);
            if (f.feedForward(x)) {
                f.byTokens(x, (g, part) -> {
                    Tensor inner =
                            g.linear(part, w.get(h + "ffn.weight"), w.get(h + "ffn.bias"), c.activation); // [B, t, F]
                    g.addFeedForward(part, inner, w.get(h + "ffn_output.weight"), w.get(h + "ffn_output.bias"));
                    g.normalise(
                            part,
                            w.get(h + "full_layer_layer_norm.weight"),
                            w.get(h + "full_layer_layer_norm.bias"),
                            c.eps);
                });
            }
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        if (c.blocks > 1) {
            throw Problem.input(
                    "This ALBERT's layers are %d blocks each (inner_group_num): the matrices of a layer's attention are "
                            + "read only where a layer is one block.",
                    c.blocks);
        }
        return new Projections(
                w.get("albert_layers.0.attention.query.weight"),
                w.get("albert_layers.0.attention.key.weight"),
                w.get("albert_layers.0.attention.value.weight"),
                w.get("albert_layers.0.attention.dense.weight"),
                c.heads,
                c.heads,
                Optional.empty(), // what enters attention has passed the norm of the layer before
                false);
    }
}
