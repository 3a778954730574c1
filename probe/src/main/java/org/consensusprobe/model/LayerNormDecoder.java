package org.consensusprobe.model;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * What decoders with LayerNorm share around their blocks: sizes, token table, final norm and head.
 *
 * <p>A family's file says what is its own: the fields of its config, the tensors of a layer, and its block.
 */
abstract class LayerNormDecoder implements Transformer {
    static final int MAX_SIZE = 1 << 22;
    static final int MAX_LAYERS = 100_000;
    static final int MAX_VOCABULARY = 1 << 26;

    /** Names of other families, which the classes of GPT-2's kin take for their own, and prefer where a file has both. */
    static final Map<String, String> OTHER_NAMES = Map.of(
            "hidden_size", "n_embd",
            "max_position_embeddings", "n_positions",
            "num_attention_heads", "n_head",
            "num_hidden_layers", "n_layer");

    final Frame frame;

    LayerNormDecoder(Frame frame) {
        this.frame = frame;
    }

    /**
     * What stands around the blocks.
     *
     * @param eps of the final norm
     * @param tiedHead whether next tokens are scored with the token table
     */
    record Frame(Sizes sizes, double eps, double initializerRange, boolean tiedHead, Names names) {}

    /**
     * How files call it.
     *
     * @param prefix of all tensors but the head
     * @param tokens the role of the token table
     * @param finalNorm the role of the norm after the last block
     * @param headBias whether the head has one
     */
    record Names(String prefix, String tokens, String finalNorm, boolean headBias) {}

    /** The number of heads, which divides the width. */
    static int heads(JsonFields f, String key, int fallback, String widthKey, int width) {
        int heads = f.positiveIntOr(key, fallback, MAX_SIZE);
        if (width % heads != 0) {
            throw f.refused(key, "a divisor of " + widthKey + ", " + width);
        }
        return heads;
    }

    int width() {
        return frame.sizes.width();
    }

    int inner() {
        return frame.sizes.inner();
    }

    @Override
    public Sizes sizes() {
        return frame.sizes;
    }

    @Override
    public int layers() {
        return frame.sizes.layers();
    }

    @Override
    public List<String> prefixes() {
        return List.of(frame.names.prefix);
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of();
    }

    @Override
    public double initializerRange() {
        return frame.initializerRange;
    }

    /** Width of all query heads, H d. */
    int attentionWidth() {
        return width();
    }

    // normed x and what attention makes of it: q, k and v fused, taken apart and two of them turned; heads
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long inner = feedForward ? 2L * width() + 2L * inner() : 0;
        return Math.max(width() + 8L * attentionWidth(), width() + Forward.perToken(inner, tokens));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(TensorSpec.state("", frame.names.tokens + ".weight", frame.sizes.vocabulary(), width()));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get(frame.names.tokens + ".weight"), ids, 1, dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return new TensorList("").norm(frame.names.finalNorm, width()).all();
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return Roles.norm(f, w, frame.names.finalNorm, x, frame.eps); // [B, T, D]
    }

    @Override
    public String headName() {
        return frame.tiedHead ? frame.names.tokens + ".weight" : ownHeadName();
    }

    @Override
    public List<TensorSpec> head() {
        TensorSpec scores = TensorSpec.linear("", headName(), frame.sizes.vocabulary(), width());
        return frame.names.headBias
                ? List.of(scores, TensorSpec.state("", "lm_head.bias", frame.sizes.vocabulary()))
                : List.of(scores);
    }

    @Override
    public Tensor logits(Kernels k, Weights w, Tensor x) {
        return k.linear(x, w.get(headName()), w.orNull("lm_head.bias")); // [.., V]
    }
}
