package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;

/**
 * DINOv2, {@code model_type} "dinov2", and the same with registers, "dinov2_with_registers": ViT with learned scales of what each
 * half adds, a plain or a gated feed-forward half, and positions resampled for images of another size.
 */
final class Dinov2 extends VisionEncoder {
    private Dinov2(Frame frame, PatchEmbedding patches, PreNorm half, Activation activation) {
        super(frame, patches, half, activation);
    }

    static Dinov2 of(JsonFields f) {
        return of(f, "dinov2", 14, 0, PatchEmbedding.Resampling.BICUBIC);
    }

    static Dinov2 withRegisters(JsonFields f) {
        int registers = f.integerOr("num_register_tokens", 4, 0, MAX_SIZE);
        return of(f, "dinov2_with_registers", 16, registers, PatchEmbedding.Resampling.ANTIALIASED);
    }

    private static Dinov2 of(
            JsonFields f, String type, int patch, int registers, PatchEmbedding.Resampling resampling) {
        ImageInput input = PatchEmbedding.input(f, 224, patch, true, 1 + registers, true);
        if (input.height() != input.width()
                || input.grid().rows() != input.grid().columns()) {
            throw f.refused(
                    "image_size", "that of square images in square grids of patches: others' positions are mixed up");
        }
        boolean gated = f.boolOr("use_swiglu_ffn", false);
        double ratio = f.positiveNumberOr("mlp_ratio", 4);
        Sizes sizes = sizes(f, type, 768, 12, input, width -> {
            int inner = (int) Math.min(MAX_SIZE, width * ratio);
            return gated ? ((int) (inner * 2.0 / 3) + 7) / 8 * 8 : inner;
        });
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-6),
                f.positiveNumberOr("initializer_range", 0.02),
                type + ".",
                "layernorm");
        PatchEmbedding.Names names = PatchEmbedding.Names.vit(List.of("cls_token"), true, resampling);
        PreNorm half = new PreNorm(
                "norm1",
                "attention.attention.query",
                "attention.attention.key",
                "attention.attention.value",
                "attention.output.dense",
                "norm2",
                "layer_scale1.lambda1",
                "layer_scale2.lambda1",
                f.numberOr("layerscale_value", 1),
                PreNorm.Biases.ofAll(f.boolOr("qkv_bias", true)),
                gated
                        ? new PreNorm.Half("mlp.weights_in", "mlp.weights_in", "mlp.weights_out", true)
                        : PreNorm.Half.plain("mlp.fc1", "mlp.fc2"));
        Activation named = Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act"));
        return new Dinov2(
                frame,
                new PatchEmbedding(input, names, sizes.width(), registers),
                half,
                gated ? Activation.SILU : named);
    }
}
