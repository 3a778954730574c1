package org.consensusprobe.model;

import java.util.List;
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
 * Nomic's BERT, {@code model_type} "nomic_bert": an encoder with LayerNorm after each half's skip, rotary positions, a gated
 * feed-forward layer and no biases in matrices. Its files keep the names of its first code, which transformers converts.
 */
final class NomicBert extends FramedEncoder {
    private final AttentionShape shape;
    private final FusedHeads fused;
    private final int types;
    private final Rotary rotary;
    private final Activation activation;

    private NomicBert(Frame frame, int headSize, int types, Rotary rotary, Activation activation) {
        super(frame);
        this.shape = AttentionShape.full(frame.sizes().heads(), 1 / Math.sqrt(headSize));
        this.fused = FusedHeads.inARow(frame.sizes().heads(), frame.sizes().heads(), headSize);
        this.types = types;
        this.rotary = rotary;
        this.activation = activation;
    }

    static NomicBert of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 768, MAX_SIZE);
        int heads = f.positiveIntOr("num_attention_heads", 12, MAX_SIZE);
        int headSize = GroupedHeads.size(f, width, heads, true);
        int context = f.positiveIntOr("max_position_embeddings", 2048, MAX_SIZE);
        Sizes sizes = new Sizes(
                "nomic_bert",
                f.positiveIntOr("num_hidden_layers", 12, MAX_LAYERS),
                width,
                heads,
                context,
                f.positiveIntOr("vocab_size", 30_528, MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 3072, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-12),
                f.positiveNumberOr("initializer_range", 0.02),
                "nomic_bert.",
                "");
        return new NomicBert(
                frame,
                headSize,
                f.positiveIntOr("type_vocab_size", 2, MAX_SIZE),
                RotaryFields.whole(f, headSize, context, 1000),
                Activation.named(f.textOr("hidden_act", "silu"), f.place("hidden_act")));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return new TensorList("embeddings.")
                .state("word_embeddings.weight", frame.sizes().vocabulary(), width())
                .state("token_type_embeddings.weight", types, width())
                .with(new TensorList("").norm("emb_ln", width()));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor x = k.embedding().embedTokens(w.get("word_embeddings.weight"), ids, 1, dtype); // [B, T, D]
        k.add(x, k.tensors().rowsView(w.get("token_type_embeddings.weight"), 0, 1));
        return k.layerNorm(x, w.get("emb_ln.weight"), w.get("emb_ln.bias"), frame.eps()); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        TensorList specs = new TensorList("encoder.layers." + layer + ".")
                .linear("attn.Wqkv", fused.width(), width(), false)
                .linear("attn.out_proj", width(), fused.width() / 3, false)
                .norm("norm1", width());
        if (feedForward) {
            specs.linear("mlp.fc11", inner(), width(), false)
                    .linear("mlp.fc12", inner(), width(), false)
                    .linear("mlp.fc2", width(), inner(), false)
                    .norm("norm2", width());
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Kernels k = g.kernels();
            Tensor qkv = Roles.linear(g, w, "attn.Wqkv", x); // [B, T, 3 H d]
            Tensor query = g.rotate(fused.query(k, qkv), shape.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(fused.key(k, qkv), shape.heads(), rotary); // [B, T, H d]
            return g.attention(query, key, fused.value(k, qkv), shape);
        }); // [B, T, H d]
        Roles.addAttention(f, w, "attn.out_proj", x, heads);
        Roles.normalise(f, w, "norm1", x, frame.eps());
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor inner = Roles.gated(g, w, "mlp.fc12", "mlp.fc11", part, activation); // [B, t, F]
                Roles.addFeedForward(g, w, "mlp.fc2", part, inner);
                Roles.normalise(g, w, "norm2", part, frame.eps());
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        // what enters attention has passed the norm of the layer before
        return fused.projections(k, w.get("attn.Wqkv.weight"), w.get("attn.out_proj.weight"), Optional.empty());
    }
}
