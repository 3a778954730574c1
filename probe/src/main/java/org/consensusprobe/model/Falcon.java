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
 * Falcon, {@code model_type} "falcon", in its three shapes: halves fed from the block's input through one norm (7B) or a norm
 * each ({@code new_decoder_architecture}, 40B, 180B, 11B), or one after the other (the RefinedWeb models), with rotary positions
 * or ALiBi, and key/value heads of each query head, of groups of them, or one for all.
 */
final class Falcon extends LayerNormDecoder {
    /** The norms before the halves. */
    private enum Norms {
        /** One for both, whose halves are parallel. */
        SHARED("input_layernorm", "input_layernorm"),
        /** One each, of parallel halves. */
        APART("ln_attn", "ln_mlp"),
        /** One each, of halves one after the other. */
        SEQUENTIAL("input_layernorm", "post_attention_layernorm");

        private final String attention;
        private final String feedForward;

        Norms(String attention, String feedForward) {
            this.attention = attention;
            this.feedForward = feedForward;
        }
    }

    private final AttentionShape shape;
    private final FusedHeads fused;
    private final Norms norms;
    private final Optional<Rotary> rotary;
    private final Activation activation;
    private final boolean bias;

    private Falcon(
            Frame frame, FusedHeads fused, Norms norms, Optional<Rotary> rotary, Activation activation, boolean bias) {
        super(frame);
        int heads = frame.sizes().heads();
        this.shape = new AttentionShape(
                heads, fused.groups() * fused.keys(), 1 / Math.sqrt(fused.headSize()), true, 0, 0, 1);
        this.fused = fused;
        this.norms = norms;
        this.rotary = rotary;
        this.activation = activation;
        this.bias = bias;
    }

    static Falcon of(JsonFields f) {
        int width = f.optionalPositiveInt("n_embed", MAX_SIZE)
                .orElseGet(() -> f.positiveIntOr("hidden_size", 4544, MAX_SIZE));
        int heads = heads(f, "num_attention_heads", 71, "hidden_size", width);
        int context = f.positiveIntOr("max_position_embeddings", 2048, Integer.MAX_VALUE);
        Sizes sizes = new Sizes(
                "falcon",
                f.positiveIntOr("num_hidden_layers", 32, MAX_LAYERS),
                width,
                heads,
                context,
                f.positiveIntOr("vocab_size", 65_024, MAX_VOCABULARY),
                f.optionalPositiveInt("ffn_hidden_size", MAX_SIZE).orElse(4 * width));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_epsilon", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                f.boolOr("tie_word_embeddings", true),
                new Names("transformer.", "word_embeddings", "ln_f", false));
        Optional<Rotary> rotary =
                said(f, "alibi", false) ? Optional.empty() : Optional.of(RotaryFields.whole(f, width / heads, context));
        Activation activation = Activation.named(f.textOr("activation", "gelu"), f.place("activation"));
        return new Falcon(
                frame,
                FusedHeads.byKeyHead(heads, keyValueHeads(f, heads), width / heads),
                norms(f),
                rotary,
                activation,
                said(f, "bias", false));
    }

    private static int keyValueHeads(JsonFields f, int heads) {
        boolean newer = said(f, "new_decoder_architecture", false);
        int groups = f.optionalPositiveInt("num_kv_heads", MAX_SIZE).orElse(heads);
        boolean one = said(f, "multi_query", true);
        if (!newer && one) {
            return 1;
        }
        if (newer ? heads % groups != 0 : groups != heads) {
            throw f.refused(
                    "num_kv_heads",
                    (newer ? "a divisor of num_attention_heads, " : "as many as num_attention_heads, ") + heads);
        }
        return groups;
    }

    private static Norms norms(JsonFields f) {
        boolean newer = said(f, "new_decoder_architecture", false);
        boolean parallel = said(f, "parallel_attn", true);
        int count = f.isNull("num_ln_in_parallel_attn") || !f.has("num_ln_in_parallel_attn")
                ? (newer ? 2 : 1)
                : f.integer("num_ln_in_parallel_attn", 0, 2);
        if (newer && !parallel) {
            throw f.refused("parallel_attn", "true where new_decoder_architecture is");
        }
        if (newer ? count == 0 : parallel && count == 2) {
            throw f.refused("num_ln_in_parallel_attn", newer ? "1 or 2" : "1 without new_decoder_architecture");
        }
        return !parallel ? Norms.SEQUENTIAL : count == 2 ? Norms.APART : Norms.SHARED;
    }

    /** A switch of which {@code null} says no. */
    private static boolean said(JsonFields f, String key, boolean fallback) {
        return !f.isNull(key) && f.boolOr(key, fallback);
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long matrices = rotary.isPresent() ? 0 : Alibi.valuesPerToken(shape.heads(), tokens);
        return super.valuesPerToken(tokens, feedForward) + matrices;
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("h." + layer + ".")
                .norm(norms.attention, d)
                .linear("self_attention.query_key_value", fused.width(), d, bias)
                .linear("self_attention.dense", d, d, bias);
        if (feedForward) {
            if (norms != Norms.SHARED) {
                specs.norm(norms.feedForward, d);
            }
            specs.linear("mlp.dense_h_to_4h", inner(), d, bias).linear("mlp.dense_4h_to_h", d, inner(), bias);
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Kernels k = g.kernels();
            Tensor a = Roles.norm(g, w, norms.attention, x, frame.eps()); // [B, T, D]
            Tensor qkv = Roles.linear(g, w, "self_attention.query_key_value", a); // [B, T, (H + 2G) d]
            Tensor query = fused.query(k, qkv); // [B, T, D]
            Tensor key = fused.key(k, qkv); // [B, T, G d]
            Tensor value = fused.value(k, qkv); // [B, T, G d]
            if (rotary.isEmpty()) {
                Alibi alibi = Alibi.of(shape.heads()).inBfloat16(shape.scale());
                return g.attention(query, key, value, shape, alibi.bias(k, x.size(1)), null);
            }
            Tensor turned = g.rotate(query, shape.heads(), rotary.get()); // [B, T, D]
            return g.attention(turned, g.rotate(key, shape.keyValueHeads(), rotary.get()), value, shape);
        }); // [B, T, D]
        if (norms != Norms.SEQUENTIAL) {
            Roles.addParallel(f, w, "self_attention.dense", x, heads, (g, part) -> feedForward(g, w, part));
            return;
        }
        Roles.addAttention(f, w, "self_attention.dense", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> g.add(part, feedForward(g, w, part)));
        }
    }

    private Tensor feedForward(Forward f, Weights w, Tensor x) {
        Tensor m = Roles.norm(f, w, norms.feedForward, x, frame.eps()); // [B, t, D]
        return Roles.feedForward(f, w, "mlp.dense_h_to_4h", "mlp.dense_4h_to_h", m, activation); // [B, t, D]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return fused.projections(
                k,
                w.get("self_attention.query_key_value.weight"),
                w.get("self_attention.dense.weight"),
                Optional.of(w.get(norms.attention + ".weight")));
    }
}
