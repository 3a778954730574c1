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
    private final boolean attentionBias;

    private Gemma(DecoderConfig config, Rotary rotary, Mlp mlp, boolean attentionBias) {
        super(config, Norm.RMS_ONE_PLUS, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
    }

    static Gemma of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(256_000, 3072, 24_576, 28, 16, 8192)
                .withKeyValueHeads(16, false)
                .withHeadSize(256)
                .withTiedHead();
        DecoderConfig config = DecoderConfig.of(f, "gemma", defaults);
        f.implementedOnly("use_bidirectional_attention", false, null);
        return new Gemma(
                config, config.wholeRotary(f), Mlp.gated(config, false, gate(f)), f.boolOr("attention_bias", false));
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

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("embed_tokens.weight"), ids, Math.sqrt(c.width()), dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return plainLayer(layer, feedForward, attentionBias, attentionBias);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        plainBlock(f, w, layer, x, rotary, 0);
    }
}
