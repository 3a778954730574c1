package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Mistral, {@code model_type} "mistral": Llama without biases, every layer with a sliding window. The window is 4096 where
 * {@code sliding_window} is missing and none where it is null.
 */
final class Mistral extends RotaryDecoder {
    private final Rotary rotary;
    private final Activation activation;
    private final int window;

    private Mistral(DecoderConfig config, Rotary rotary, Activation activation, int window) {
        super(config);
        this.rotary = rotary;
        this.activation = activation;
        this.window = window;
    }

    static Mistral of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f, "mistral", DecoderConfig.Defaults.ofContext(131_072).withKeyValueHeads(8));
        int window = f.has("sliding_window")
                ? f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0)
                : 4096;
        if (!windows(f, config.layers(), window, layer -> true).stream().allMatch(w -> w == window)) {
            throw f.refused("layer_types", "of one kind: all layers of a mistral share the window");
        }
        return new Mistral(config, config.wholeRotary(f), activation(f, "hidden_act", "silu"), window);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, false, false);
        if (feedForward) {
            specs.add(gain(h, "post_attention_layernorm.weight", c.width()));
            specs.addAll(gatedTensors(h, false));
        }
        return specs;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor a = norm(f, w, "input_layernorm.weight", x); // [B, T, D]
        Tensor query = f.rotate(linear(f, w, "self_attn.q_proj", a), c.heads(), rotary); // [B, T, H d]
        Tensor key = f.rotate(linear(f, w, "self_attn.k_proj", a), c.keyValueHeads(), rotary); // [B, T, G d]
        Tensor value = linear(f, w, "self_attn.v_proj", a); // [B, T, G d]
        Tensor heads = f.attention(query, key, value, c.attention(window)); // [B, T, H d]
        f.addAttention(x, heads, w.get("self_attn.o_proj.weight"), null);
        if (f.feedForward()) {
            Tensor m = norm(f, w, "post_attention_layernorm.weight", x); // [B, T, D]
            Tensor inner = gated(f, w, m, activation); // [B, T, F]
            f.addFeedForward(x, inner, w.get("mlp.down_proj.weight"), null);
        }
    }
}
