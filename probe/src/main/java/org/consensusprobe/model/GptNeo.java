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
 * GPT-Neo, {@code model_type} "gpt_neo": GPT-2 with unscaled attention, separate q, k, v without bias, and local layers
 * in which token i sees tokens j with 0 &lt;= i - j &lt; window.
 */
public final class GptNeo implements Transformer, DrawOrder {
    private static final int MAX_SIZE = 1 << 22;
    private static final int MAX_LAYERS = 100_000;
    /** GPT-Neo was trained without the factor 1/sqrt(d_h) on attention scores. */
    private static final double UNSCALED = 1;

    /** Names of other families, which transformers' class takes for its own, and prefers where a file has both. */
    private static final Map<String, String> OTHER_NAMES =
            Map.of("num_attention_heads", "num_heads", "num_hidden_layers", "num_layers");

    private final Config config;

    private GptNeo(Config config) {
        this.config = config;
    }

    /** The fields of config.json that change results. */
    record Config(
            int width,
            int heads,
            int context,
            int vocabulary,
            int inner,
            Activation activation,
            double eps,
            List<Boolean> localLayers,
            int window,
            double initializerRange,
            boolean tiedHead) {

        static Config of(JsonFields f) {
            int width = f.positiveIntOr("hidden_size", 2048, MAX_SIZE);
            int heads = f.positiveIntOr("num_heads", 16, MAX_SIZE);
            if (width % heads != 0) {
                throw f.refused("num_heads", "a divisor of hidden_size, " + width);
            }
            return new Config(
                    width,
                    heads,
                    f.positiveIntOr("max_position_embeddings", 2048, MAX_SIZE),
                    f.positiveIntOr("vocab_size", 50_257, 1 << 26),
                    f.optionalPositiveInt("intermediate_size", MAX_SIZE).orElse(4 * width),
                    Activation.named(f.textOr("activation_function", "gelu_new"), f.place("activation_function")),
                    f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                    AttentionTypes.localLayers(f, MAX_LAYERS),
                    f.positiveIntOr("window_size", 256, MAX_SIZE),
                    f.positiveNumberOr("initializer_range", 0.02),
                    f.boolOr("tie_word_embeddings", true));
        }

        int window(int layer) {
            return localLayers.get(layer) ? window : 0;
        }
    }

    static GptNeo of(JsonFields fields) {
        return new GptNeo(Config.of(fields.renamed(OTHER_NAMES)));
    }

    @Override
    public Sizes sizes() {
        return new Sizes(
                "gpt_neo", layers(), config.width, config.heads, config.context, config.vocabulary, config.inner);
    }

    @Override
    public int layers() {
        return config.localLayers.size();
    }

    @Override
    public List<String> prefixes() {
        return List.of("transformer.");
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("h\\.\\d+\\.attn\\.attention\\.(bias|masked_bias)"));
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
                TensorSpec.linear(h, "attn.attention.q_proj.weight", d, d),
                TensorSpec.linear(h, "attn.attention.k_proj.weight", d, d),
                TensorSpec.linear(h, "attn.attention.v_proj.weight", d, d),
                TensorSpec.linear(h, "attn.attention.out_proj.weight", d, d),
                TensorSpec.state(h, "attn.attention.out_proj.bias", d)));
        if (feedForward) {
            specs.addAll(List.of(
                    TensorSpec.gain(h, "ln_2.weight", d),
                    TensorSpec.state(h, "ln_2.bias", d),
                    TensorSpec.linear(h, "mlp.c_fc.weight", config.inner, d),
                    TensorSpec.state(h, "mlp.c_fc.bias", config.inner),
                    TensorSpec.linear(h, "mlp.c_proj.weight", d, config.inner),
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
    public int window() {
        return config.localLayers.contains(true) ? config.window : 0;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = g.layerNorm(x, w.get("ln_1.weight"), w.get("ln_1.bias"), config.eps); // [B, T, D]
            Tensor query = g.linear(a, w.get("attn.attention.q_proj.weight"), null); // [B, T, D]
            Tensor key = g.linear(a, w.get("attn.attention.k_proj.weight"), null); // [B, T, D]
            Tensor value = g.linear(a, w.get("attn.attention.v_proj.weight"), null); // [B, T, D]
            return g.attention(query, key, value, AttentionShape.causal(config.heads, UNSCALED, config.window(layer)));
        }); // [B, T, D]
        f.addAttention(x, heads, w.get("attn.attention.out_proj.weight"), w.get("attn.attention.out_proj.bias"));
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
        return new Projections(
                w.get("attn.attention.q_proj.weight"),
                w.get("attn.attention.k_proj.weight"),
                w.get("attn.attention.v_proj.weight"),
                w.get("attn.attention.out_proj.weight"),
                config.heads,
                config.heads,
                Optional.of(w.get("ln_1.weight")),
                true);
    }

    // ---- initialisation: every matrix N(0, initializer_range), attention in the order k, v, q, out

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
                draw("wte.weight", (long) config.vocabulary * config.width),
                draw("wpe.weight", (long) config.context * config.width));
    }

    @Override
    public List<Draw> layerDraws(int layer, boolean feedForward) {
        String h = "h." + layer + ".";
        long d = config.width;
        List<Draw> draws = new ArrayList<>(List.of(
                draw(h + "attn.attention.k_proj.weight", d * d),
                draw(h + "attn.attention.v_proj.weight", d * d),
                draw(h + "attn.attention.q_proj.weight", d * d),
                draw(h + "attn.attention.out_proj.weight", d * d)));
        if (feedForward) {
            draws.add(draw(h + "mlp.c_fc.weight", d * config.inner));
            draws.add(draw(h + "mlp.c_proj.weight", d * config.inner));
        }
        return draws;
    }

    @Override
    public List<Draw> headDraws() {
        return List.of(draw(headName(), (long) config.vocabulary * config.width));
    }

    private Draw draw(String name, long elements) {
        return new Draw(name, elements, config.initializerRange);
    }
}
