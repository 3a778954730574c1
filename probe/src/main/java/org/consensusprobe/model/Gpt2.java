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
import org.consensusprobe.weights.Draw;
import org.consensusprobe.weights.DrawOrder;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * GPT-2, {@code model_type} "gpt2": pre-LayerNorm blocks, fused q|k|v, learned positions, Conv1D matrices [in, out].
 *
 * <p>Files from the hub carry no {@code transformer.} prefix and hold {@code attn.bias} mask buffers; files saved by
 * transformers carry the prefix.
 */
public final class Gpt2 implements Transformer, DrawOrder {
    private static final int MAX_SIZE = 1 << 22;

    /** Names of other families, which transformers' class takes for its own, and prefers where a file has both. */
    private static final Map<String, String> OTHER_NAMES = Map.of(
            "hidden_size", "n_embd",
            "max_position_embeddings", "n_positions",
            "num_attention_heads", "n_head",
            "num_hidden_layers", "n_layer");

    private final Config config;

    private Gpt2(Config config) {
        this.config = config;
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
            boolean scaleByHeadSize,
            boolean scaleByLayer,
            double initializerRange,
            boolean tiedHead) {

        static Config of(JsonFields f) {
            int width = f.positiveIntOr("n_embd", 768, MAX_SIZE);
            int heads = f.positiveIntOr("n_head", 12, MAX_SIZE);
            if (width % heads != 0) {
                throw f.refused("n_head", "a divisor of n_embd, " + width);
            }
            f.implementedOnly("add_cross_attention", false);
            return new Config(
                    f.positiveIntOr("n_layer", 12, 100_000),
                    width,
                    heads,
                    f.positiveIntOr("n_positions", 1024, MAX_SIZE),
                    f.positiveIntOr("vocab_size", 50_257, 1 << 26),
                    f.optionalPositiveInt("n_inner", MAX_SIZE).orElse(4 * width),
                    Activation.named(f.textOr("activation_function", "gelu_new"), f.place("activation_function")),
                    f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                    f.boolOr("scale_attn_weights", true),
                    f.boolOr("scale_attn_by_inverse_layer_idx", false),
                    f.positiveNumberOr("initializer_range", 0.02),
                    f.boolOr("tie_word_embeddings", true));
        }

        double attentionScale(int layer) {
            double byHead = scaleByHeadSize ? 1 / Math.sqrt((double) width / heads) : 1;
            return scaleByLayer ? byHead / (layer + 1) : byHead;
        }
    }

    static Gpt2 of(JsonFields fields) {
        return new Gpt2(Config.of(fields.renamed(OTHER_NAMES)));
    }

    @Override
    public Sizes sizes() {
        return new Sizes(
                "gpt2", config.layers, config.width, config.heads, config.context, config.vocabulary, config.inner);
    }

    @Override
    public int layers() {
        return config.layers;
    }

