package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Gemma 3, {@code model_type} "gemma3_text": Gemma 2 with norms on the queries and keys of each head in place of capped scores,
 * five layers with a window to one without ({@code sliding_window_pattern}, or where {@code layer_types} says), and rotary
 * positions of another base in each kind.
 */
final class Gemma3Text extends RotaryDecoder {
    private final LayerRotaries rotaries;
    private final Own own;

    private Gemma3Text(DecoderConfig config, LayerRotaries rotaries, Mlp mlp, Own own) {
        super(config, Norm.RMS_ONE_PLUS, mlp);
        this.rotaries = rotaries;
        this.own = own;
    }

    /**
     * The fields that only this family has.
     *
     * @param windows of the layers; 0 for all earlier tokens
     * @param scale factor of the attention scores
     * @param logitCap of the scores of the next token, 0 for none
     */
    private record Own(List<Integer> windows, double scale, double logitCap, boolean attentionBias) {}

    static Gemma3Text of(JsonFields f) {
        DecoderConfig.Defaults defaults = DecoderConfig.Defaults.of(262_208, 2304, 9216, 26, 8, 131_072)
                .withKeyValueHeads(4, false)
                .withHeadSize(256)
                .withTheta(1e6)
                .withTiedHead();
        DecoderConfig config = DecoderConfig.of(f, "gemma3_text", defaults).requireWholeHeads(f);
        f.implementedOnly("use_bidirectional_attention", false, null);
        f.optionalNumber("attn_logit_softcapping"); // its class does not hand it on
        Own own = new Own(
                Windows.patterned(f, config.layers(), 4096, 6),
                1 / Math.sqrt(f.positiveNumberOr("query_pre_attn_scalar", 256)),
                f.optionalNumber("final_logit_softcapping").orElse(0.0),
                f.boolOr("attention_bias", false));
        Mlp mlp = Mlp.gated(config, false, activation(f, "hidden_activation", "gelu_pytorch_tanh"));
        return new Gemma3Text(config, LayerRotaries.of(f, config, "rope_local_base_freq", 1e4), mlp, own);
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("embed_tokens.weight"), ids, Math.sqrt(c.width()), dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = attentionTensors(h, own.attentionBias, own.attentionBias);
        specs.addAll(norm.tensors(h, "self_attn.q_norm", c.headSize()));
        specs.addAll(norm.tensors(h, "self_attn.k_norm", c.headSize()));
        specs.addAll(norm(h, "post_attention_layernorm"));
        if (feedForward) {
            specs.addAll(norm(h, "pre_feedforward_layernorm"));
            specs.addAll(mlp.tensors(h));
            specs.addAll(norm(h, "post_feedforward_layernorm"));
        }
        return specs;
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + c.normedValues();
    }

    @Override
    public int window() {
        return Windows.widest(own.windows);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        int window = own.windows.get(layer);
        AttentionShape shape = c.attention(own.scale, window);
        Tensor heads = f.freeing(g -> {
            Tensor a = norm(g, w, "input_layernorm", x); // [B, T, D]
            return heads(g, w, a, shape, (q, which, n) -> {
                Tensor normed = norm.ofHeads(g, w, "self_attn." + which + "_norm", q, n, c.eps()); // [B, T, n d]
                return g.rotate(normed, n, rotaries.at(window));
            });
        }); // [B, T, H d]
        addNormedAttention(f, w, x, heads, "post_attention_layernorm");
        addNormedFeedForward(f, w, x, "pre_feedforward_layernorm", "post_feedforward_layernorm");
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        Tensor scores = super.logits(k, w, x); // [B, T, V]
        return own.logitCap > 0 ? k.softCap(scores, own.logitCap) : scores;
    }
}
