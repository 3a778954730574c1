package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * gpt-oss, {@code model_type} "gpt_oss": a learned logit of every head, its sink, enters the softmax beside the scores and stands for
 * no token, so that attention's rows sum to less than 1; windows in every other layer; a mixture of experts in every layer, whose
 * gates are clamped. Files have the matrices of all experts in two tensors, in bfloat16 or MXFP4.
 */
final class GptOss extends RotaryDecoder {
    private static final String ROPE =
            """
            {"rope_type": "yarn", "factor": 32.0, "beta_fast": 32.0, "beta_slow": 1.0, "truncate": false,
             "original_max_position_embeddings": 4096}""";

    private final Rotary rotary;
    private final List<Integer> windows;
    private final boolean attentionBias;

    private GptOss(DecoderConfig config, Rotary rotary, Experts experts, List<Integer> windows, boolean attentionBias) {
        super(config, Norm.RMS, experts);
        this.rotary = rotary;
        this.windows = windows;
        this.attentionBias = attentionBias;
    }

    static GptOss of(JsonFields f) {
        DecoderConfig c = DecoderConfig.of(
                f,
                "gpt_oss",
                DecoderConfig.Defaults.of(201_088, 2880, 2880, 36, 64, 131_072)
                        .withKeyValueHeads(8, false)
                        .withHeadSize(64)
                        .withEps(1e-5)
                        .withTheta(150_000));
        Router router = Router.softmax(
                        "mlp.router", f, List.of("num_experts", "num_local_experts"), 128, 4, true, c.width())
                .biased();
        Experts experts = new Experts(
                router,
                Experts.each(router, e -> new Expert(e, c.width(), c.inner())),
                Optional.empty(),
                List.of(
                        new Experts.Stacked("mlp.experts.gate_up_proj", List.of(0)),
                        new Experts.Stacked("mlp.experts.down_proj", List.of(1))));
        return new GptOss(
                c,
                c.wholeRotary(f, Rotary.parametersOr(f, ROPE)),
                experts,
                Windows.of(f, c.layers(), Mistral.window(f, 128), layer -> layer % 2 == 0),
                f.boolOr("attention_bias", true));
    }

    /** One expert: gate and up in turn in one matrix, inputs before outputs as in its file, and biases. */
    private record Expert(int number, long width, long inner) implements FeedForward {
        private static final String IN = "mlp.experts.gate_up_proj";
        private static final String OUT = "mlp.experts.down_proj";
        private static final double LIMIT = 7;
        private static final double ALPHA = 1.702;

        @Override
        public List<TensorSpec> tensors(String h) {
            return List.of(
                    TensorSpec.conv1d(h, IN + "." + number, width, 2 * inner),
                    TensorSpec.conv1d(h, OUT + "." + number, inner, width));
        }

        @Override
        public Tensor of(Forward f, Weights w, Tensor x) {
            Kernels k = f.kernels();
            Tensor both = f.linear(x, w.get(IN + "." + number), bias(k, w, IN, 2 * inner)); // [n, 2F]
            Tensor gated = k.experts().clampedGate(both, LIMIT, ALPHA); // [n, F]
            return f.linear(gated, w.get(OUT + "." + number), bias(k, w, OUT, width)); // [n, D]
        }

        private Tensor bias(Kernels k, Weights w, String matrix, long size) {
            Tensor all = w.get(matrix + "_bias"); // [E, F]
            return k.tensors().reshape(k.tensors().rowsView(all, number, number + 1), new long[] {size}); // [F]
        }

        // gate and up, the same clamped, and what the gate lets through
        @Override
        public long valuesPerToken() {
            return 7 * inner;
        }
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = new ArrayList<>(plainLayer(layer, feedForward, attentionBias, attentionBias));
        specs.add(TensorSpec.drawn(h, "self_attn.sinks", c.heads()));
        if (feedForward) {
            long experts = ((Experts) mlp).router().experts();
            specs.add(TensorSpec.bias(h, Expert.IN + "_bias", experts, 2L * c.inner()));
            specs.add(TensorSpec.bias(h, Expert.OUT + "_bias", experts, c.width()));
        }
        return specs;
    }

    // attention through matrices, which sinks need
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long matrices = 3 * AttentionRows.valuesAtATime(c.heads(), tokens) / tokens;
        return super.valuesPerToken(tokens, feedForward) + matrices;
    }

    @Override
    public int window() {
        return Windows.widest(windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            Tensor query = g.rotate(linear(g, w, "self_attn.q_proj", a), c.heads(), rotary); // [B, T, H d]
            Tensor key = g.rotate(linear(g, w, "self_attn.k_proj", a), c.keyValueHeads(), rotary); // [B, T, G d]
            Tensor value = linear(g, w, "self_attn.v_proj", a); // [B, T, G d]
            Tensor sinks = w.get("self_attn.sinks"); // [H]
            return g.attention(query, key, value, c.attention(windows.get(layer)), null, sinks);
        }); // [B, T, H d]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm");
    }
}
