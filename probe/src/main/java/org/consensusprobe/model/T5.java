package org.consensusprobe.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Draw;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * The encoder of T5 and Flan-T5, {@code model_type} "t5": RMSNorm before each half and after the last block, scores that are not
 * scaled, and a bias on them by the distance of key and query, which the first block has for all. Decoders are not read.
 */
final class T5 extends FramedEncoder {
    private static final Map<String, String> NAMES = Map.of(
            "hidden_size",
            "d_model",
            "num_attention_heads",
            "num_heads",
            "num_hidden_layers",
            "num_layers",
            "head_dim",
            "d_kv");
    private static final String ATTENTION = "layer.0.SelfAttention.";
    private static final String INNER = "layer.1.DenseReluDense.";
    private static final String BIAS = "encoder.block.0." + ATTENTION + "relative_attention_bias.weight";

    private final AttentionShape shape;
    private final int headSize;
    private final RelativeBuckets buckets;
    private final Activation activation;
    private final boolean gated;

    private T5(Frame frame, int headSize, RelativeBuckets buckets, Activation activation, boolean gated) {
        super(frame);
        this.shape = AttentionShape.full(frame.sizes().heads(), 1);
        this.headSize = headSize;
        this.buckets = buckets;
        this.activation = activation;
        this.gated = gated;
    }

    static T5 of(JsonFields fields) {
        JsonFields f = fields.renamed(NAMES);
        f.implementedOnly("is_decoder", false);
        // relative positions have no longest prompt; the models were trained on 512 tokens, as their files say
        Sizes sizes = new Sizes(
                "t5",
                f.positiveIntOr("num_layers", 6, MAX_LAYERS),
                f.positiveIntOr("d_model", 512, MAX_SIZE),
                f.positiveIntOr("num_heads", 8, MAX_SIZE),
                f.optionalPositiveInt("n_positions", MAX_SIZE).orElse(512),
                f.positiveIntOr("vocab_size", 32_128, MAX_VOCABULARY),
                f.positiveIntOr("d_ff", 2048, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_epsilon", 1e-6),
                f.positiveNumberOr("initializer_factor", 1),
                "transformer.",
                "encoder.final_layer_norm");
        int rows = f.integerOr("relative_attention_num_buckets", 32, 4, MAX_SIZE);
        RelativeBuckets buckets = new RelativeBuckets(
                rows, rows, f.integerOr("relative_attention_max_distance", 128, rows / 4 + 1, Integer.MAX_VALUE));
        String half = f.textOr("feed_forward_proj", "relu");
        boolean gated = half.startsWith("gated-");
        String name = half.equals("gated-gelu") ? "gelu_new" : gated ? half.substring("gated-".length()) : half;
        return new T5(
                frame,
                f.positiveIntOr("d_kv", 64, MAX_SIZE),
                buckets,
                Activation.named(name, f.place("feed_forward_proj")),
                gated);
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(
                Pattern.compile("(encoder|decoder)\\.embed_tokens\\.weight|decoder\\..*|classification_head\\..*"));
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long wide = Math.max(0, (long) shape.heads() * headSize - width());
        return super.valuesPerToken(tokens, feedForward)
                + 5 * wide
                + RelativeBuckets.valuesPerToken(shape.heads(), tokens);
    }

    /** Each kind of matrix has a deviation of its own, {@code initializer_factor} being that of token embeddings. */
    @Override
    public Draw draw(TensorSpec spec) {
        String role = spec.role();
        double queries = role.endsWith(".q.weight") ? headSize : 1;
        double in = role.equals("shared.weight")
                ? 1
                : role.endsWith(".o.weight")
                        ? (double) shape.heads() * headSize
                        : role.endsWith("wo.weight") ? inner() : width();
        double std = frame.initializerRange() / Math.sqrt(in * queries);
        return new Draw(std, std, Double.POSITIVE_INFINITY);
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(TensorSpec.state("", "shared.weight", frame.sizes().vocabulary(), width()));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("shared.weight"), ids, 1, dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        long queries = (long) shape.heads() * headSize;
        TensorList specs = new TensorList("encoder.block." + layer + ".")
                .norm("layer.0.layer_norm", width(), false)
                .linear(ATTENTION + "q", queries, width(), false)
                .linear(ATTENTION + "k", queries, width(), false)
                .linear(ATTENTION + "v", queries, width(), false)
                .linear(ATTENTION + "o", width(), queries, false);
        if (feedForward) {
            specs.norm("layer.1.layer_norm", width(), false);
            (gated ? List.of("wi_0", "wi_1") : List.of("wi"))
                    .forEach(in -> specs.linear(INNER + in, inner(), width(), false));
            specs.linear(INNER + "wo", width(), inner(), false);
        }
        return specs.with(TensorSpec.state("", BIAS, buckets.rows(), shape.heads()));
    }

    @Override
    public List<TensorSpec> finalNorm() {
        return new TensorList("").norm(frame.finalNorm(), width(), false).all();
    }

    @Override
    public Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return f.rmsNorm(x, w.get(frame.finalNorm() + ".weight"), frame.eps()); // [B, T, D]
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = g.rmsNorm(x, w.get("layer.0.layer_norm.weight"), frame.eps()); // [B, T, D]
            Tensor query = Roles.linear(g, w, ATTENTION + "q", a); // [B, T, H d]
            Tensor key = Roles.linear(g, w, ATTENTION + "k", a); // [B, T, H d]
            Tensor value = Roles.linear(g, w, ATTENTION + "v", a); // [B, T, H d]
            return g.attention(query, key, value, shape, buckets.bias(g.kernels(), w.get(BIAS), x.size(1)), null);
        }); // [B, T, H d]
        Roles.addAttention(f, w, ATTENTION + "o", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = g.rmsNorm(part, w.get("layer.1.layer_norm.weight"), frame.eps()); // [B, t, D]
                Tensor inner = gated
                        ? Roles.gated(g, w, INNER + "wi_0", INNER + "wi_1", m, activation)
                        : Roles.linear(g, w, INNER + "wi", m, activation); // [B, t, F]
                Roles.addFeedForward(g, w, INNER + "wo", part, inner);
            });
        }
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return new Projections(
                w.get(ATTENTION + "q.weight"),
                w.get(ATTENTION + "k.weight"),
                w.get(ATTENTION + "v.weight"),
                w.get(ATTENTION + "o.weight"),
                shape.heads(),
                shape.heads(),
                Optional.of(w.get("layer.0.layer_norm.weight")),
                false);
    }
}
