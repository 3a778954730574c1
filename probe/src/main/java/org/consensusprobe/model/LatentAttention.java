package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * Latent attention (DeepSeek-V2, arXiv 2405.04434): keys and values of all heads are made of one narrow vector a token, normed;
 * queries too, unless {@code q_lora_rank} is null. Of each head's query and key the last entries turn, and those of the keys are the
 * same for all heads.
 *
 * @param width D
 * @param heads H
 * @param queryRank width of what queries are made of; empty for the stream itself
 * @param rank width of what keys and values are made of
 * @param still entries of a head's query or key that do not turn
 * @param turning entries that do
 * @param value entries of a head's value
 * @param bias of the matrices to the narrow vectors and back to the stream
 * @param scale of the scores
 */
record LatentAttention(
        int width,
        int heads,
        Optional<Integer> queryRank,
        int rank,
        int still,
        int turning,
        int value,
        boolean bias,
        Rotary rotary,
        double scale) {
    private static final int MAX_SIZE = 1 << 22;
    /** Of the norms within, whatever the config says of the others. */
    private static final double EPS = 1e-6;

    /**
     * What a class means where its config is silent: ranks, and entries of a head.
     *
     * @param headDimTurns whether {@code head_dim} says how many turn
     */
    record Defaults(int queryRank, int rank, int still, int turning, int value, boolean headDimTurns) {
        /** {@code head_dim} is another name of what turns for some classes. */
        private String turningName(JsonFields f) {
            return headDimTurns && f.has("head_dim") ? "head_dim" : "qk_rope_head_dim";
        }
    }

    /**
     * Reads the fields.
     *
     * @param pairs whether neighbouring entries turn together
     */
    static LatentAttention of(JsonFields f, DecoderConfig c, Defaults defaults, boolean pairs) {
        int still = f.positiveIntOr("qk_nope_head_dim", defaults.still, MAX_SIZE);
        int turning = f.positiveIntOr(defaults.turningName(f), defaults.turning, MAX_SIZE);
        JsonFields rope = Rotary.parameters(f);
        f.implementedOnly("partial_rotary_factor", 1, null);
        rope.implementedOnly("partial_rotary_factor", 1, null);
        double base = rope.has("rope_theta")
                ? rope.positiveNumber("rope_theta")
                : f.positiveNumberOr("rope_theta", c.theta());
        Rotary rotary = Rotary.of(f, rope, base, turning, turning, c.context());
        return new LatentAttention(
                c.width(),
                c.heads(),
                f.has("q_lora_rank") ? f.optionalPositiveInt("q_lora_rank", MAX_SIZE) : Optional.of(defaults.queryRank),
                f.positiveIntOr("kv_lora_rank", defaults.rank, MAX_SIZE),
                still,
                turning,
                f.positiveIntOr("v_head_dim", defaults.value, MAX_SIZE),
                f.boolOr("attention_bias", false),
                pairs ? rotary.ofPairs() : rotary,
                RotaryScaling.ofScores(f, rope) / Math.sqrt(still + turning));
    }

    List<TensorSpec> tensors(String h) {
        List<TensorSpec> specs = new ArrayList<>();
        int query = heads * (still + turning);
        if (queryRank.isPresent()) {
            int own = queryRank.get();
            specs.addAll(RotaryDecoder.matrix(h, "self_attn.q_a_proj", own, width, bias));
            specs.addAll(Norm.RMS.tensors(h, "self_attn.q_a_layernorm", own));
            specs.addAll(RotaryDecoder.matrix(h, "self_attn.q_b_proj", query, own, false));
        } else {
            specs.addAll(RotaryDecoder.matrix(h, "self_attn.q_proj", query, width, false));
        }
        specs.addAll(RotaryDecoder.matrix(h, "self_attn.kv_a_proj_with_mqa", rank + turning, width, bias));
        specs.addAll(Norm.RMS.tensors(h, "self_attn.kv_a_layernorm", rank));
        specs.addAll(RotaryDecoder.matrix(h, "self_attn.kv_b_proj", (long) heads * (still + value), rank, false));
        specs.addAll(RotaryDecoder.matrix(h, "self_attn.o_proj", width, (long) heads * value, bias));
        return specs;
    }

    /** Attention of a [B, T, D], before the output projection -> [B, T, H v]. */
    Tensor heads(Forward f, Weights w, Tensor a) {
        Kernels k = f.kernels();
        Tensor table = rotary.table(k, (int) a.size(1)); // [2, T, r / 2]
        Tensor query = k.experts().rotateTails(queries(f, w, a), table, heads, rotary.byPairs()); // [B, T, H (n + r)]
        Tensor narrow = RotaryDecoder.linear(f, w, "self_attn.kv_a_proj_with_mqa", a); // [B, T, c + r]
        Tensor latent = normed(f, w, "self_attn.kv_a_layernorm", k.columns(narrow, 0, rank)); // [B, T, c]
        Tensor both = RotaryDecoder.linear(f, w, "self_attn.kv_b_proj", latent); // [B, T, H (n + v)]
        Tensor turned = k.experts()
                .rotateTails(k.columns(narrow, rank, rank + turning), table, 1, rotary.byPairs()); // [B, T, r]
        Tensor key = k.experts().latentKeys(both, turned, heads, still); // [B, T, H (n + r)]
        Tensor values = k.experts().latentValues(both, heads, still); // [B, T, H v]
        return f.attention(query, key, values, new AttentionShape(heads, heads, scale, true, 0, 0, 1));
    }

    private Tensor queries(Forward f, Weights w, Tensor a) {
        if (queryRank.isEmpty()) {
            return RotaryDecoder.linear(f, w, "self_attn.q_proj", a); // [B, T, H (n + r)]
        }
        Tensor latent = RotaryDecoder.linear(f, w, "self_attn.q_a_proj", a); // [B, T, c']
        return RotaryDecoder.linear(f, w, "self_attn.q_b_proj", normed(f, w, "self_attn.q_a_layernorm", latent));
    }

    private static Tensor normed(Forward f, Weights w, String role, Tensor x) {
        return Norm.RMS.of(f, w, role, x, EPS);
    }

    /** Values held for a token: queries and keys twice, what keys and values are made of, values twice, heads. */
    long valuesPerToken() {
        long query = (long) heads * (still + turning);
        long values = (long) heads * value;
        return width + queryRank.orElse(0) + 2L * rank + 5 * query + 4 * values;
    }
}
