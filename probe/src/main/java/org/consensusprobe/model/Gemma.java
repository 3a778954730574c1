package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Gemma, {@code model_type} "gemma": Llama with heads of 256, a gate of GELU (tanh form, also under its legacy name "gelu"),
 * norms that multiply by 1 + weight, and token embeddings times sqrt(D).
 */
final class Gemma extends RotaryDecoder {
    private final Rotary rotary;
    private final Activation activation;
    private final boolean attentionBias;

    private Gemma(DecoderConfig config, Rotary rotary, Activation activation, boolean attentionBias) {
        super(config);
        this.rotary = rotary;
        this.activation = activation;
        this.attentionBias = attentionBias;
    }

    static Gemma of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.ofContext(8192)
                .withKeyValueHeads(16)
                .withHeadSize(256)
                .withTiedHead();
        DecoderConfig config = DecoderConfig.of(f, "gemma", defaults);
        f.implementedOnly("use_bidirectional_attention", false, null);
        return new Gemma(config, config.wholeRotary(f), gate(f), f.boolOr("attention_bias", false));
    }

    /** {@code hidden_act}; files of the first release also have {@code hidden_activation}, which must agree. */
    private static Activation gate(JsonFields f) {
        String name = f.textOr("hidden_act", "gelu_pytorch_tanh");
        Activation gate = name.equals("gelu") ? Activation.GELU_TANH : Activation.named(name, f.place("hidden_act"));
        String other = f.optionalText("hidden_activation").orElse(name);
        if (!other.equals("gelu") && Activation.named(other, f.place("hidden_activation")) != gate) {
            throw f.refused("hidden_activation", "the same as hidden_act, \"" + name + "\"");
        }
        return gate;
    }

    // a norm's weight is stored as its distance from 1
    @Override
    TensorSpec gain(String part, String role, long size) {
        return TensorSpec.state(part, role, size);
    }

    @Override
    Tensor factor(Kernels k, Tensor weight) {
        return k.onePlus(weight);
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedTokens(w.get("embed_tokens.weight"), ids, Math.sqrt(c.width()), dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, attentionBias, attentionBias);
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
        Tensor heads = f.attention(query, key, value, c.attention(0)); // [B, T, H d]
        f.addAttention(x, heads, w.get("self_attn.o_proj.weight"), w.orNull("self_attn.o_proj.bias"));
        if (f.feedForward()) {
            Tensor m = norm(f, w, "post_attention_layernorm.weight", x); // [B, T, D]
            Tensor inner = gated(f, w, m, activation); // [B, T, F]
            f.addFeedForward(x, inner, w.get("mlp.down_proj.weight"), null);
        }
    }
}
