package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * GPT-J, {@code model_type} "gptj", and CodeGen, "codegen": both halves fed from one LayerNorm of the block's input, rotary
 * positions that turn neighbouring entries of the first {@code rotary_dim} of each head, no biases in attention, a head with one.
 *
 * <p>CodeGen's one matrix for q, v and k is in four parts, one for each core it was trained on.
 */
final class GptJ extends LayerNormDecoder {
    private static final int CODEGEN_PARTS = 4;

    private final AttentionShape shape;
    private final Rotary rotary;
    private final Activation activation;
    private final Optional<FusedHeads> fused;

    private GptJ(Frame frame, Rotary rotary, Activation activation, Optional<FusedHeads> fused) {
        super(frame);
        int heads = frame.sizes().heads();
        this.shape = AttentionShape.causal(heads, 1 / Math.sqrt((double) width() / heads), 0);
        this.rotary = rotary;
        this.activation = activation;
        this.fused = fused;
    }

    static GptJ of(JsonFields fields) {
        return of(fields.renamed(OTHER_NAMES), "gptj");
    }

    static GptJ codegen(JsonFields fields) {
        return of(fields.renamed(OTHER_NAMES), "codegen");
    }

    private static GptJ of(JsonFields f, String modelType) {
        int width = f.positiveIntOr("n_embd", 4096, MAX_SIZE);
        int heads = heads(f, "n_head", 16, "n_embd", width);
        int headSize = width / heads;
        int rotated = f.positiveIntOr("rotary_dim", 64, MAX_SIZE);
        if (rotated % 2 == 1 || rotated > headSize) {
            throw f.refused("rotary_dim", "an even number of a head's " + headSize + " entries");
        }
        boolean codegen = modelType.equals("codegen");
        if (codegen && heads % CODEGEN_PARTS != 0) {
            throw f.refused("n_head", "a multiple of " + CODEGEN_PARTS);
        }
        Sizes sizes = new Sizes(
                modelType,
                f.positiveIntOr("n_layer", 28, MAX_LAYERS),
                width,
                heads,
                f.positiveIntOr("n_positions", 2048, MAX_SIZE),
                f.positiveIntOr("vocab_size", 50_400, MAX_VOCABULARY),
                f.optionalPositiveInt("n_inner", MAX_SIZE).orElse(4 * width));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", false),
                new Names("transformer.", "wte", "ln_f", true));
        int part = heads / CODEGEN_PARTS;
        return new GptJ(
                frame,
                Rotary.plain(1e4, rotated).ofPairs(),
                Activation.named(f.textOr("activation_function", "gelu_new"), f.place("activation_function")),
                codegen ? Optional.of(new FusedHeads(CODEGEN_PARTS, part, part, headSize, true)) : Optional.empty());
    }

    @Override
    public List<Pattern> ignorable() {
        // mask buffers and rotary tables, saved by older versions
        return List.of(Pattern.compile("h\\.\\d+\\.attn\\.(bias|masked_bias|causal_mask|embed_positions)"));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("h." + layer + ".").norm("ln_1", d);
        if (fused.isPresent()) {
            specs.linear("attn.qkv_proj", 3L * d, d, false);
        } else {
            specs.linear("attn.q_proj", d, d, false)
                    .linear("attn.k_proj", d, d, false)
                    .linear("attn.v_proj", d, d, false);
        }
        specs.linear("attn.out_proj", d, d, false);
        if (feedForward) {
            specs.linear("mlp.fc_in", inner(), d).linear("mlp.fc_out", d, inner());
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = Roles.norm(g, w, "ln_1", x, frame.eps()); // [B, T, D]
            if (fused.isEmpty()) {
                return attention(g, linear(g, w, "q", a), linear(g, w, "k", a), linear(g, w, "v", a));
            }
            Kernels k = g.kernels();
            Tensor qvk = linear(g, w, "qkv", a); // [B, T, 3D]
            FusedHeads parts = fused.get();
            return attention(g, parts.query(k, qvk), parts.key(k, qvk), parts.value(k, qvk));
        }); // [B, T, D]
        Roles.addParallel(f, w, "attn.out_proj", x, heads, (g, part) -> {
            Tensor m = Roles.norm(g, w, "ln_1", part, frame.eps()); // [B, t, D]
            return Roles.feedForward(g, w, "mlp.fc_in", "mlp.fc_out", m, activation); // [B, t, D]
        });
    }

    private static Tensor linear(Forward f, Weights w, String name, Tensor x) {
        return Roles.linear(f, w, "attn." + name + "_proj", x);
    }

    /** Of q, k and v [B, T, D] before rotation -> [B, T, D]. */
    private Tensor attention(Forward f, Tensor query, Tensor key, Tensor value) {
        return f.attention(f.rotate(query, shape.heads(), rotary), f.rotate(key, shape.heads(), rotary), value, shape);
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        Tensor gain = w.get("ln_1.weight");
        Tensor out = w.get("attn.out_proj.weight");
        if (fused.isPresent()) {
            return fused.get().projections(k, w.get("attn.qkv_proj.weight"), out, Optional.of(gain));
        }
        return new Projections(
                w.get("attn.q_proj.weight"),
                w.get("attn.k_proj.weight"),
                w.get("attn.v_proj.weight"),
                out,
                shape.heads(),
                shape.heads(),
                Optional.of(gain),
                true);
    }
}
