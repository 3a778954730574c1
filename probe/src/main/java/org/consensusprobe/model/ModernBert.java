package org.consensusprobe.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.TensorKernels;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * ModernBERT, {@code model_type} "modernbert": an encoder with LayerNorm before each half (of the first block: on the embeddings)
 * and after the last block, rotary positions, a gated feed-forward layer, and a window in most layers, which have a rotary base of
 * their own.
 */
final class ModernBert extends FramedEncoder {
    private static final String WINDOWED = "sliding_attention";
    private static final String FULL = "full_attention";

    private final Own own;
    private final FusedHeads fused;

    private ModernBert(Frame frame, Own own) {
        super(frame);
        this.own = own;
        int heads = frame.sizes().heads();
        this.fused = FusedHeads.inARow(heads, heads, width() / heads);
    }

    /**
     * What sets it apart from other encoders.
     *
     * @param types of the layers: windowed or full
     * @param rotaries by type
     * @param window tokens at a distance of less than this are seen in windowed layers
     */
    private record Own(
            List<String> types,
            Map<String, Rotary> rotaries,
            int window,
            Activation activation,
            boolean normBias,
            boolean attentionBias,
            boolean innerBias) {}

    static ModernBert of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 768, MAX_SIZE);
        int heads = LayerNormDecoder.heads(f, "num_attention_heads", 12, "hidden_size", width);
        int context = f.positiveIntOr("max_position_embeddings", 8192, MAX_SIZE);
        Sizes sizes = new Sizes(
                "modernbert",
                f.positiveIntOr("num_hidden_layers", 22, MAX_LAYERS),
                width,
                heads,
                context,
                f.positiveIntOr("vocab_size", 50_368, MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 1152, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("norm_eps", 1e-5),
                f.positiveNumberOr("initializer_range", 0.02),
                "model.",
                "final_norm");
        Map<String, Rotary> rotaries = Map.of(
                FULL, rotary(f, FULL, "global_rope_theta", 160_000, width / heads, context),
                WINDOWED, rotary(f, WINDOWED, "local_rope_theta", 10_000, width / heads, context));
        Own own = new Own(
                types(f, sizes.layers()),
                rotaries,
                f.positiveIntOr("local_attention", 128, Integer.MAX_VALUE) / 2 + 1,
                Activation.named(f.textOr("hidden_activation", "gelu"), f.place("hidden_activation")),
                f.boolOr("norm_bias", false),
                f.boolOr("attention_bias", false),
                f.boolOr("mlp_bias", false));
        return new ModernBert(frame, own);
    }

    private static List<String> types(JsonFields f, int layers) {
        if (!f.has("layer_types") || f.isNull("layer_types")) {
            int every = f.positiveIntOr("global_attn_every_n_layers", 3, Integer.MAX_VALUE);
            return IntStream.range(0, layers)
                    .mapToObj(layer -> layer % every == 0 ? FULL : WINDOWED)
                    .toList();
        }
        List<String> types = f.texts("layer_types");
        if (types.size() != layers || !List.of(FULL, WINDOWED).containsAll(types)) {
            throw f.refused(
                    "layer_types", "\"" + FULL + "\" or \"" + WINDOWED + "\" for each of " + layers + " layers");
        }
        return types;
    }

    /** The rotary positions of one type of layers: in {@code rope_parameters} by type, or, in older files, a base at the top. */
    private static Rotary rotary(JsonFields f, String type, String olderKey, double base, int headSize, int context) {
        double theta = f.isNull(olderKey) ? base : f.positiveNumberOr(olderKey, base);
        f.filledObject("rope_scaling").ifPresent(scaling -> {
            throw f.refused("rope_scaling", "null; the types of layers have theirs in rope_parameters");
        });
        Optional<JsonFields> types = f.filledObject("rope_parameters");
        types.filter(t -> t.isNull(type)).ifPresent(t -> {
            throw t.refused(type, "an object");
        });
        return types.flatMap(t -> t.filledObject(type))
                .map(rope -> Rotary.of(
                        f,
                        rope,
                        rope.has("rope_theta") ? rope.positiveNumber("rope_theta") : theta,
                        headSize,
                        headSize,
                        context))
                .orElseGet(() -> Rotary.plain(theta, headSize));
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("(head|decoder|rotary_emb)\\..*"));
    }

    @Override
    public int window() {
        return own.types.contains(WINDOWED) ? own.window : 0;
    }

    /** What leads back to the stream starts smaller by the number of halves. */
    @Override
    public Draw draw(TensorSpec spec) {
        double std =
                spec.role().endsWith("Wo.weight") ? initializerRange() / Math.sqrt(2.0 * layers()) : initializerRange();
        return new Draw(std, std, Double.POSITIVE_INFINITY);
    }

    @Override
    public List<TensorSpec> embeddings() {
        return new TensorList("embeddings.")
                .state("tok_embeddings.weight", frame.sizes().vocabulary(), width())
                .norm("norm", width(), own.normBias)
                .all();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor x = k.embedding().embedTokens(w.get("tok_embeddings.weight"), ids, 1, dtype); // [B, T, D]
        return k.layerNorm(x, w.get("norm.weight"), w.orNull("norm.bias"), frame.eps()); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("layers." + layer + ".");
        if (layer > 0) {
            specs.norm("attn_norm", d, own.normBias);
        }
        specs.linear("attn.Wqkv", fused.width(), d, own.attentionBias).linear("attn.Wo", d, d, own.attentionBias);
        if (feedForward) {
            specs.norm("mlp_norm", d, own.normBias)
                    .linear("mlp.Wi", 2L * inner(), d, own.innerBias)
                    .linear("mlp.Wo", d, inner(), own.innerBias);
        }
        return specs.all();
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return new TensorList("").norm("final_norm", width(), own.normBias).all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        String type = own.types.get(layer);
        int heads = frame.sizes().heads();
        AttentionShape shape = AttentionShape.full(heads, 1 / Math.sqrt(fused.headSize()))
                .withMask(false, type.equals(WINDOWED) ? own.window : 0);
        Tensor attended = f.freeing(g -> {
            Kernels k = g.kernels();
            Tensor a = layer == 0 ? x : Roles.norm(g, w, "attn_norm", x, frame.eps()); // [B, T, D]
            Tensor qkv = Roles.linear(g, w, "attn.Wqkv", a); // [B, T, 3D]
            Tensor query = g.rotate(fused.query(k, qkv), heads, own.rotaries.get(type)); // [B, T, D]
            Tensor key = g.rotate(fused.key(k, qkv), heads, own.rotaries.get(type)); // [B, T, D]
            return g.attention(query, key, fused.value(k, qkv), shape);
        }); // [B, T, D]
        Roles.addAttention(f, w, "attn.Wo", x, attended);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = Roles.norm(g, w, "mlp_norm", part, frame.eps()); // [B, t, D]
                Roles.addFeedForward(g, w, "mlp.Wo", part, gated(g, w, m));
            });
        }
    }

    /** The inner values of normed x [B, t, D], gate and factor being rows of one matrix -> [B, t, F]. */
    private Tensor gated(Forward f, Weights w, Tensor m) {
        TensorKernels views = f.kernels().tensors();
        Tensor both = w.get("mlp.Wi.weight"); // [2F, D]
        Tensor bias = w.orNull("mlp.Wi.bias"); // [2F]
        int n = inner();
        return f.gated(
                m,
                views.rowsView(both, 0, n),
                bias == null ? null : views.rowsView(bias, 0, n),
                views.rowsView(both, n, 2L * n),
                bias == null ? null : views.rowsView(bias, n, 2L * n),
                own.activation); // [B, t, F]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return fused.projections(
                k,
                w.get("attn.Wqkv.weight"),
                w.get("attn.Wo.weight"),
                Optional.ofNullable(
                        w.orNull("attn_norm.weight"))); // of the first block: on the embeddings, not on a pass's end
    }
}
