package org.consensusprobe.model;

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

/** EuroBERT, {@code model_type} "eurobert": Llama's blocks and final norm with full attention. */
final class EuroBert extends FramedEncoder {
    private final AttentionShape shape;
    private final int headSize;
    private final Rotary rotary;
    private final Activation activation;
    private final boolean attentionBias;
    private final boolean innerBias;

    private EuroBert(
            Frame frame,
            AttentionShape shape,
            int headSize,
            Rotary rotary,
            Activation activation,
            boolean attentionBias,
            boolean innerBias) {
        super(frame);
        this.shape = shape;
        this.headSize = headSize;
        this.rotary = rotary;
        this.activation = activation;
        this.attentionBias = attentionBias;
        this.innerBias = innerBias;
    }

    static EuroBert of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 768, MAX_SIZE);
        int heads = LayerNormDecoder.heads(f, "num_attention_heads", 12, "hidden_size", width);
        int headSize = GroupedHeads.size(f, width, heads, true);
        int context = f.positiveIntOr("max_position_embeddings", 8192, Integer.MAX_VALUE);
        Sizes sizes = new Sizes(
                "eurobert",
                f.positiveIntOr("num_hidden_layers", 12, MAX_LAYERS),
                width,
                heads,
                context,
                f.positiveIntOr("vocab_size", 128_256, MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 3072, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("rms_norm_eps", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                "model.",
                "norm");
        return new EuroBert(
                frame,
                GroupedHeads.causal(f, heads, Optional.empty(), headSize, 0).withMask(false, 0),
                headSize,
                RotaryFields.whole(f, headSize, context),
                Activation.named(f.textOr("hidden_act", "silu"), f.place("hidden_act")),
                f.boolOr("attention_bias", false),
                f.boolOr("mlp_bias", false));
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("(rotary_emb|dense)\\..*"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(TensorSpec.state("", "embed_tokens.weight", frame.sizes().vocabulary(), width()));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("embed_tokens.weight"), ids, 1, dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        long queries = (long) shape.heads() * headSize;
        long keys = (long) shape.keyValueHeads() * headSize;
        TensorList specs = new TensorList("layers." + layer + ".")
                .norm("input_layernorm", width(), false)
                .linear("self_attn.q_proj", queries, width(), attentionBias)
                .linear("self_attn.k_proj", keys, width(), attentionBias)
                .linear("self_attn.v_proj", keys, width(), attentionBias)
                .linear("self_attn.o_proj", width(), queries, attentionBias);
        if (feedForward) {
            specs.norm("post_attention_layernorm", width(), false)
                    .linear("mlp.gate_proj", inner(), width(), innerBias)
                    .linear("mlp.up_proj", inner(), width(), innerBias)
                    .linear("mlp.down_proj", width(), inner(), innerBias);
        }
        return specs.all();
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return new TensorList("").norm("norm", width(), false).all();
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return f.rmsNorm(x, w.get("norm.weight"), frame.eps()); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = g.rmsNorm(x, w.get("input_layernorm.weight"), frame.eps()); // [B, T, D]
            Tensor query = g.rotate(Roles.linear(g, w, "self_attn.q_proj", a), shape.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(Roles.linear(g, w, "self_attn.k_proj", a), shape.keyValueHeads(), rotary);
            Tensor value = Roles.linear(g, w, "self_attn.v_proj", a); // [B, T, G d]
            return g.attention(query, key, value, shape);
        }); // [B, T, H d]
        Roles.addAttention(f, w, "self_attn.o_proj", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = g.rmsNorm(part, w.get("post_attention_layernorm.weight"), frame.eps()); // [B, t, D]
                Tensor inner = Roles.gated(g, w, "mlp.gate_proj", "mlp.up_proj", m, activation); // [B, t, F]
                Roles.addFeedForward(g, w, "mlp.down_proj", part, inner);
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
                shape.keyValueHeads(),
                Optional.of(w.get("input_layernorm.weight")),
                false);
    }
}
