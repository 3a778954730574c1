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
 * GPT-NeoX and Pythia, {@code model_type} "gpt_neox": a decoder with LayerNorm, rotary positions on a fraction of each head,
 * and, where {@code use_parallel_residual} says so, both halves fed from the block's input: x + attn(ln_1(x)) + mlp(ln_2(x)).
 *
 * <p>The fused matrix has, head by head, the rows of q, k and v.
 */
final class GptNeox implements Transformer {
    private static final int MAX_SIZE = 1 << 22;

    private final Config c;

    private GptNeox(Config config) {
        this.c = config;
    }

    /** The fields of config.json that change results. */
    record Config(
            int layers,
            int width,
            int heads,
            int context,
            int vocabulary,
            int inner,
            Activation activation,
            double eps,
            Rotary rotary,
            boolean parallel,
            boolean attentionBias,
            double initializerRange,
            boolean tiedHead) {

        static Config of(JsonFields f) {
            int width = f.positiveIntOr("hidden_size", 6144, MAX_SIZE);
            int heads = f.positiveIntOr("num_attention_heads", 64, MAX_SIZE);
            if (width % heads != 0) {
                throw f.refused("num_attention_heads", "a divisor of hidden_size, " + width);
            }
            int context = f.positiveIntOr("max_position_embeddings", 2048, Integer.MAX_VALUE);
            return new Config(
                    f.positiveIntOr("num_hidden_layers", 44, 100_000),
                    width,
                    heads,
                    context,
                    f.positiveIntOr("vocab_size", 50_432, 1 << 26),
                    f.positiveIntOr("intermediate_size", 24_576, MAX_SIZE),
                    Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act")),
                    f.positiveNumberOr("layer_norm_eps", 1e-5),
                    rotary(f, width / heads, context),
                    f.boolOr("use_parallel_residual", true),
                    f.boolOr("attention_bias", true),
                    f.positiveNumberOr("initializer_range", 0.02),
                    f.boolOr("tie_word_embeddings", false));
        }

        /** Older files call the fraction of a head that turns {@code rotary_pct}, and the base {@code rotary_emb_base}. */
        private static Rotary rotary(JsonFields f, int headSize, int context) {
            JsonFields rope = Rotary.parameters(f);
            double fraction = rope != f && rope.has("partial_rotary_factor")
                    ? rope.positiveNumber("partial_rotary_factor")
                    : f.positiveNumberOr("rotary_pct", 0.25);
            double theta = rope != f && rope.has("rope_theta")
                    ? rope.positiveNumber("rope_theta")
                    : f.positiveNumberOr("rotary_emb_base", 1e4);
            return Rotary.of(f, rope, theta, (int) (headSize * fraction), headSize, context);
        }

        int headSize() {
            return width / heads;
        }
    }

    static GptNeox of(JsonFields fields) {
        return new GptNeox(Config.of(fields));
    }

    @Override
    public Sizes sizes() {
        return new Sizes("gpt_neox", c.layers, c.width, c.heads, c.context, c.vocabulary, c.inner);
    }

    @Override
    public int layers() {
        return c.layers;
    }

    @Override
    public List<String> prefixes() {
        return List.of("gpt_neox.");
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(
                // mask buffers and rotary tables, saved by older versions
                Pattern.compile("layers\\.\\d+\\.attention\\.(bias|masked_bias|rotary_emb\\..*)"),
                Pattern.compile("rotary_emb\\..*"));
    }

    @Override
    public double initializerRange() {
        return c.initializerRange;
    }

