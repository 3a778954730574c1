package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * The image towers of CLIP, {@code model_type} "clip_vision_model", and SigLIP, "siglip_vision_model": ViT under other names. CLIP norms
 * what enters the first block and nothing after the last; its norm at the end is of the pooled class token. SigLIP has no class token.
 */
final class ClipVision extends VisionEncoder {
    private static final PreNorm HALF = new PreNorm(
            "layer_norm1",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.out_proj",
            "layer_norm2",
            "",
            "",
            0,
            PreNorm.Biases.ofAll(true),
            PreNorm.Half.plain("mlp.fc1", "mlp.fc2"));

    /** The other tower, and what joins the two. */
    private static final Pattern NOT_READ = Pattern.compile(
            "embeddings\\.position_ids|(text_model|text_projection|visual_projection|post_layernorm|head|logit_scale|logit_bias)(\\..*)?");

    private final boolean clip;
    private final double factor;

    private ClipVision(Frame frame, PatchEmbedding patches, Activation activation, boolean clip, double factor) {
        super(frame, patches, HALF, activation);
        this.clip = clip;
        this.factor = factor;
    }

    static ClipVision clip(JsonFields f) {
        return of(f, "clip_vision_model", true, f.positiveNumberOr("initializer_factor", 1));
    }

    static ClipVision siglip(JsonFields f) {
        return of(f, "siglip_vision_model", false, 1);
    }

    private static ClipVision of(JsonFields f, String type, boolean clip, double factor) {
        ImageInput input = PatchEmbedding.input(f, 224, clip ? 32 : 16, false, clip ? 1 : 0, false);
        Sizes sizes = sizes(f, type, new Defaults(768, 12, 3072), input);
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", clip ? 1e-5 : 1e-6),
                clip ? f.positiveNumberOr("initializer_range", 0.02) : 0.02,
                "vision_model.",
                clip ? "" : "post_layernorm");
        PatchEmbedding.Names names = new PatchEmbedding.Names(
                "patch_embedding",
                !clip,
                clip ? List.of("class_embedding") : List.of(),
                0,
                Optional.of("position_embedding.weight"),
                PatchEmbedding.Resampling.NONE);
        String activation = clip ? "quick_gelu" : "gelu_pytorch_tanh";
        return new ClipVision(
                frame,
                new PatchEmbedding(input, names, sizes.width(), 0),
                Activation.named(f.textOr("hidden_act", activation), f.place("hidden_act")),
                clip,
                factor);
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(NOT_READ);
    }

    /** Not poolers alone: the norm at the end is read in SigLIP, its head never. */
    @Override
    String part(int layer) {
        return "encoder.layers." + layer + ".";
    }

    @Override
    public List<TensorSpec> embeddings() {
        List<TensorSpec> specs = new ArrayList<>(super.embeddings());
        if (clip) {
            specs.addAll(new TensorList("").norm("pre_layrnorm", width()).all());
        }
        return specs;
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor pixels, DType dtype) {
        Tensor x = super.embed(k, w, pixels, dtype); // [B, T, D]
        return clip
                ? k.layerNorm(x, w.get("pre_layrnorm.weight"), w.get("pre_layrnorm.bias"), frame.eps()) // [B, T, D]
                : x;
    }

    /** CLIP's deviations, by width and depth; of SigLIP's uniform draws the deviations, drawn as normal ones. */
    @Override
    public Draw draw(TensorSpec spec) {
        double d = width();
        double deep = 1 / Math.sqrt(2.0 * layers());
        double std =
                switch (spec.role()) {
                    case "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight" -> clip
                            ? deep / Math.sqrt(d)
                            : 1 / Math.sqrt(d);
                    case "self_attn.out_proj.weight" -> 1 / Math.sqrt(d);
                    case "mlp.fc1.weight" -> clip ? 1 / Math.sqrt(2 * d) : Math.sqrt(2 / (d + inner()));
                    case "mlp.fc2.weight" -> clip ? deep / Math.sqrt(d) : Math.sqrt(2 / (d + inner()));
                    case "class_embedding" -> 1 / Math.sqrt(d);
                    case "position_embedding.weight" -> clip ? initializerRange() : 1 / Math.sqrt(d);
                    default -> clip
                            ? initializerRange()
                            : 1 / Math.sqrt(spec.elements() / d); // patches, by their pixels
                };
        return new Draw(std * factor, std * factor, Double.POSITIVE_INFINITY);
    }
}
