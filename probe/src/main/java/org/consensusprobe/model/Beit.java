package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * BEiT, {@code model_type} "beit": ViT with learned scales of what each half adds, no bias on keys, and a bias on scores by the place of
 * one patch seen from another, of each layer's own or of all layers. Where its head takes the mean of the patches, no norm stands after
 * the last block.
 */
final class Beit extends VisionEncoder {
    private static final String OWN_TABLE = "attention.attention.relative_position_bias.relative_position_bias_table";
    private static final String SHARED_TABLE = "relative_position_bias.relative_position_bias_table";

    private final boolean ownBias;
    private final boolean sharedBias;

    private Beit(
            Frame frame,
            PatchEmbedding patches,
            PreNorm half,
            Activation activation,
            boolean ownBias,
            boolean sharedBias) {
        super(frame, patches, half, activation);
        this.ownBias = ownBias;
        this.sharedBias = sharedBias;
    }

    static Beit of(JsonFields f) {
        ImageInput input = PatchEmbedding.input(f, 224, 16, false, 1, false);
        Sizes sizes = sizes(f, "beit", new Defaults(768, 12, 3072), input);
        boolean positions = f.boolOr("use_absolute_position_embeddings", false);
        double scale = f.numberOr("layer_scale_init_value", 0.1);
        boolean scaled = scale > 0;
        return new Beit(
                new Frame(
                        sizes,
                        f.positiveNumberOr("layer_norm_eps", 1e-12),
                        f.positiveNumberOr("initializer_range", 0.02),
                        "beit.",
                        f.boolOr("use_mean_pooling", true) ? "" : "layernorm"),
                new PatchEmbedding(
                        input,
                        PatchEmbedding.Names.vit(List.of("cls_token"), positions, PatchEmbedding.Resampling.NONE),
                        sizes.width(),
                        0),
                Vit.half(
                        new PreNorm.Biases(true, false, true, true),
                        scaled ? "lambda_1" : "",
                        scaled ? "lambda_2" : "",
                        scale),
                Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act")),
                f.boolOr("use_relative_position_bias", false),
                f.boolOr("use_shared_relative_position_bias", false));
    }

    @Override
    public List<Pattern> ignorable() {
        List<Pattern> all = new ArrayList<>(super.ignorable());
        all.add(Pattern.compile("(.*\\.)?relative_position_index|(fpn|decode_head|auxiliary_head|lm_head).*"));
        return all;
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        ImageInput.Grid grid = patches.input().grid();
        long places = (2L * grid.rows() - 1) * (2L * grid.columns() - 1) + 3;
        List<TensorSpec> specs = new ArrayList<>(super.layer(layer, feedForward));
        if (ownBias) {
            specs.add(TensorSpec.bias(part(layer), OWN_TABLE, places, shape.heads()));
        }
        if (sharedBias) {
            specs.add(TensorSpec.bias("encoder.", SHARED_TABLE, places, shape.heads()));
        }
        return specs;
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        half.block(f, w, x, shape, PreNorm.Turn.NONE, (g, q, k) -> bias(g, w), frame.eps(), activation);
    }

    /** What is added to scores [1, H, T, T], or null. */
    private Tensor bias(Forward f, Weights w) {
        Kernels k = f.kernels();
        ImageInput.Grid grid = patches.input().grid();
        Tensor own = ownBias ? k.scores().biasByPlace(w.get(OWN_TABLE), grid.rows(), grid.columns()) : null;
        Tensor shared = sharedBias ? k.scores().biasByPlace(w.get(SHARED_TABLE), grid.rows(), grid.columns()) : null;
        return own == null ? shared : shared == null ? own : k.add(own, shared); // [1, H, T, T]
    }

    // besides, a bias of all pairs, and its sum with another
    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long pairs = ownBias || sharedBias ? 2L * shape.heads() * tokens : 0;
        return super.valuesPerToken(tokens, feedForward) + pairs;
    }
}
