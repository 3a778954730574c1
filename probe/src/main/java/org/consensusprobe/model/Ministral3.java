package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Ministral 3, {@code model_type} "ministral3": Mistral whose queries grow with their position,
 * 1 + {@code llama_4_scaling_beta} log(1 + floor(p / {@code original_max_position_embeddings})). Where the config says nothing of
 * rotary positions, they are YaRN's for 16 times 16384 tokens.
 */
final class Ministral3 extends RotaryDecoder {
    private static final String ROTARY =
            """
            {"type": "yarn", "rope_theta": 1000000.0, "factor": 16.0, "original_max_position_embeddings": 16384,
             "beta_fast": 32.0, "beta_slow": 1.0, "mscale_all_dim": 1.0, "mscale": 1.0, "llama_4_scaling_beta": 0.1}
            """;

    private final Rotary rotary;
    private final Rotary growing;
    private final int window;

    private Ministral3(DecoderConfig config, Rotary rotary, Rotary growing, Mlp mlp, int window) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.growing = growing;
        this.window = window;
    }

    static Ministral3 of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(131_072, 4096, 14_336, 34, 32, 262_144)
                .withKeyValueHeads(8, false)
                .withHeadSize(128)
                .withEps(1e-5);
        DecoderConfig config = DecoderConfig.of(f, "ministral3", defaults);
        JsonFields rope = Rotary.parametersOr(f, ROTARY);
        Rotary rotary = config.wholeRotary(f, rope);
        double beta = rope.number("llama_4_scaling_beta");
        int step = Rotary.isScaled(rope)
                ? rope.positiveIntOr("original_max_position_embeddings", config.context(), Integer.MAX_VALUE)
                : rope.positiveInt("original_max_position_embeddings");
        return new Ministral3(
                config,
                rotary,
                rotary.growing(beta, step),
                Mlp.gated(config, false, activation(f, "hidden_act", "silu")),
                Mistral.window(f, 0));
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return plainLayer(layer, feedForward, false, false);
    }

    @Override
    public int window() {
        return window;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(
                    g,
                    w,
                    a,
                    c.attention(window),
                    (q, which, n) -> g.rotate(q, n, which.equals("q") ? growing : rotary));
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }
}
