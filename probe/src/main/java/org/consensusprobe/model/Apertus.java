package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Apertus, {@code model_type} "apertus": Llama with norms on the queries and keys of each head and a feed-forward layer of two
 * matrices whose activation, xIELU (Huang and Schlag, arXiv 2411.13010), has factors learned in every layer. Where the config
 * says nothing of rotary positions, they are Llama 3's for 8 times 8192 tokens.
 */
final class Apertus extends RotaryDecoder {
    private static final String ROTARY =
            """
            {"rope_type": "llama3", "rope_theta": 12000000.0, "factor": 8.0, "original_max_position_embeddings": 8192,
             "low_freq_factor": 1.0, "high_freq_factor": 4.0}
            """;

    private final Rotary rotary;
    private final boolean attentionBias;
    private final boolean xielu;

    private Apertus(DecoderConfig config, Rotary rotary, Mlp mlp, boolean attentionBias, boolean xielu) {
        super(config, Norm.RMS, mlp);
        this.rotary = rotary;
        this.attentionBias = attentionBias;
        this.xielu = xielu;
    }

    static Apertus of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(131_072, 4096, 14_336, 32, 32, 65_536)
                .withEps(1e-5)
                .withTheta(1.2e7);
        DecoderConfig config = DecoderConfig.of(f, "apertus", defaults);
        boolean xielu = f.textOr("hidden_act", "xielu").equals("xielu");
        Activation activation = xielu ? Activation.SILU : activation(f, "hidden_act", "xielu"); // silu is not used
        Mlp mlp = Mlp.plain(config, "mlp.up_proj", "mlp.down_proj", false, activation);
        Rotary rotary = config.wholeRotary(f, Rotary.parametersOr(f, ROTARY));
        return new Apertus(config, rotary, mlp, f.boolOr("attention_bias", false), xielu);
    }

    @Override
    String firstNorm() {
        return "attention_layernorm";
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, attentionBias, attentionBias);
        specs.addAll(norm.tensors(h, "self_attn.q_norm", c.headSize()));
        specs.addAll(norm.tensors(h, "self_attn.k_norm", c.headSize()));
        if (feedForward) {
            specs.addAll(norm(h, "feedforward_layernorm"));
            specs.addAll(mlp.tensors(h));
        }
        if (feedForward && xielu) {
            specs.add(TensorSpec.constant(h, "mlp.act_fn.alpha_p", Math.log(Math.expm1(0.8)), 1));
            specs.add(TensorSpec.constant(h, "mlp.act_fn.alpha_n", Math.log(Math.expm1(0.3)), 1));
            specs.add(TensorSpec.constant(h, "mlp.act_fn.beta", 0.5));
            specs.add(TensorSpec.constant(h, "mlp.act_fn.eps", -1e-6));
        }
        return specs;
    }

    // q and k before their norms, inner values before xIELU
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward)
                + c.queries()
                + c.keys()
                + Forward.perToken(feedForward && xielu ? 3L * c.inner() : 0, tokens);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "attention_layernorm", x); // [B, T, D]
            return heads(g, w, a, c.attention(0), (q, which, n) -> {
                Tensor normed = norm.ofHeads(g, w, "self_attn." + which + "_norm", q, n, c.eps()); // [B, T, n d]
                return g.rotate(normed, n, rotary);
            });
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        if (!xielu) {
            addFeedForward(f, w, x, "feedforward_layernorm");
        } else if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = norm(g, w, "feedforward_layernorm", part); // [B, t, D]
                Tensor up = linear(g, w, "mlp.up_proj", m); // [B, t, F]
                Tensor inner = g.kernels()
                        .xielu(
                                up,
                                w.get("mlp.act_fn.alpha_p"),
                                w.get("mlp.act_fn.alpha_n"),
                                w.get("mlp.act_fn.beta"),
                                w.get("mlp.act_fn.eps")); // [B, t, F]
                g.addFeedForward(part, inner, w.get("mlp.down_proj.weight"), null);
            });
        }
    }
}
