package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
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

    /** What a family's config has where a size is absent. */
    record Defaults(int width, int heads, int inner) {}

    /** Sizes of a config of the usual names, of a model that takes those images. */
    static Sizes sizes(JsonFields f, String type, Defaults defaults, ImageInput input) {
        return sizes(
                f,
                type,
                defaults.width,
                defaults.heads,
                input,
                width -> f.positiveIntOr("intermediate_size", defaults.inner, MAX_SIZE));
    }

    /**
     * The same with another width of the feed-forward layer: the context is what images make, and there is no vocabulary.
     *
     * @param inner of the model's width
     */
    static Sizes sizes(
            JsonFields f, String type, int defaultWidth, int defaultHeads, ImageInput input, IntUnaryOperator inner) {
        int width = f.positiveIntOr("hidden_size", defaultWidth, MAX_SIZE);
        int heads = LayerNormDecoder.heads(f, "num_attention_heads", defaultHeads, "hidden_size", width);
        int layers = f.positiveIntOr("num_hidden_layers", 12, MAX_LAYERS);
        return new Sizes(type, layers, width, heads, input.tokens(), 0, inner.applyAsInt(width));
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
