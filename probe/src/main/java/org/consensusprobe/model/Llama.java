package org.consensusprobe.model;

import java.util.Collections;
import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Llama, {@code model_type} "llama": RMSNorm before each half, rotary positions, grouped key/value heads, a gated feed-forward
 * layer. Biases where {@code attention_bias} and {@code mlp_bias} say so; SmolLM, TinyLlama, Yi and others are of this type too.
 *
 * <p>Families that differ from it by their config's fields and defaults alone are read by files of their own into this block.
 */
final class Llama extends RotaryDecoder {
    private final Rotary rotary;
    private final List<Integer> windows;
    private final boolean queryKeyValueBias;
    private final boolean outBias;

    /**
     * A model of Llama's block.
     *
     * @param windows of the layers; 0 for all earlier tokens
     */
    Llama(
            DecoderConfig config,
            Rotary rotary,
            FeedForward mlp,
            List<Integer> windows,
            boolean queryKeyValueBias,
            boolean outBias) {
        this(config, rotary, Collections.nCopies(config.layers(), mlp), windows, queryKeyValueBias, outBias);
    }

    /** As the other, with a feed-forward layer for each layer. */
    Llama(
            DecoderConfig config,
            Rotary rotary,
            List<FeedForward> halves,
            List<Integer> windows,
            boolean queryKeyValueBias,
            boolean outBias) {
        super(config, Norm.RMS, halves);
        this.rotary = rotary;
        this.windows = windows;
        this.queryKeyValueBias = queryKeyValueBias;
        this.outBias = outBias;
    }

    static Llama of(JsonFields f) {
        DecoderConfig config = DecoderConfig.of(
                        f,
                        "llama",
                        DecoderConfig.Defaults.of(32_000, 4096, 11_008, 32, 32, 2048)
                                .withNullHeadSize())
                .requireWholeHeads(f);
        boolean bias = f.boolOr("attention_bias", false);
        Mlp mlp = Mlp.gated(config, f.boolOr("mlp_bias", false), activation(f, "hidden_act", "silu"));
        return new Llama(config, config.wholeRotary(f), mlp, config.noWindows(), bias, bias);
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return plainLayer(layer, feedForward, queryKeyValueBias, outBias);
    }

    @Override
    public int window() {
        return Windows.widest(windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        plainBlock(f, w, layer, x, rotary, windows.get(layer));
    }
}
