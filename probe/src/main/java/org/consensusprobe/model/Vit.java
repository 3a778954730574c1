package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;

/**
 * ViT, {@code model_type} "vit", an encoder of images with a class token and learned positions; DeiT, "deit", with a distillation
 * token besides; I-JEPA, "ijepa", without a class token.
 */
final class Vit extends VisionEncoder {
    private Vit(Frame frame, PatchEmbedding patches, PreNorm half, Activation activation) {
        super(frame, patches, half, activation);
    }

    static Vit of(JsonFields f) {
        return of(f, "vit", List.of("cls_token"));
    }

    static Vit deit(JsonFields f) {
        return of(f, "deit", List.of("cls_token", "distillation_token"));
    }

    static Vit ijepa(JsonFields f) {
        return of(f, "ijepa", List.of());
    }

    private static Vit of(JsonFields f, String type, List<String> first) {
        ImageInput input = PatchEmbedding.input(f, 224, 16, true, first.size(), false);
        Sizes sizes = sizes(f, type, new Defaults(768, 12, 3072), input);
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-12),
                f.positiveNumberOr("initializer_range", 0.02),
                type + ".",
                "layernorm");
        PatchEmbedding.Names names = PatchEmbedding.Names.vit(first, true, PatchEmbedding.Resampling.NONE);
        return new Vit(
                frame,
                new PatchEmbedding(input, names, sizes.width(), 0),
                half(PreNorm.Biases.ofAll(f.boolOr("qkv_bias", true)), "", "", 0),
                Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act")));
    }

    /** A layer under the names of ViT and BEiT. */
    static PreNorm half(PreNorm.Biases biases, String scale1, String scale2, double scale) {
        return new PreNorm(
                "layernorm_before",
                "attention.attention.query",
                "attention.attention.key",
                "attention.attention.value",
                "attention.output.dense",
                "layernorm_after",
                scale1,
                scale2,
                scale,
                biases,
                PreNorm.Half.plain("intermediate.dense", "output.dense"));
    }
}
