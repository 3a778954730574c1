package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * GLM-4.5, {@code model_type} "glm4_moe": Llama of which half a head turns, with norms on the queries and keys of each head where
 * {@code use_qk_norm} says so; from layer {@code first_k_dense_replace} on a mixture of experts chosen by groups, beside experts that
 * all tokens pass.
 */
final class Glm4Moe extends RotaryDecoder {
    private static final Router.GroupDefaults GROUPS = new Router.GroupDefaults(128, 8, 1, 1, 1);

    private final Rotary rotary;
    private final boolean attentionBias;
    private final boolean headNorms;
    private final int beyond;

    private Glm4Moe(
            DecoderConfig config,
            Rotary rotary,
            List<FeedForward> halves,
            boolean attentionBias,
            boolean headNorms,
            int beyond) {
        super(config, Norm.RMS, halves);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
        this.headNorms = headNorms;
        this.beyond = beyond;
    }

    static Glm4Moe of(JsonFields f) {
        // rounded down where the config has no head_dim
        int size = f.positiveIntOr("hidden_size", 4096, 1 << 22) / f.positiveIntOr("num_attention_heads", 96, 1 << 22);
        DecoderConfig c = DecoderConfig.of(
                f,
                "glm4_moe",
                DecoderConfig.Defaults.of(151_552, 4096, 10_944, 46, 96, 131_072)
                        .withKeyValueHeads(8, false)
                        .withHeadSize(Math.max(1, size))
                        .withEps(1e-5));
        int dense = f.integerOr("first_k_dense_replace", 1, 0, Integer.MAX_VALUE);
        Activation activation = activation(f, "hidden_act", "silu");
        Experts experts = experts(f, c, Router.sigmoid(f, c.width(), GROUPS), 1408, 1, false, activation);
        List<FeedForward> halves =
                Experts.orDense(c.layers(), layer -> layer >= dense, experts, Mlp.gated(c, false, activation));
        return new Glm4Moe(
                c,
                c.partialRotary(f, 0.5, true),
                halves,
                f.boolOr("attention_bias", false),
                f.boolOr("use_qk_norm", false),
                beyond(f));
    }

    /** Experts beside those that all tokens pass, as GLM and DeepSeek have them. */
    static Experts experts(
            JsonFields f, DecoderConfig c, Router router, int inner, int shared, boolean bias, Activation activation) {
        int own = f.positiveIntOr("moe_intermediate_size", inner, 1 << 22);
        int all = own * f.positiveIntOr("n_shared_experts", shared, 1 << 8);
        FeedForward half =
                Mlp.gated("mlp.shared_experts.", "gate_proj", "up_proj", "down_proj", c.width(), all, bias, activation);
        return Experts.gated(
                router, own, activation, Optional.of(new Experts.Shared(half, Optional.empty(), c.width())));
    }

    /** How many layers files have behind the last, to guess the token after the next: no pass goes through them. */
    static int beyond(JsonFields f) {
        return f.integerOr("num_nextn_predict_layers", 1, 0, 1000);
    }

    /** The tensors of such layers. */
    static Stream<Pattern> layersBeyond(int layers, int beyond) {
        return IntStream.range(layers, layers + beyond)
                .mapToObj(layer -> Pattern.compile("layers\\." + layer + "\\..*"));
    }

    @Override
    public List<Pattern> ignorable() {
        return Stream.concat(super.ignorable().stream(), layersBeyond(c.layers(), beyond))
                .toList();
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = plainLayer(layer, feedForward, attentionBias, false);
        if (headNorms) {
            specs.addAll(norm.tensors(h, "self_attn.q_norm", c.headSize()));
            specs.addAll(norm.tensors(h, "self_attn.k_norm", c.headSize()));
        }
        return specs;
    }

    // q and k before their norms
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + (headNorms ? c.queries() + c.keys() : 0);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(0), (q, which, n) -> {
                String role = "self_attn." + which + "_norm";
                return g.rotate(headNorms ? norm.ofHeads(g, w, role, q, n, c.eps()) : q, n, rotary); // [B, T, n d]
            });
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm", half(layer));
    }
}
