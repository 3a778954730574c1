package org.consensusprobe.model;

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
 * The first GPT, {@code model_type} "openai-gpt": learned positions, a LayerNorm after each half's skip, none after the last
 * block, Conv1D matrices [in, out]. Its "gelu" is the tanh form.
 */
final class OpenaiGpt extends LayerNormDecoder {
    private static final Map<String, Activation> ACTIVATIONS = Map.of(
            "gelu", Activation.GELU_TANH,
            "relu", Activation.RELU,
            "silu", Activation.SILU,
            "swish", Activation.SILU);

    private final AttentionShape shape;
    private final FusedHeads fused;
    private final Activation activation;

    private OpenaiGpt(Frame frame, Activation activation) {
        super(frame);
        int heads = frame.sizes().heads();
        this.fused = FusedHeads.inARow(heads, heads, width() / heads);
        this.shape = AttentionShape.causal(heads, 1 / Math.sqrt(fused.headSize()), 0);
        this.activation = activation;
    }

    static OpenaiGpt of(JsonFields fields) {
        JsonFields f = fields.renamed(OTHER_NAMES);
        int width = f.positiveIntOr("n_embd", 768, MAX_SIZE);
        Sizes sizes = new Sizes(
                "openai-gpt",
                f.positiveIntOr("n_layer", 12, MAX_LAYERS),
                width,
                heads(f, "n_head", 12, "n_embd", width),
                f.positiveIntOr("n_positions", 512, MAX_SIZE),
                f.positiveIntOr("vocab_size", 40_478, MAX_VOCABULARY),
                4 * width);
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", true),
                new Names("transformer.", "tokens_embed", "", false));
        Activation activation = Optional.ofNullable(ACTIVATIONS.get(f.textOr("afn", "gelu")))
                .orElseThrow(() -> f.refused("afn", "gelu, relu, silu or swish"));
        return new OpenaiGpt(frame, activation);
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("h\\.\\d+\\.attn\\.bias|position_ids"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return new TensorList("")
                .state("tokens_embed.weight", frame.sizes().vocabulary(), width())
                .state("positions_embed.weight", frame.sizes().context(), width())
                .all();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding()
                .embed(w.get("tokens_embed.weight"), w.get("positions_embed.weight"), ids, dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("h." + layer + ".")
                .conv1d("attn.c_attn", d, 3L * d)
                .conv1d("attn.c_proj", d, d)
                .norm("ln_1", d);
        if (feedForward) {
            specs.conv1d("mlp.c_fc", d, inner())
                    .conv1d("mlp.c_proj", inner(), d)
                    .norm("ln_2", d);
        }
        return specs.all();
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return List.of();
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return f.kernels().tensors().copy(x); // [B, T, D], in a scope of its own as a norm's result would be
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Kernels k = g.kernels();
            Tensor qkv = Roles.linear(g, w, "attn.c_attn", x); // [B, T, 3D]
            return g.attention(fused.query(k, qkv), fused.key(k, qkv), fused.value(k, qkv), shape);
        }); // [B, T, D]
        Roles.addAttention(f, w, "attn.c_proj", x, heads);
        Roles.normalise(f, w, "ln_1", x, frame.eps());
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor inner = Roles.linear(g, w, "mlp.c_fc", part, activation); // [B, t, F]
                Roles.addFeedForward(g, w, "mlp.c_proj", part, inner);
                Roles.normalise(g, w, "ln_2", part, frame.eps());
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        // what enters attention has passed the norm of the layer before
        return fused.projections(k, w.get("attn.c_attn.weight"), w.get("attn.c_proj.weight"), Optional.empty());
    }
}
