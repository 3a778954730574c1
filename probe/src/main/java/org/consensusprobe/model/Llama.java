package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Llama, {@code model_type} "llama": RMSNorm before each half, rotary positions on the whole head, grouped key/value heads, a
 * gated feed-forward layer. Biases where {@code attention_bias} and {@code mlp_bias} say so; SmolLM, TinyLlama, Yi and others
 * are of this type too.
 */
final class Llama extends RotaryDecoder {
    private final Rotary rotary;
    private final Activation activation;
    private final boolean attentionBias;
    private final boolean innerBias;

    private Llama(
            DecoderConfig config, Rotary rotary, Activation activation, boolean attentionBias, boolean innerBias) {
        super(config);
        this.rotary = rotary;
        this.activation = activation;
        this.attentionBias = attentionBias;
        this.innerBias = innerBias;
    }

    static Llama of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(f, "llama", DecoderConfig.Defaults.ofContext(2048));
        return new Llama(
                config,
                config.wholeRotary(f),
                activation(f, "hidden_act", "silu"),
                f.boolOr("attention_bias", false),
                f.boolOr("mlp_bias", false));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, attentionBias, attentionBias);
        if (feedForward) {
            specs.add(gain(h, "post_attention_layernorm.weight", c.width()));
            specs.addAll(gatedTensors(h, innerBias));
        }
        return specs;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor a = norm(f, w, "input_layernorm.weight", x); // [B, T, D]
        Tensor query = f.rotate(linear(f, w, "self_attn.q_proj", a), c.heads(), rotary); // [B, T, H d]
        Tensor key = f.rotate(linear(f, w, "self_attn.k_proj", a), c.keyValueHeads(), rotary); // [B, T, G d]
        Tensor value = linear(f, w, "self_attn.v_proj", a); // [B, T, G d]
        Tensor heads = f.attention(query, key, value, c.attention(0)); // [B, T, H d]
        f.addAttention(x, heads, w.get("self_attn.o_proj.weight"), w.orNull("self_attn.o_proj.bias"));
        if (f.feedForward()) {
            Tensor m = norm(f, w, "post_attention_layernorm.weight", x); // [B, T, D]
            Tensor inner = gated(f, w, m, activation); // [B, T, F]
            f.addFeedForward(x, inner, w.get("mlp.down_proj.weight"), w.orNull("mlp.down_proj.bias"));
        }
    }
}
