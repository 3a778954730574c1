package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * OLMoE, {@code model_type} "olmoe" (Muennighoff et al., arXiv 2409.02060): Llama with a mixture of experts in every layer, norms on
 * queries and keys over all heads, and {@code clip_qkv}.
 */
final class Olmoe extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean attentionBias;
    private final Optional<Double> clip;

    private Olmoe(DecoderConfig config, Rotary rotary, Experts experts, boolean attentionBias, Optional<Double> clip) {
        super(config, Norm.RMS, experts);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
        this.clip = clip;
    }

    static Olmoe of(JsonFields f) {
        DecoderConfig c = DecoderConfig.of(
                f,
                "olmoe",
                DecoderConfig.Defaults.of(50_304, 2048, 2048, 16, 16, 4096).withEps(1e-5));
        if (c.queries() != c.width()) {
            throw f.refused(
                    "head_dim", "hidden_size / num_attention_heads, because the norms of queries have that size");
        }
        boolean normalised = f.boolOr("norm_topk_prob", false);
        Router router = Router.softmax(
                "mlp.gate", f, List.of("num_local_experts", "num_experts"), 64, 8, normalised, c.width());
        Experts experts = Experts.gated(router, c.inner(), activation(f, "hidden_act", "silu"), Optional.empty());
        return new Olmoe(c, c.wholeRotary(f), experts, f.boolOr("attention_bias", false), f.optionalNumber("clip_qkv"));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = plainLayer(layer, feedForward, attentionBias, attentionBias);
        specs.addAll(norm.tensors(h, "self_attn.q_norm", c.queries()));
        specs.addAll(norm.tensors(h, "self_attn.k_norm", c.keys()));
        return specs;
    }

    // q and k before their norms
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + c.queries() + c.keys();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            Tensor query = turned(g, w, a, "q", c.heads()); // [B, T, H d]
            Tensor key = turned(g, w, a, "k", c.keyValueHeads()); // [B, T, G d]
            Tensor value = clipped(g, linear(g, w, "self_attn.v_proj", a)); // [B, T, G d]
            return g.attention(query, key, value, c.attention(0));
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }

    /** Queries or keys of a [B, T, D], normed, clipped and turned -> [B, T, n d]. */
    private Tensor turned(Forward f, Weights w, Tensor a, String which, int heads) {
        Tensor projected = linear(f, w, "self_attn." + which + "_proj", a); // [B, T, n d]
        Tensor normed = norm(f, w, "self_attn." + which + "_norm", projected); // [B, T, n d]
        return f.rotate(clipped(f, normed), heads, rotary); // [B, T, n d]
    }

    private Tensor clipped(Forward f, Tensor x) {
        return clip.map(bound -> f.kernels().clamp(x, -bound, bound)).orElse(x);
    }
}
