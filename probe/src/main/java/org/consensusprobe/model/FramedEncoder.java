package org.consensusprobe.model;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * What encoders share around their blocks: sizes, names, and the norm after the last block where there is one.
 *
 * <p>A family's file says what is its own: the fields of its config, its embeddings, the tensors of a layer, and its block.
 */
abstract class FramedEncoder implements Encoder {
    static final int MAX_SIZE = 1 << 22;
    static final int MAX_LAYERS = 100_000;
    static final int MAX_VOCABULARY = 1 << 26;

    final Frame frame;

    FramedEncoder(Frame frame) {
        this.frame = frame;
    }

    /**
     * What stands around the blocks.
     *
     * @param eps of all norms
     * @param prefix of all tensors
     * @param finalNorm the role of the LayerNorm after the last block; empty for none
     */
    record Frame(Sizes sizes, double eps, double initializerRange, String prefix, String finalNorm) {}

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
        return List.of(frame.prefix);
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("embeddings\\.(position_ids|token_type_ids)"));
    }

    /** Files of 2018 and 2019, and those of ESM, call a norm's weight and bias so. */
    @Override
    public Map<String, String> oldEndings() {
        return Map.of("LayerNorm.gamma", "LayerNorm.weight", "LayerNorm.beta", "LayerNorm.bias");
    }

    @Override
    public double initializerRange() {
        return frame.initializerRange;
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return frame.finalNorm.isEmpty()
                ? List.of()
                : new TensorList("").norm(frame.finalNorm, width()).all();
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return frame.finalNorm.isEmpty()
                ? Encoder.super.finalNorm(f, w, x)
                : Roles.norm(f, w, frame.finalNorm, x, frame.eps); // [B, T, D]
    }
}
