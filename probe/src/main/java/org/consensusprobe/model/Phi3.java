package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Phi-3 and Phi-4-mini, {@code model_type} "phi3": Llama with q, k and v in one matrix and gate and up in another, rotary
 * positions on a fraction of the head where {@code partial_rotary_factor} says so, and a window where {@code sliding_window}
 * is given.
 */
final class Phi3 extends RotaryDecoder {
    private final Rotary rotary;
    private final Activation activation;
    private final int window;

    private Phi3(DecoderConfig config, Rotary rotary, Activation activation, int window) {
        super(config);
        this.rotary = rotary;
        this.activation = activation;
        this.window = window;
    }

    static Phi3 of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                f, "phi3", DecoderConfig.Defaults.ofContext(4096).withEps(1e-5));
        return new Phi3(
                config,
                Rotary.of(f, config.headSize(), config.context()),
                activation(f, "hidden_act", "silu"),
                f.optionalPositiveInt("sliding_window", Integer.MAX_VALUE).orElse(0));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        long fused = c.queries() + 2L * c.keys();
        List<TensorSpec> specs = new ArrayList<>(List.of(
                gain(h, "input_layernorm.weight", c.width()),
                TensorSpec.linear(h, "self_attn.qkv_proj.weight", fused, c.width()),
                TensorSpec.linear(h, "self_attn.o_proj.weight", c.width(), c.queries())));
        if (feedForward) {
            specs.add(gain(h, "post_attention_layernorm.weight", c.width()));
            specs.add(TensorSpec.linear(h, "mlp.gate_up_proj.weight", 2L * c.inner(), c.width()));
            specs.add(TensorSpec.linear(h, "mlp.down_proj.weight", c.width(), c.inner()));
        }
        return specs;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Kernels k = f.kernels();
        int q = c.queries();
        int g = c.keys();
        Tensor a = norm(f, w, "input_layernorm.weight", x); // [B, T, D]
        Tensor qkv = linear(f, w, "self_attn.qkv_proj", a); // [B, T, H d + 2 G d]
        Tensor query = f.rotate(k.columns(qkv, 0, q), c.heads(), rotary); // [B, T, H d]
        Tensor key = f.rotate(k.columns(qkv, q, q + g), c.keyValueHeads(), rotary); // [B, T, G d]
        Tensor value = k.columns(qkv, q + g, q + 2L * g); // [B, T, G d]
        Tensor heads = f.attention(query, key, value, c.attention(window)); // [B, T, H d]
        f.addAttention(x, heads, w.get("self_attn.o_proj.weight"), null);
        if (f.feedForward()) {
            Tensor m = norm(f, w, "post_attention_layernorm.weight", x); // [B, T, D]
            Tensor gate = k.tensors().rowsView(w.get("mlp.gate_up_proj.weight"), 0, c.inner()); // [F, D]
            Tensor up = k.tensors().rowsView(w.get("mlp.gate_up_proj.weight"), c.inner(), 2L * c.inner()); // [F, D]
            Tensor inner = f.gated(m, gate, null, up, null, activation); // [B, T, F]
            f.addFeedForward(x, inner, w.get("mlp.down_proj.weight"), null);
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        Tensor qkv = w.get("self_attn.qkv_proj.weight"); // [H d + 2 G d, D]
        int q = c.queries();
        int g = c.keys();
        return new Projections(
                k.tensors().rows(qkv, 0, q),
                k.tensors().rows(qkv, q, q + g),
                k.tensors().rows(qkv, q + g, q + 2L * g),
                w.get("self_attn.o_proj.weight"),
                c.heads(),
                c.keyValueHeads(),
                Optional.of(w.get("input_layernorm.weight")),
                false);
    }
}
