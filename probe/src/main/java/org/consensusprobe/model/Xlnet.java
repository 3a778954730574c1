package org.consensusprobe.model;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * XLNet, {@code model_type} "xlnet" (Yang et al., arXiv 1906.08237), its content stream: LayerNorm after each half's skip, and
 * scores of a query, plus a learned vector, with the key and, plus another, with what a matrix makes of sines of their distance.
 * One segment, no memory, no permutation: as transformers runs it on a prompt by itself.
 */
final class Xlnet extends FramedEncoder {
    private static final Map<String, String> NAMES =
            Map.of("hidden_size", "d_model", "num_attention_heads", "n_head", "num_hidden_layers", "n_layer");

    private final AttentionShape shape;
    private final Activation activation;
    private final int farthest;

    private Xlnet(Frame frame, boolean causal, Activation activation, int farthest) {
        super(frame);
        int heads = frame.sizes().heads();
        this.shape = AttentionShape.full(heads, 1 / Math.sqrt((double) width() / heads))
                .withMask(causal, 0);
        this.activation = activation;
        this.farthest = farthest;
    }

    static Xlnet of(JsonFields fields) {
        JsonFields f = fields.renamed(NAMES);
        int width = f.positiveIntOr("d_model", 1024, MAX_SIZE);
        int heads = LayerNormDecoder.heads(f, "n_head", 16, "d_model", width);
        f.implementedOnly("d_head", width / heads, 0, null);
        f.implementedOnly("attn_type", "bi", "uni");
        f.implementedOnly("bi_data", false);
        boolean causal = f.textOr("attn_type", "bi").equals("uni");
        if (causal) {
            f.implementedOnly("same_length", false);
        }
        if (width % 2 == 1) {
            throw f.refused("d_model", "even: its halves are sines and cosines of distances");
        }
        Sizes sizes = new Sizes(
                "xlnet",
                f.positiveIntOr("n_layer", 24, MAX_LAYERS),
                width,
                heads,
                512, // relative positions have no longest prompt; the models were trained on 512 tokens
                f.positiveIntOr("vocab_size", 32_000, MAX_VOCABULARY),
                f.positiveIntOr("d_inner", 4096, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-12),
                f.positiveNumberOr("initializer_range", 0.02),
                "transformer.",
                "");
        return new Xlnet(
                frame,
                causal,
                Activation.named(f.textOr("ff_activation", "gelu"), f.place("ff_activation")),
                Math.max(0, f.integerOr("clamp_len", -1, Integer.MIN_VALUE, Integer.MAX_VALUE)));
    }

    @Override
    public boolean causal() {
        return shape.causal();
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(
                Pattern.compile("mask_emb|layer\\.\\d+\\.rel_attn\\.(r_s_bias|seg_embed)"),
                Pattern.compile("(sequence_summary|logits_proj|lm_loss|start_logits|end_logits|answer_class)\\..*"));
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward)
                + 3L * shape.heads() * tokens
                + 3 * AttentionRows.valuesAtATime(shape.heads(), tokens) / tokens;
    }

    @Override
    public List<TensorSpec> embeddings() {
        return List.of(
                TensorSpec.state("", "word_embedding.weight", frame.sizes().vocabulary(), width()));
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        return k.embedding().embedTokens(w.get("word_embedding.weight"), ids, 1, dtype); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        int h = shape.heads();
        TensorList specs = new TensorList("layer." + layer + ".");
        for (String matrix : List.of("q", "k", "v", "o", "r")) {
            specs.state("rel_attn." + matrix, d, h, d / h);
        }
        specs.state("rel_attn.r_r_bias", h, d / h)
                .state("rel_attn.r_w_bias", h, d / h)
                .norm("rel_attn.layer_norm", d);
        if (feedForward) {
            specs.linear("ff.layer_1", inner(), d)
                    .linear("ff.layer_2", d, inner())
                    .norm("ff.layer_norm", d);
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Kernels k = g.kernels();
            Tensor content = g.linear(x, matrix(k, w, "q"), vector(k, w, "r_w_bias")); // [B, T, D]
            Tensor key = g.linear(x, matrix(k, w, "k"), null); // [B, T, D]
            Tensor value = g.linear(x, matrix(k, w, "v"), null); // [B, T, D]
            return g.attention(content, key, value, shape, byDistance(g, w, x), null);
        }); // [B, T, D]
        f.addAttention(x, heads, f.kernels().tensors().reshape(w.get("rel_attn.o"), square()), null);
        Roles.normalise(f, w, "rel_attn.layer_norm", x, frame.eps());
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor inner = Roles.linear(g, w, "ff.layer_1", part, activation); // [B, t, F]
                Roles.addFeedForward(g, w, "ff.layer_2", part, inner);
                Roles.normalise(g, w, "ff.layer_norm", part, frame.eps());
            });
        }
    }

    /** The scores of queries with distances: [B, H, T, T]. */
    private Tensor byDistance(Forward f, Weights w, Tensor x) {
        Kernels k = f.kernels();
        int n = Math.toIntExact(x.size(1));
        Tensor sines = k.tensors().like(k.tensors().values(sines(n), 2L * n - 1, width()), x); // [2T - 1, D]
        Tensor table = f.linear(sines, matrix(k, w, "r"), null); // [2T - 1, D]
        Tensor query = f.linear(x, matrix(k, w, "q"), vector(k, w, "r_r_bias")); // [B, T, D]
        long[] rows = new long[2 * n - 1];
        Arrays.setAll(rows, i -> i);
        Tensor scores = k.scores()
                .scoresByDistance(query, table, k.tensors().ids(rows, 1), shape.heads(), false); // [B, H, T, T]
        return k.scale(scores, shape.scale());
    }

    /** Sines, then cosines, of the distances 1 - n to n - 1 of a query behind its key. */
    private double[] sines(int n) {
        int d = width();
        double[] values = new double[(2 * n - 1) * d];
        for (int row = 0; row < 2 * n - 1; row++) {
            int back = row + 1 - n;
            int distance = farthest > 0 ? Math.max(-farthest, Math.min(farthest, back)) : back;
            for (int i = 0; i < d / 2; i++) {
                double angle = distance / StrictMath.pow(1e4, 2.0 * i / d);
                values[row * d + i] = StrictMath.sin(angle);
                values[row * d + d / 2 + i] = StrictMath.cos(angle);
            }
        }
        return values;
    }

    private long[] square() {
        return new long[] {width(), width()};
    }

    /** A matrix stored as [D, H, d], as the kernels take it: [H d, D]. */
    private Tensor matrix(Kernels k, Weights w, String name) {
        return k.tensors().transpose(k.tensors().reshape(w.get("rel_attn." + name), square()));
    }

    /** What is added to queries, stored as [H, d]: [H d]. */
    private Tensor vector(Kernels k, Weights w, String name) {
        return k.tensors().reshape(w.get("rel_attn." + name), new long[] {width()});
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return new Projections(
                matrix(k, w, "q"),
                matrix(k, w, "k"),
                matrix(k, w, "v"),
                k.tensors().reshape(w.get("rel_attn.o"), square()),
                shape.heads(),
                shape.heads(),
                Optional.empty(), // what enters attention has passed the norm of the layer before
                false);
    }
}