    @Override
    public List<String> prefixes() {
        return List.of("transformer.");
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias)"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(
                TensorSpec.state("", "wte.weight", config.vocabulary, config.width),
                TensorSpec.state("", "wpe.weight", config.context, config.width));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "h." + layer + ".";
        int d = config.width;
        List<TensorSpec> specs = new ArrayList<>(List.of(
                TensorSpec.gain(h, "ln_1.weight", d),
                TensorSpec.state(h, "ln_1.bias", d),
                TensorSpec.conv1d(h, "attn.c_attn.weight", d, 3L * d),
                TensorSpec.state(h, "attn.c_attn.bias", 3L * d),
                TensorSpec.conv1d(h, "attn.c_proj.weight", d, d),
                TensorSpec.state(h, "attn.c_proj.bias", d)));
        if (feedForward) {
            specs.addAll(List.of(
                    TensorSpec.gain(h, "ln_2.weight", d),
                    TensorSpec.state(h, "ln_2.bias", d),
                    TensorSpec.conv1d(h, "mlp.c_fc.weight", d, config.inner),
                    TensorSpec.state(h, "mlp.c_fc.bias", config.inner),
                    TensorSpec.conv1d(h, "mlp.c_proj.weight", config.inner, d),
                    TensorSpec.state(h, "mlp.c_proj.bias", d)));
        }
        return specs;
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return List.of(
                TensorSpec.gain("", "ln_f.weight", config.width), TensorSpec.state("", "ln_f.bias", config.width));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embed(w.get("wte.weight"), w.get("wpe.weight"), ids, dtype); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        int d = config.width;
        Tensor heads = f.freeing(g -> {
            Tensor a = g.layerNorm(x, w.get("ln_1.weight"), w.get("ln_1.bias"), config.eps); // [B, T, D]
            Tensor qkv = g.linear(a, w.get("attn.c_attn.weight"), w.get("attn.c_attn.bias")); // [B, T, 3D]
            Tensor query = g.kernels().columns(qkv, 0, d); // [B, T, D]
            Tensor key = g.kernels().columns(qkv, d, 2L * d); // [B, T, D]
            Tensor value = g.kernels().columns(qkv, 2L * d, 3L * d); // [B, T, D]
            return g.attention(query, key, value, AttentionShape.causal(config.heads, config.attentionScale(layer), 0));
        }); // [B, T, D]
        f.addAttention(x, heads, w.get("attn.c_proj.weight"), w.get("attn.c_proj.bias"));
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = g.layerNorm(part, w.get("ln_2.weight"), w.get("ln_2.bias"), config.eps); // [B, t, D]
                Tensor inner =
                        g.linear(m, w.get("mlp.c_fc.weight"), w.get("mlp.c_fc.bias"), config.activation); // [B, t, F]
                g.addFeedForward(part, inner, w.get("mlp.c_proj.weight"), w.get("mlp.c_proj.bias"));
            });
        }
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return f.layerNorm(x, w.get("ln_f.weight"), w.get("ln_f.bias"), config.eps); // [B, T, D]
    }

    @Override
    public String headName() {
        return config.tiedHead ? "wte.weight" : "lm_head.weight";
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        int d = config.width;
        Tensor qkv = w.get("attn.c_attn.weight"); // [3D, D]
        return new Projections(
                k.tensors().rows(qkv, 0, d),
                k.tensors().rows(qkv, d, 2L * d),
                k.tensors().rows(qkv, 2L * d, 3L * d),
                w.get("attn.c_proj.weight"),
                config.heads,
                config.heads,
                Optional.of(w.get("ln_1.weight")),
                true);
    }

    // ---- initialisation: every matrix N(0, initializer_range); each c_proj a second time, by its parent, with
    // 1/sqrt(2L) of it, right after the parent's children

    @Override
    public double initializerRange() {
        return config.initializerRange;
    }

    @Override
    public Optional<DrawOrder> drawOrder() {
        return Optional.of(this);
    }

    @Override
    public List<Draw> embeddingDraws() {
        return List.of(
                draw("wte.weight", (long) config.vocabulary * config.width, 1),
                draw("wpe.weight", (long) config.context * config.width, 1));
    }

    @Override
    public List<Draw> layerDraws(int layer, boolean feedForward) {
        String h = "h." + layer + ".";
        long d = config.width;
        double scaled = 1 / Math.sqrt(2.0 * config.layers);
        List<Draw> draws = new ArrayList<>(List.of(
                draw(h + "attn.c_attn.weight", 3 * d * d, 1),
                draw(h + "attn.c_proj.weight", d * d, 1),
                draw(h + "attn.c_proj.weight", d * d, scaled)));
        if (feedForward) {
            draws.addAll(List.of(
                    draw(h + "mlp.c_fc.weight", d * config.inner, 1),
                    draw(h + "mlp.c_proj.weight", d * config.inner, 1),
                    draw(h + "mlp.c_proj.weight", d * config.inner, scaled)));
        }
        return draws;
    }

    @Override
    public List<Draw> headDraws() {
        return List.of(draw(headName(), (long) config.vocabulary * config.width, 1));
    }

    private Draw draw(String name, long elements, double scale) {
        return new Draw(name, elements, config.initializerRange * scale);
    }
}