    // besides the usual, q, k and v are taken out of the fused result, and two of them turned
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long inner = feedForward ? 2L * c.width + 2L * c.inner : 0;
        return Math.max(9L * c.width, c.width + Forward.perToken(inner, tokens));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(TensorSpec.state("", "embed_in.weight", c.vocabulary, c.width));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        int d = c.width;
        List<TensorSpec> specs = new ArrayList<>(List.of(
                TensorSpec.gain(h, "input_layernorm.weight", d),
                TensorSpec.state(h, "input_layernorm.bias", d),
                TensorSpec.linear(h, "attention.query_key_value.weight", 3L * d, d),
                TensorSpec.linear(h, "attention.dense.weight", d, d)));
        if (c.attentionBias) {
            specs.add(TensorSpec.state(h, "attention.query_key_value.bias", 3L * d));
            specs.add(TensorSpec.state(h, "attention.dense.bias", d));
        }
        if (feedForward) {
            specs.addAll(List.of(
                    TensorSpec.gain(h, "post_attention_layernorm.weight", d),
                    TensorSpec.state(h, "post_attention_layernorm.bias", d),
                    TensorSpec.linear(h, "mlp.dense_h_to_4h.weight", c.inner, d),
                    TensorSpec.state(h, "mlp.dense_h_to_4h.bias", c.inner),
                    TensorSpec.linear(h, "mlp.dense_4h_to_h.weight", d, c.inner),
                    TensorSpec.state(h, "mlp.dense_4h_to_h.bias", d)));
        }
        return specs;
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return List.of(
                TensorSpec.gain("", "final_layer_norm.weight", c.width),
                TensorSpec.state("", "final_layer_norm.bias", c.width));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("embed_in.weight"), ids, 1, dtype); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        double scale = 1 / Math.sqrt(c.headSize());
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            Tensor qkv = linear(g, w, "attention.query_key_value", a); // [B, T, H 3d]
            Tensor query = g.rotate(ofHeads(g.kernels(), qkv, 0), c.heads, c.rotary); // [B, T, D]
            Tensor key = g.rotate(ofHeads(g.kernels(), qkv, 1), c.heads, c.rotary); // [B, T, D]
            Tensor value = ofHeads(g.kernels(), qkv, 2); // [B, T, D]
            return g.attention(query, key, value, AttentionShape.causal(c.heads, scale, 0));
        }); // [B, T, D]
        Tensor out = w.get("attention.dense.weight"); // [D, D]
        if (c.parallel) {
            f.addParallel(x, heads, out, w.orNull("attention.dense.bias"), (g, part) -> feedForward(g, w, part));
            return;
        }
        f.addAttention(x, heads, out, w.orNull("attention.dense.bias"));
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> g.add(part, feedForward(g, w, part)));
        }
    }

    /** mlp(ln_2(x)): [B, T, D] -> [B, T, D]. */
    private Tensor feedForward(Forward f, Weights w, Tensor x) {
        Tensor m = norm(f, w, "post_attention_layernorm", x); // [B, T, D]
        Tensor inner = f.linear(
                m, w.get("mlp.dense_h_to_4h.weight"), w.get("mlp.dense_h_to_4h.bias"), c.activation); // [B, T, F]
        return linear(f, w, "mlp.dense_4h_to_h", inner); // [B, T, D]
    }

    /** The queries (0), keys (1) or values (2) of all heads: qkv [B, T, H 3d] -> [B, T, H d]. */
    private Tensor ofHeads(Kernels k, Tensor qkv, int which) {
        long d = c.headSize();
        Tensor byHead =
                k.tensors().reshape(qkv, new long[] {qkv.size(0), qkv.size(1), c.heads, 3 * d}); // [B, T, H, 3d]
        return k.tensors()
                .reshape(k.columns(byHead, which * d, (which + 1) * d), new long[] {qkv.size(0), qkv.size(1), c.width});
    }

    private Tensor norm(Forward f, Weights w, String role, Tensor x) {
        return f.layerNorm(x, w.get(role + ".weight"), w.get(role + ".bias"), c.eps); // [B, T, D]
    }

    private static Tensor linear(Forward f, Weights w, String role, Tensor x) {
        return f.linear(x, w.get(role + ".weight"), w.orNull(role + ".bias")); // [B, T, out]
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return norm(f, w, "final_layer_norm", x); // [B, T, D]
    }

    @Override
    public String ownHeadName() {
        return "embed_out.weight";
    }

    @Override
    public List<TensorSpec> head() {
        return List.of(TensorSpec.linear("", c.tiedHead ? "embed_in.weight" : ownHeadName(), c.vocabulary, c.width));
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        return k.linear(x, w.get(c.tiedHead ? "embed_in.weight" : ownHeadName()), null); // [B, T, V]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        Tensor qkv = w.get("attention.query_key_value.weight"); // [H 3d, D]
        return new Projections(
                rowsOfHeads(k, qkv, 0),
                rowsOfHeads(k, qkv, 1),
                rowsOfHeads(k, qkv, 2),
                w.get("attention.dense.weight"),
                c.heads,
                c.heads,
                Optional.of(w.get("input_layernorm.weight")),
                true);
    }

    /** [H 3d, D] -> [H d, D]. */
    private Tensor rowsOfHeads(Kernels k, Tensor qkv, int which) {
        long size = (long) c.headSize() * c.width;
        Tensor byHead = k.tensors().reshape(qkv, new long[] {c.heads, 3 * size}); // [H, 3d D]
        return k.tensors().reshape(k.columns(byHead, which * size, (which + 1) * size), new long[] {c.width, c.width});
    }
}
