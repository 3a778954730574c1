package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/** What encoders of images share: patches as tokens, full attention, LayerNorm before each half. */
abstract class VisionEncoder extends FramedEncoder {
    final PatchEmbedding patches;
    final PreNorm half;
    final AttentionShape shape;
    final Activation activation;

    VisionEncoder(Frame frame, PatchEmbedding patches, PreNorm half, Activation activation) {
        super(frame);
        this.patches = patches;
        this.half = half;
        this.activation = activation;
        int heads = frame.sizes().heads();
        this.shape =
                AttentionShape.full(heads, 1 / Math.sqrt((double) frame.sizes().width() / heads));
    }

    /** Sizes of a model that takes those images: the context is what they make, and there is no vocabulary. */
    static Sizes sizes(String type, int layers, int width, int heads, ImageInput input, int inner) {
        return new Sizes(type, layers, width, heads, input.tokens(), 0, inner);
    }

    @Override
    public Optional<ImageInput> images() {
        return Optional.of(patches.input());
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(
                Pattern.compile("embeddings\\.(mask_token|register_tokens)|(layernorm|decoder|distillation_classifier"
                        + "|cls_classifier)\\..*"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return patches.specs();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor pixels, DType dtype) {
        return patches.embed(k, w, pixels, dtype); // [B, T, D]
    }

    /** What stands before the names of a layer's tensors. */
    String part(int layer) {
        return "encoder.layer." + layer + ".";
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return half.tensors(part(layer), width(), inner(), feedForward).all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        half.block(f, w, x, shape, PreNorm.Turn.NONE, PostNorm.Bias.NONE, frame.eps(), activation);
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return half.projections(k, w, shape.heads());
    }
}
