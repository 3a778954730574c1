package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * StableLM, {@code model_type} "stablelm": LayerNorms, rotary positions on a quarter of each head, biases on q, k and v where
 * {@code use_qkv_bias} says so, LayerNorms of their own on every head's queries and keys where {@code qk_layernorm} does. With
 * {@code use_parallel_residual} both halves are fed from one norm.
 */
final class Stablelm extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean bias;
    private final boolean headNorms;
    private final boolean parallel;

    private Stablelm(DecoderConfig config, Rotary rotary, Mlp mlp, boolean bias, boolean headNorms, boolean parallel) {
        super(config, Norm.LAYER, mlp);
        this.rotary = rotary;
        this.bias = bias;
        this.headNorms = headNorms;
        this.parallel = parallel;
    }

    static Stablelm of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(50_304, 2560, 6912, 32, 32, 4096)
                .withKeyValueHeads(32, false)
                .withNullHeadSize()
                .withEps("layer_norm_eps", 1e-5);
        DecoderConfig config = DecoderConfig.of(f, "stablelm", defaults).requireWholeHeads(f);
        if (config.queries() != config.width()) {
            throw f.refused("head_dim", "hidden_size / num_attention_heads, " + config.width() / config.heads());
        }
        Rotary rotary = config.partialRotary(f, 0.25, false);
        if (rotary.turned() > config.headSize() * Rotary.fraction(f, 0.25)) {
            throw f.refused("partial_rotary_factor", "one that turns an even number of a head's " + config.headSize());
        }
        return new Stablelm(
                config,
                rotary,
                Mlp.gated(config, false, activation(f, "hidden_act", "silu")),
                f.boolOr("use_qkv_bias", false),
                f.boolOr("qk_layernorm", false),
                f.boolOr("use_parallel_residual", false));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, bias, false);
        if (headNorms) {
            addHeadNorms(specs, h, "q", c.heads());
            addHeadNorms(specs, h, "k", c.keyValueHeads());
        }
        if (feedForward && !parallel) {
            specs.addAll(norm(h, "post_attention_layernorm"));
        }
        if (feedForward) {
            specs.addAll(mlp.tensors(h));
        }
        return specs;
    }

    private void addHeadNorms(List<TensorSpec> specs, String h, String which, int heads) {
        for (int i = 0; i < heads; i++) {
            specs.add(TensorSpec.gain(h, headNorm(which, i), c.headSize()));
        }
    }

    private static String headNorm(String which, int head) {
        return "self_attn." + which + "_layernorm.norms." + head + ".weight";
    }

    // q and k before their norms, attention's branch beside the feed-forward half
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + 2L * c.queries() + 2L * c.keys() + c.width();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(0), (q, which, n) -> {
                Tensor normed = headNorms ? headNorms(g, w, q, which, n) : q; // [B, T, n d]
                return g.rotate(normed, n, rotary);
            });
        }); // [B, T, H d]
        if (parallel) {
            addParallel(f, w, x, heads, "input_layernorm");
        } else {
            addAttention(f, w, x, heads);
            addFeedForward(f, w, x, "post_attention_layernorm");
        }
    }

    private Tensor headNorms(Forward f, Weights w, Tensor q, String which, int heads) {
        Tensor normed = HeadNorms.layers(f, q, heads, null, c.eps()); // [B, T, n d]
        for (int i = 0; i < heads; i++) {
            Tensor own = f.kernels().columns(normed, (long) i * c.headSize(), (i + 1L) * c.headSize()); // [B, T, d]
            f.kernels().multiply(own, w.get(headNorm(which, i)));
        }
        return normed;
    }
}
