package org.consensusprobe.model;

import java.util.ArrayList;
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

/**
 * StarCoder and SantaCoder, {@code model_type} "gpt_bigcode": GPT-2 with one key and value head for all query heads. Without
 * {@code multi_query} each head has its own, and the fused matrix has q, k and v head by head.
 */
final class GptBigCode extends LayerNormDecoder {
    private final AttentionShape shape;
    private final FusedHeads fused;
    private final Activation activation;

    private GptBigCode(Frame frame, AttentionShape shape, FusedHeads fused, Activation activation) {
        super(frame);
        this.shape = shape;
        this.fused = fused;
        this.activation = activation;
    }

    static GptBigCode of(JsonFields fields) {
        JsonFields f = fields.renamed(OTHER_NAMES);
        int width = f.positiveIntOr("n_embd", 768, MAX_SIZE);
        int heads = heads(f, "n_head", 12, "n_embd", width);
        int headSize = width / heads;
        boolean multiQuery = f.boolOr("multi_query", true);
        double scale = f.boolOr("scale_attn_weights", true) ? 1 / Math.sqrt(headSize) : 1;
        f.implementedOnly("add_cross_attention", false);
        Sizes sizes = new Sizes(
                "gpt_bigcode",
                f.positiveIntOr("n_layer", 12, MAX_LAYERS),
                width,
                heads,
                f.positiveIntOr("n_positions", 1024, MAX_SIZE),
                f.positiveIntOr("vocab_size", 50_257, MAX_VOCABULARY),
                f.optionalPositiveInt("n_inner", MAX_SIZE).orElse(4 * width));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", true),
                new Names("transformer.", "wte", "ln_f", false));
        return new GptBigCode(
                frame,
                new AttentionShape(heads, multiQuery ? 1 : heads, scale, true, 0, 0, 1),
                FusedHeads.byKeyHead(heads, multiQuery ? 1 : heads, headSize),
                Activation.named(f.textOr("activation_function", "gelu_pytorch_tanh"), f.place("activation_function")));
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("(h\\.\\d+\\.attn\\.)?(bias|masked_bias)"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        List<TensorSpec> specs = new ArrayList<>(super.embeddings());
        specs.add(TensorSpec.state("", "wpe.weight", frame.sizes().context(), width()));
        return specs;
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embed(w.get("wte.weight"), w.get("wpe.weight"), ids, dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("h." + layer + ".")
                .norm("ln_1", d)
                .linear("attn.c_attn", fused.width(), d)
                .linear("attn.c_proj", d, d);
        if (feedForward) {
            specs.norm("ln_2", d).linear("mlp.c_fc", inner(), d).linear("mlp.c_proj", d, inner());
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = Roles.norm(g, w, "ln_1", x, frame.eps()); // [B, T, D]
            Tensor qkv = Roles.linear(g, w, "attn.c_attn", a); // [B, T, D + 2 G d]
            Kernels k = g.kernels();
            return g.attention(fused.query(k, qkv), fused.key(k, qkv), fused.value(k, qkv), shape);
        }); // [B, T, D]
        Roles.addAttention(f, w, "attn.c_proj", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = Roles.norm(g, w, "ln_2", part, frame.eps()); // [B, t, D]
                Tensor inner = Roles.linear(g, w, "mlp.c_fc", m, activation); // [B, t, F]
                Roles.addFeedForward(g, w, "mlp.c_proj", part, inner);
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return fused.projections(
                k, w.get("attn.c_attn.weight"), w.get("attn.c_proj.weight"), Optional.of(w.get("ln_1.weight")));
    }
}
