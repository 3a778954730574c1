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
        DecoderConfig config = DecoderConfig.of(
                        f,
                        "llama",
                        DecoderConfig.Defaults.of(32_000, 4096, 11_008, 32, 32, 2048)
                                .withNullHeadSize())
                .requireWholeHeads(f);
        return new Llama(
                config,
                config.wholeRotary(f),
                activation(f, "hidden_act", "silu"),
                f.boolOr("attention_bias", false),
                f.boolOr("mlp_bias", false));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return gatedLayer(layer, feedForward, attentionBias, attentionBias, innerBias);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        gatedBlock(f, w, x, rotary, activation, 0);
    }
}
