package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Nemotron, {@code model_type} "nemotron" (Minitron too): LayerNorms of weight 1 + w with a bias, rotary positions on one half
 * of each head, a feed-forward layer of two matrices with the square of ReLU.
 */
final class Nemotron extends RotaryDecoder {
    private final Rotary rotary;
    private final boolean attentionBias;

    private Nemotron(DecoderConfig config, Rotary rotary, Mlp mlp, boolean attentionBias) {
        super(config, Norm.LAYER_ONE_PLUS, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
    }

    static Nemotron of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(256_000, 6144, 24_576, 32, 48, 4096)
                .withRequiredKeyValueHeads()
                .withNullHeadSize()
                .withEps("norm_eps", 1e-5)
                .withInitializerRange(0.0134);
        DecoderConfig config = DecoderConfig.of(f, "nemotron", defaults);
        Mlp mlp = Mlp.plain(
                config,
                "mlp.up_proj",
                "mlp.down_proj",
                f.boolOr("mlp_bias", false),
                activation(f, "hidden_act", "relu2"));
        return new Nemotron(config, config.partialRotary(f, 0.5, false), mlp, f.boolOr("attention_bias", false));
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
