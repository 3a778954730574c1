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
 * StarCoder2, {@code model_type} "starcoder2": LayerNorm before each half, rotary positions, grouped key/value heads, a plain
 * feed-forward layer, and a window in every layer where {@code sliding_window} says so.
 */
final class Starcoder2 extends LayerNormDecoder {
    private final AttentionShape shape;
    private final int headSize;
    private final Rotary rotary;
    private final Activation activation;
    private final boolean bias;

    private Starcoder2(
            Frame frame, AttentionShape shape, int headSize, Rotary rotary, Activation activation, boolean bias) {
        super(frame);
        this.shape = shape;
        this.headSize = headSize;
        this.rotary = rotary;
        this.activation = activation;
        this.bias = bias;
    }

    static Starcoder2 of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 3072, MAX_SIZE);
        int heads = f.positiveIntOr("num_attention_heads", 24, MAX_SIZE);
        int headSize = GroupedHeads.size(f, width, heads, true);
        int window = f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0);
        f.implementedOnly("is_causal", true, null);
        int context = f.positiveIntOr("max_position_embeddings", 4096, Integer.MAX_VALUE);
        Sizes sizes = new Sizes(
                "starcoder2",
                f.positiveIntOr("num_hidden_layers", 30, MAX_LAYERS),
                width,
                heads,
                context,
                f.positiveIntOr("vocab_size", 49_152, MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 12_288, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("norm_epsilon", 1e-5),
                f.positiveNumberOr("initializer_range", 0.018042),
                f.boolOr("tie_word_embeddings", true),
                new Names("model.", "embed_tokens", "norm", false));
        return new Starcoder2(
                frame,
                GroupedHeads.causal(f, heads, Optional.of(2), headSize, window),
                headSize,
                RotaryFields.whole(f, headSize, context),
                Activation.named(f.textOr("hidden_act", "gelu_pytorch_tanh"), f.place("hidden_act")),
                f.boolOr("use_bias", true));
    }

    @Override
    int attentionWidth() {
        return shape.heads() * headSize;
    }

    @Override
    public int window() {
        return shape.window();
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        long keys = (long) shape.keyValueHeads() * headSize;
        TensorList specs = new TensorList("layers." + layer + ".")
                .norm("input_layernorm", width())
                .linear("self_attn.q_proj", attentionWidth(), width(), bias)
                .linear("self_attn.k_proj", keys, width(), bias)
                .linear("self_attn.v_proj", keys, width(), bias)
                .linear("self_attn.o_proj", width(), attentionWidth(), bias);
        if (feedForward) {
            specs.norm("post_attention_layernorm", width())
                    .linear("mlp.c_fc", inner(), width(), bias)
                    .linear("mlp.c_proj", width(), inner(), bias);
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = Roles.norm(g, w, "input_layernorm", x, frame.eps()); // [B, T, D]
            Tensor query = g.rotate(Roles.linear(g, w, "self_attn.q_proj", a), shape.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(Roles.linear(g, w, "self_attn.k_proj", a), shape.keyValueHeads(), rotary);
            Tensor value = Roles.linear(g, w, "self_attn.v_proj", a); // [B, T, G d]
            return g.attention(query, key, value, shape);
        }); // [B, T, H d]
        Roles.addAttention(f, w, "self_attn.o_proj", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = Roles.norm(g, w, "post_attention_layernorm", part, frame.eps()); // [B, t, D]
                Tensor inner = Roles.linear(g, w, "mlp.c_fc", m, activation); // [B, t, F]
                Roles.addFeedForward(g, w, "mlp.c_proj", part, inner);
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return GroupedHeads.projections(w, "self_attn.o_proj", shape);
    }
}
