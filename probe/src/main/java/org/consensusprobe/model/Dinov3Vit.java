package org.consensusprobe.model;

import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/**
 * DINOv3's ViT, {@code model_type} "dinov3_vit": DINOv2 whose patches turn by their place, rows in one half of the turned entries and
 * columns in the other, from -1 to 1 across an image of any size; class token and registers do not turn.
 */
final class Dinov3Vit extends VisionEncoder {
    private final double theta;

    private Dinov3Vit(Frame frame, PatchEmbedding patches, PreNorm half, Activation activation, double theta) {
        super(frame, patches, half, activation);
        this.theta = theta;
    }

    static Dinov3Vit of(JsonFields f) {
        int registers = f.integerOr("num_register_tokens", 0, 0, MAX_SIZE);
        ImageInput input = PatchEmbedding.input(f, 224, 16, true, 1 + registers, true);
        Sizes sizes = sizes(f, "dinov3_vit", new Defaults(384, 6, 1536), input);
        if (sizes.width() / sizes.heads() % 4 != 0) {
            throw f.refused("num_attention_heads", "one that makes heads of a multiple of 4 entries");
        }
        PatchEmbedding.Names names = new PatchEmbedding.Names(
                "patch_embeddings", true, List.of("cls_token"), 2, Optional.empty(), PatchEmbedding.Resampling.NONE);
        boolean bias = f.boolOr("mlp_bias", true);
        PreNorm half = new PreNorm(
                "norm1",
                "attention.q_proj",
                "attention.k_proj",
                "attention.v_proj",
                "attention.o_proj",
                "norm2",
                "layer_scale1.lambda1",
                "layer_scale2.lambda1",
                f.numberOr("layerscale_value", 1),
                new PreNorm.Biases(
                        f.boolOr("query_bias", true),
                        f.boolOr("key_bias", false),
                        f.boolOr("value_bias", true),
                        f.boolOr("proj_bias", true)),
                new PreNorm.Half(
                        f.boolOr("use_gated_mlp", false) ? "mlp.gate_proj" : "", "mlp.up_proj", "mlp.down_proj", bias));
        return new Dinov3Vit(
                new Frame(
                        sizes,
                        f.positiveNumberOr("layer_norm_eps", 1e-5),
                        f.positiveNumberOr("initializer_range", 0.02),
                        "",
                        "norm"),
                new PatchEmbedding(input, names, sizes.width(), registers),
                half,
                Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act")),
                f.positiveNumberOr("rope_theta", 100));
    }

    @Override
    String part(int layer) {
        return "layer." + layer + ".";
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        double[] table = table((int) x.size(1));
        int n = table.length / 2 / (int) x.size(1);
        half.block(
                f,
                w,
                x,
                shape,
                (g, y) -> {
                    Tensor angles = g.kernels().tensors().values(table, 2, x.size(1), n); // [2, T, n]
                    return g.kernels().rotate(y, angles, shape.heads()); // [B, T, D]
                },
                PostNorm.Bias.NONE,
                frame.eps(),
                activation);
    }

    /** Cosines and sines [2, T, n] of every token's angles: 2 pi times its place, times theta^(-4i/d), rows before columns. */
    private double[] table(int tokens) {
        ImageInput.Grid grid = patches.input().gridOf(tokens);
        int headSize = width() / shape.heads();
        int each = headSize / 4;
        int n = 2 * each;
        int before = patches.input().before();
        double[] table = new double[2 * tokens * n];
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < n; i++) {
                double angle = 0;
                if (t >= before) {
                    int patch = t - before;
                    double place = i < each
                            ? 2 * ((patch / grid.columns() + 0.5) / grid.rows()) - 1
                            : 2 * ((patch % grid.columns() + 0.5) / grid.columns()) - 1;
                    angle = 2 * Math.PI * place / StrictMath.pow(theta, 4.0 * (i % each) / headSize);
                }
                table[t * n + i] = StrictMath.cos(angle);
                table[(tokens + t) * n + i] = StrictMath.sin(angle);
            }
        }
        return table;
    }
}
