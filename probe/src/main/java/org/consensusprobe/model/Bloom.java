package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * BLOOM, {@code model_type} "bloom": LayerNorm before each half and on the token embeddings, ALiBi, q, k and v head by head in one
 * matrix. With {@code apply_residual_connection_post_layernorm} a half's skip starts after its norm.
 */
final class Bloom extends LayerNormDecoder {
    private static final Map<String, String> NAMES =
            Map.of("num_hidden_layers", "n_layer", "num_attention_heads", "n_head");
    private static final String EMBEDDING_NORM = "word_embeddings_layernorm";

    private final AttentionShape shape;
    private final FusedHeads fused;
    private final boolean skipsAfterNorms;

    private Bloom(Frame frame, boolean skipsAfterNorms) {
        super(frame);
        int heads = frame.sizes().heads();
        this.fused = FusedHeads.byKeyHead(heads, heads, width() / heads);
        this.shape = AttentionShape.causal(heads, 1 / Math.sqrt(fused.headSize()), 0);
        this.skipsAfterNorms = skipsAfterNorms;
    }

    static Bloom of(JsonFields fields) {
        JsonFields f = fields.renamed(NAMES);
        int width = f.optionalPositiveInt("n_embed", MAX_SIZE)
                .orElseGet(() -> f.positiveIntOr("hidden_size", 64, MAX_SIZE));
        int heads = heads(f, "n_head", 8, "hidden_size", width);
        if (f.positiveIntOr("pretraining_tp", 1, MAX_SIZE) > 1) {
            f.implementedOnly("slow_but_exact", false); // leaves biases out
        }
        // ALiBi has no longest prompt; the models were trained on 2048 tokens
        Sizes sizes = new Sizes(
                "bloom",
                f.positiveIntOr("n_layer", 2, MAX_LAYERS),
                width,
                heads,
                f.optionalPositiveInt("seq_length", Integer.MAX_VALUE).orElse(2048),
                f.positiveIntOr("vocab_size", 250_880, MAX_VOCABULARY),
                4 * width);
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", true),
                new Names("transformer.", "word_embeddings", "ln_f", false));
        return new Bloom(frame, f.boolOr("apply_residual_connection_post_layernorm", false));
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + Alibi.valuesPerToken(shape.heads(), tokens);
    }

    @Override
    public List<TensorSpec> embeddings() {
        List<TensorSpec> specs = new ArrayList<>(super.embeddings());
        specs.addAll(new TensorList("").norm(EMBEDDING_NORM, width()).all());
        return specs;
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor x = super.embed(k, w, ids, dtype); // [B, T, D]
        return k.layerNorm(
                x, w.get(EMBEDDING_NORM + ".weight"), w.get(EMBEDDING_NORM + ".bias"), frame.eps()); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("h." + layer + ".")
                .norm("input_layernorm", d)
                .linear("self_attention.query_key_value", fused.width(), d)
                .linear("self_attention.dense", d, d);
        if (feedForward) {
            specs.norm("post_attention_layernorm", d)
                    .linear("mlp.dense_h_to_4h", inner(), d)
                    .linear("mlp.dense_4h_to_h", d, inner());
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        if (skipsAfterNorms) {
            Roles.normalise(f, w, "input_layernorm", x, frame.eps());
        }
        Tensor heads = f.freeing(g -> {
            Kernels k = g.kernels();
            Tensor a = normed(g, w, "input_layernorm", x); // [B, T, D]
            Tensor qkv = Roles.linear(g, w, "self_attention.query_key_value", a); // [B, T, H 3d]
            Tensor bias = Alibi.of(shape.heads()).bias(k, x.size(1)); // [1, H, 1, T]
            return g.attention(fused.query(k, qkv), fused.key(k, qkv), fused.value(k, qkv), shape, bias, null);
        }); // [B, T, D]
        Roles.addAttention(f, w, "self_attention.dense", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                if (skipsAfterNorms) {
                    Roles.normalise(g, w, "post_attention_layernorm", part, frame.eps());
                }
                Tensor m = normed(g, w, "post_attention_layernorm", part); // [B, t, D]
                Tensor inner = Roles.linear(g, w, "mlp.dense_h_to_4h", m, Activation.GELU_BLOOM); // [B, t, F]
                Roles.addFeedForward(g, w, "mlp.dense_4h_to_h", part, inner);
            });
        }
    }

    /** What enters a half: x [B, T, D] through its norm, unless the stream has passed it. */
    private Tensor normed(Forward f, Weights w, String role, Tensor x) {
        return skipsAfterNorms ? x : Roles.norm(f, w, role, x, frame.eps()); // [B, T, D]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return fused.projections(
                k,
                w.get("self_attention.query_key_value.weight"),
                w.get("self_attention.dense.weight"),
                Optional.of(w.get("input_layernorm.weight")));
    }
}
