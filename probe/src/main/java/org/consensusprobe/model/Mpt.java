package org.consensusprobe.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * MPT, {@code model_type} "mpt": LayerNorm without biases before each half, ALiBi, no biases in matrices.
 *
 * <p>As in transformers' class, ALiBi is always there, its slopes reach 2^-8 whatever {@code alibi_bias_max} says, and the
 * feed-forward layer is four times as wide as the model.
 */
final class Mpt extends LayerNormDecoder {
    private static final Map<String, String> NAMES =
            Map.of("num_hidden_layers", "n_layers", "num_attention_heads", "n_heads", "hidden_size", "d_model");

    private final AttentionShape shape;
    private final FusedHeads fused;
    private final double clip;

    private Mpt(Frame frame, double scale, double clip) {
        super(frame);
        int heads = frame.sizes().heads();
        this.shape = AttentionShape.causal(heads, scale, 0);
        this.fused = FusedHeads.inARow(heads, heads, width() / heads);
        this.clip = clip;
    }

    static Mpt of(JsonFields fields) {
        JsonFields f = fields.renamed(NAMES);
        int width = f.positiveIntOr("d_model", 2048, MAX_SIZE);
        int heads = heads(f, "n_heads", 16, "d_model", width);
        Optional<JsonFields> attention = f.object("attn_config");
        Sizes sizes = new Sizes(
                "mpt",
                f.positiveIntOr("n_layers", 24, MAX_LAYERS),
                width,
                heads,
                f.positiveIntOr("max_seq_len", 2048, Integer.MAX_VALUE),
                f.positiveIntOr("vocab_size", 50_368, MAX_VOCABULARY),
                4 * width);
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", true),
                new Names("transformer.", "wte", "norm_f", false));
        return new Mpt(
                frame,
                attention.flatMap(a -> a.optionalNumber("softmax_scale")).orElse(1 / Math.sqrt((double) width / heads)),
                attention.flatMap(a -> a.optionalNumber("clip_qkv")).orElse(0.0));
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + Alibi.valuesPerToken(shape.heads(), tokens);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("blocks." + layer + ".")
                .norm("norm_1", d, false)
                .linear("attn.Wqkv", fused.width(), d, false)
                .linear("attn.out_proj", d, d, false);
        if (feedForward) {
            specs.norm("norm_2", d, false)
                    .linear("ffn.up_proj", inner(), d, false)
                    .linear("ffn.down_proj", d, inner(), false);
        }
        return specs.all();
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return new TensorList("").norm("norm_f", width(), false).all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Kernels k = g.kernels();
            Tensor a = Roles.norm(g, w, "norm_1", x, frame.eps()); // [B, T, D]
            Tensor all = Roles.linear(g, w, "attn.Wqkv", a); // [B, T, 3D]
            Tensor qkv = clip == 0 ? all : k.clamp(all, -clip, clip); // [B, T, 3D]
            Tensor bias = Alibi.ofMpt(shape.heads()).bias(k, x.size(1)); // [1, H, 1, T]
            return g.attention(fused.query(k, qkv), fused.key(k, qkv), fused.value(k, qkv), shape, bias, null);
        }); // [B, T, D]
        Roles.addAttention(f, w, "attn.out_proj", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = Roles.norm(g, w, "norm_2", part, frame.eps()); // [B, t, D]
                Tensor inner = Roles.linear(g, w, "ffn.up_proj", m, Activation.GELU_ERF); // [B, t, F]
                Roles.addFeedForward(g, w, "ffn.down_proj", part, inner);
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return fused.projections(
                k, w.get("attn.Wqkv.weight"), w.get("attn.out_proj.weight"), Optional.of(w.get("norm_1.weight")));
    }
}
