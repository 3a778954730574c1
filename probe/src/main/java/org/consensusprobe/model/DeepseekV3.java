package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.ExpertKernels;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * DeepSeek-V2 and -V3, {@code model_type} "deepseek_v2" and "deepseek_v3" (arXiv 2405.04434, 2412.19437), and GLM-4.7-Flash,
 * "glm4_moe_lite": latent attention, and a mixture of experts beside those that all tokens pass, in all layers but the first. V2
 * chooses by the softmax of its logits, the others by sigmoids, and by groups.
 */
final class DeepseekV3 extends RotaryDecoder {
    private static final LatentAttention.Defaults LATENT = new LatentAttention.Defaults(1536, 512, 128, 64, 128, false);
    private static final LatentAttention.Defaults LATENT_OF_LITE =
            new LatentAttention.Defaults(768, 512, 192, 64, 256, true);

    private final LatentAttention attention;
    private final int beyond;

    private DeepseekV3(DecoderConfig config, LatentAttention attention, List<FeedForward> halves, int beyond) {
        super(config, Norm.RMS, halves);
        this.attention = attention;
        this.beyond = beyond;
    }

    static DeepseekV3 of(JsonFields f) {
        DecoderConfig c = config(
                f,
                "deepseek_v3",
                DecoderConfig.Defaults.of(129_280, 7168, 18_432, 61, 128, 4096).withKeyValueHeads(128, true));
        Router router = Router.sigmoid(f, c.width(), new Router.GroupDefaults(256, 8, 8, 4, 2.5));
        return of(f, c, LATENT, router, new Shape(2048, 1, false), from(f, 3));
    }

    /** GLM-4.7-Flash: which layers are mixtures is a list, all but the first without it. */
    static DeepseekV3 lite(JsonFields f) {
        DecoderConfig c = config(
                f,
                "glm4_moe_lite",
                DecoderConfig.Defaults.of(154_880, 2048, 10_240, 47, 20, 202_752)
                        .withKeyValueHeads(20, false)
                        .withEps(1e-5));
        Router router = Router.sigmoid(f, c.width(), new Router.GroupDefaults(64, 4, 1, 1, 1.8));
        return of(f, c, LATENT_OF_LITE, router, new Shape(1536, 1, false), listed(f, c.layers()));
    }

    static DeepseekV3 second(JsonFields f) {
        DecoderConfig c = config(f, "deepseek_v2", DecoderConfig.Defaults.of(102_400, 4096, 11_008, 32, 32, 2048))
                .requireWholeHeads(f);
        Shape shape = new Shape(1407, 2, f.boolOr("mlp_bias", false));
        return of(f, c, LATENT, greedy(f, c), shape, from(f, 0));
    }

    private static DecoderConfig config(JsonFields f, String type, DecoderConfig.Defaults defaults) {
        DecoderConfig c = DecoderConfig.of(f, type, defaults.withoutHeadSize());
        if (c.keyValueHeads() != c.heads()) {
            throw f.refused("num_key_value_heads", "num_attention_heads, " + c.heads() + ": every head has its own");
        }
        return c;
    }

    /** V2's choice: by the softmax of logits, of all experts or of those of the best groups. */
    private static Router greedy(JsonFields f, DecoderConfig c) {
        String method = f.textOr("topk_method", "greedy");
        if (!List.of("greedy", "group_limited_greedy").contains(method)) {
            throw f.refused("topk_method", "greedy or group_limited_greedy");
        }
        boolean grouped = method.equals("group_limited_greedy");
        String named = f.has("num_experts") ? "num_experts" : "n_routed_experts";
        int experts = f.positiveIntOr(named, 64, 1 << 16);
        int groups = grouped ? f.positiveInt("n_group", experts) : 1;
        int kept = grouped ? f.positiveInt("topk_group", groups) : 1;
        if (experts % groups != 0) {
            throw f.refused("n_group", "a divisor of n_routed_experts, " + experts);
        }
        int chosen = f.positiveInt("num_experts_per_tok");
        Router.requireAtMost(f, chosen, experts / groups * kept);
        double factor = f.numberOr("routed_scaling_factor", 1);
        return new Router(
                "mlp.gate",
                false,
                Optional.empty(),
                c.width(),
                new ExpertKernels.Choice(experts, chosen, false, false, factor, groups, kept, false));
    }

    /** What a class means where its config is silent: an expert's width, how many all tokens pass; whether those have biases. */
    private record Shape(int inner, int shared, boolean bias) {}

    private static IntPredicate from(JsonFields f, int fallback) {
        int dense = f.integerOr("first_k_dense_replace", fallback, 0, Integer.MAX_VALUE);
        return layer -> layer >= dense;
    }

    private static IntPredicate listed(JsonFields f, int layers) {
        if (!f.has("mlp_layer_types") || f.isNull("mlp_layer_types")) {
            return layer -> layer > 0;
        }
        List<String> types = f.texts("mlp_layer_types");
        if (types.size() != layers || !List.of("dense", "sparse").containsAll(types)) {
            throw f.refused("mlp_layer_types", "\"dense\" or \"sparse\" for each of " + layers + " layers");
        }
        return layer -> types.get(layer).equals("sparse");
    }

    private static DeepseekV3 of(
            JsonFields f,
            DecoderConfig c,
            LatentAttention.Defaults latent,
            Router router,
            Shape shape,
            IntPredicate mixed) {
        Activation activation = activation(f, "hidden_act", "silu");
        Experts experts = Glm4Moe.experts(f, c, router, shape.inner, shape.shared, shape.bias, activation);
        List<FeedForward> halves = Experts.orDense(c.layers(), mixed, experts, Mlp.gated(c, shape.bias, activation));
        boolean second = c.modelType().equals("deepseek_v2");
        int beyond = second ? 0 : c.modelType().equals("deepseek_v3") ? Glm4Moe.beyond(f) : 1;
        boolean pairs = second || f.boolOr("rope_interleave", true);
        return new DeepseekV3(c, LatentAttention.of(f, c, latent, pairs), halves, beyond);
    }

    @Override
    public List<Pattern> ignorable() {
        return Stream.concat(super.ignorable().stream(), Glm4Moe.layersBeyond(c.layers(), beyond))
                .toList();
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        String h = "layers." + layer + ".";
        List<TensorSpec> specs = new ArrayList<>(norm(h, "input_layernorm"));
        specs.addAll(attention.tensors(h));
        if (feedForward) {
            specs.addAll(norm(h, "post_attention_layernorm"));
            specs.addAll(half(layer).tensors(h));
        }
        return specs;
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return Math.max(attention.valuesPerToken(), super.valuesPerToken(tokens, feedForward));
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> attention.heads(g, w, norm(g, w, "input_layernorm", x))); // [B, T, H v]
        addAttention(f, w, x, heads);
        addFeedForward(f, w, x, "post_attention_layernorm", half(layer));
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        throw Problem.input(
                "A %s makes keys and values of a vector that is normed within attention (latent attention), so that no one matrix"
                        + " makes them: there are no learned matrices of its heads to look at.%n"
                        + "Take a model of another family; runs, check, settle and generate work on this one.",
                c.modelType());
    }
}
