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
 * feed-forward layer and no biases in matrices.
 */
final class NomicBert extends FramedEncoder {
    private final AttentionShape shape;
    private final int headSize;
    private final int types;
    private final Rotary rotary;
    private final Activation activation;

    private NomicBert(Frame frame, int headSize, int types, Rotary rotary, Activation activation) {
        super(frame);
        this.shape = AttentionShape.full(frame.sizes().heads(), 1 / Math.sqrt(headSize));
        this.headSize = headSize;
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
                Rotary.ofWhole(f, headSize, context, 1000),
                Activation.named(f.textOr("hidden_act", "silu"), f.place("hidden_act")));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return new TensorList("embeddings.")
                .state("word_embeddings.weight", frame.sizes().vocabulary(), width())
                .state("token_type_embeddings.weight", types, width())
                .norm("LayerNorm", width())
                .all();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor x = k.embedTokens(w.get("word_embeddings.weight"), ids, 1, dtype); // [B, T, D]
        k.add(x, k.tensors().rowsView(w.get("token_type_embeddings.weight"), 0, 1));
        return k.layerNorm(x, w.get("LayerNorm.weight"), w.get("LayerNorm.bias"), frame.eps()); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        long queries = (long) shape.heads() * headSize;
        TensorList specs = new TensorList("layers." + layer + ".")
                .linear("self_attn.q_proj", queries, width(), false)
                .linear("self_attn.k_proj", queries, width(), false)
                .linear("self_attn.v_proj", queries, width(), false)
                .linear("self_attn.o_proj", width(), queries, false)
                .norm("post_attention_layernorm", width());
        if (feedForward) {
            specs.linear("mlp.gate_proj", inner(), width(), false)
                    .linear("mlp.up_proj", inner(), width(), false)
                    .linear("mlp.down_proj", width(), inner(), false)
                    .norm("post_mlp_layernorm", width());
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor query = g.rotate(Roles.linear(g, w, "self_attn.q_proj", x), shape.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(Roles.linear(g, w, "self_attn.k_proj", x), shape.heads(), rotary); // [B, T, H d]
            Tensor value = Roles.linear(g, w, "self_attn.v_proj", x); // [B, T, H d]
            return g.attention(query, key, value, shape);
        }); // [B, T, H d]
        Roles.addAttention(f, w, "self_attn.o_proj", x, heads);
        Roles.normalise(f, w, "post_attention_layernorm", x, frame.eps());
        if (f.feedForward()) {
            f.byTokens(x, (g, part) -> {
                Tensor inner = Roles.gated(g, w, "mlp.gate_proj", "mlp.up_proj", part, activation); // [B, t, F]
                Roles.addFeedForward(g, w, "mlp.down_proj", part, inner);
                Roles.normalise(g, w, "post_mlp_layernorm", part, frame.eps());
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return new Projections(
                w.get("self_attn.q_proj.weight"),
                w.get("self_attn.k_proj.weight"),
                w.get("self_attn.v_proj.weight"),
                w.get("self_attn.o_proj.weight"),
                shape.heads(),
                shape.heads(),
                Optional.empty(), // what enters attention has passed the norm of the layer before
                false);
    }
}
