package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Phi-1, 1.5 and 2, {@code model_type} "phi": both halves fed from one LayerNorm of the block's input, rotary positions on a part
 * of each head, biases everywhere, the head's too, and with {@code qk_layernorm} a LayerNorm on each query and key head.
 */
final class Phi extends LayerNormDecoder {
    private final AttentionShape shape;
    private final int headSize;
    private final Rotary rotary;
    private final Activation activation;
    private final boolean headNorms;

    private Phi(
            Frame frame, AttentionShape shape, int headSize, Rotary rotary, Activation activation, boolean headNorms) {
        super(frame);
        this.shape = shape;
        this.headSize = headSize;
        this.rotary = rotary;
        this.activation = activation;
        this.headNorms = headNorms;
    }

    static Phi of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 2048, MAX_SIZE);
        int heads = f.positiveIntOr("num_attention_heads", 32, MAX_SIZE);
        int headSize = GroupedHeads.size(f, width, heads, false);
        AttentionShape shape = GroupedHeads.causal(f, heads, Optional.empty(), headSize, 0);
        int context = f.positiveIntOr("max_position_embeddings", 2048, Integer.MAX_VALUE);
        f.implementedOnly("is_causal", true, null);
        boolean headNorms = f.boolOr("qk_layernorm", false);
        if (headNorms && headSize != width / heads) {
            throw f.refused("head_dim", "hidden_size / num_attention_heads, where qk_layernorm is true");
        }
        Sizes sizes = new Sizes(
                "phi",
                f.positiveIntOr("num_hidden_layers", 24, MAX_LAYERS),
                width,
                heads,
                context,
                f.positiveIntOr("vocab_size", 51_200, MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 8192, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", false),
                new Names("model.", "embed_tokens", "final_layernorm", true));
        Activation activation = Activation.named(f.textOr("hidden_act", "gelu_new"), f.place("hidden_act"));
        return new Phi(frame, shape, headSize, RotaryFields.part(f, headSize, context, 0.5), activation, headNorms);
    }

    @Override
    int attentionWidth() {
        return shape.heads() * headSize;
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        TensorList specs = new TensorList("layers." + layer + ".")
                .norm("input_layernorm", width())
                .linear("self_attn.q_proj", attentionWidth(), width())
                .linear("self_attn.k_proj", (long) shape.keyValueHeads() * headSize, width())
                .linear("self_attn.v_proj", (long) shape.keyValueHeads() * headSize, width())
                .linear("self_attn.dense", width(), attentionWidth());
        if (headNorms) {
            specs.norm("self_attn.q_layernorm", headSize).norm("self_attn.k_layernorm", headSize);
        }
        if (feedForward) {
            specs.linear("mlp.fc1", inner(), width()).linear("mlp.fc2", width(), inner());
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = Roles.norm(g, w, "input_layernorm", x, frame.eps()); // [B, T, D]
            Tensor query = g.rotate(ofHeads(g, w, "q", a, shape.heads()), shape.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(ofHeads(g, w, "k", a, shape.keyValueHeads()), shape.keyValueHeads(), rotary);
            Tensor value = Roles.linear(g, w, "self_attn.v_proj", a); // [B, T, G d]
            return g.attention(query, key, value, shape);
        }); // [B, T, H d]
        Roles.addParallel(f, w, "self_attn.dense", x, heads, (g, part) -> {
            Tensor m = Roles.norm(g, w, "input_layernorm", part, frame.eps()); // [B, t, D]
            return Roles.feedForward(g, w, "mlp.fc1", "mlp.fc2", m, activation); // [B, t, D]
        });
    }

    /** The queries or keys of normed x [B, T, D] before their rotation -> [B, T, H d]. */
    private Tensor ofHeads(Forward f, Weights w, String name, Tensor a, int heads) {
        Tensor all = Roles.linear(f, w, "self_attn." + name + "_proj", a); // [B, T, H d]
        String norm = "self_attn." + name + "_layernorm";
        return headNorms
                ? HeadNorms.layer(f, all, heads, w.get(norm + ".weight"), w.get(norm + ".bias"), frame.eps())
                : all;
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return GroupedHeads.projections(w, "self_attn.dense", shape);
    }
}
