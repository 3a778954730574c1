package org.consensusprobe.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
 * DeBERTa v2 and v3, {@code model_type} "deberta-v2" (He et al., arXiv 2006.03654): BERT with disentangled attention, whose scores
 * add to query times key the query times what stands for the distance of both (c2p), and the key times it (p2c).
 */
final class DebertaV2 extends FramedEncoder {
    private static final PostNorm LAYER =
            PostNorm.bert("attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj");
    private static final String TABLE = "encoder.rel_embeddings.weight";

    private final Own own;
    private final AttentionShape shape;

    private DebertaV2(Frame frame, Own own) {
        super(frame);
        this.own = own;
        int heads = frame.sizes().heads();
        int terms = 1 + (own.toPosition ? 1 : 0) + (own.toContent ? 1 : 0);
        this.shape = AttentionShape.full(heads, 1 / Math.sqrt((double) width() / heads * terms));
    }

    /**
     * What sets it apart from BERT.
     *
     * @param narrow the width E of embeddings
     * @param types token types; 0 for none
     * @param positions whether learned positions are added to the embeddings
     * @param distances how distances enter attention; empty where they do not
     * @param toPosition whether scores have the term c2p
     * @param toContent whether scores have the term p2c
     */
    private record Own(
            int narrow,
            int types,
            boolean positions,
            Optional<Distances> distances,
            boolean toPosition,
            boolean toContent,
            Activation activation) {}

    /**
     * The table of distances.
     *
     * @param span half of its rows
     * @param buckets that distances are sorted into, single ones first; 0 for a row each
     * @param farthest distance that has a bucket of its own
     * @param sharedMatrices whether the content's query and key matrices serve it too
     * @param normed whether a LayerNorm is applied to it
     */
    private record Distances(int span, int buckets, int farthest, boolean sharedMatrices, boolean normed) {
        /** The row for a query that is so far behind its key. */
        int row(int back) {
            int place = back;
            int mid = buckets / 2;
            if (buckets > 0 && Math.abs(back) > mid) {
                double far = StrictMath.log((double) Math.abs(back) / mid) / StrictMath.log((farthest - 1.0) / mid);
                place = Integer.signum(back) * ((int) Math.ceil(far * (mid - 1)) + mid);
            }
            return Math.max(0, Math.min(2 * span - 1, place + span));
        }
    }

    static DebertaV2 of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 1536, MAX_SIZE);
        int heads = LayerNormDecoder.heads(f, "num_attention_heads", 24, "hidden_size", width);
        f.implementedOnly("attention_head_size", width / heads);
        f.implementedOnly("conv_kernel_size", 0);
        Sizes sizes = new Sizes(
                "deberta-v2",
                f.positiveIntOr("num_hidden_layers", 24, MAX_LAYERS),
                width,
                heads,
                f.positiveIntOr("max_position_embeddings", 512, MAX_SIZE),
                f.positiveIntOr("vocab_size", 128_100, MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 6144, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-7),
                f.positiveNumberOr("initializer_range", 0.02),
                "deberta.",
                "");
        List<String> terms = terms(f);
        Own own = new Own(
                f.positiveIntOr("embedding_size", width, MAX_SIZE),
                f.integerOr("type_vocab_size", 0, 0, MAX_SIZE),
                f.boolOr("position_biased_input", true),
                distances(f, sizes.context()),
                terms.contains("c2p"),
                terms.contains("p2c"),
                Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act")));
        return new DebertaV2(frame, own);
    }

    /** {@code pos_att_type}, a list, or text with bars between. */
    private static List<String> terms(JsonFields f) {
        String key = "pos_att_type";
        if (!f.has(key) || f.isNull(key)) {
            return List.of();
        }
        return f.isText(key)
                ? Arrays.stream(f.text(key).toLowerCase(Locale.ROOT).split("\\|"))
                        .map(String::strip)
                        .toList()
                : f.texts(key);
    }

    private static Optional<Distances> distances(JsonFields f, int context) {
        int farthest = f.integerOr("max_relative_positions", -1, Integer.MIN_VALUE, MAX_SIZE);
        int buckets = f.integerOr("position_buckets", -1, Integer.MIN_VALUE, MAX_SIZE);
        boolean normed = Arrays.asList(f.textOr("norm_rel_ebd", "none")
                        .toLowerCase(Locale.ROOT)
                        .split("\\|"))
                .stream()
                .anyMatch(norm -> norm.strip().equals("layer_norm"));
        boolean shared = f.boolOr("share_att_key", false);
        if (!f.boolOr("relative_attention", false)) {
            return Optional.empty();
        }
        int reach = farthest < 1 ? context : farthest;
        if (buckets > 0 && (buckets / 2 < 1 || reach - 1 <= buckets / 2)) {
            throw f.refused("position_buckets", "2 to less than twice max_relative_positions - 1 = " + (reach - 1));
        }
        return Optional.of(new Distances(buckets > 0 ? buckets : reach, Math.max(0, buckets), reach, shared, normed));
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("embeddings\\.position_ids|(lm_predictions|mask_predictions)\\..*"));
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        long scores = own.distances.isEmpty()
                ? 0
                : 5L * shape.heads() * tokens + 3 * AttentionRows.valuesAtATime(shape.heads(), tokens) / tokens;
        return super.valuesPerToken(tokens, feedForward) + scores;
    }

    @Override
    public List<TensorSpec> embeddings() {
        TensorList specs = new TensorList("embeddings.")
                .state("word_embeddings.weight", frame.sizes().vocabulary(), own.narrow);
        if (own.positions) {
            specs.state("position_embeddings.weight", frame.sizes().context(), own.narrow);
        }
        if (own.types > 0) {
            specs.state("token_type_embeddings.weight", own.types, own.narrow);
        }
        if (own.narrow != width()) {
            specs.linear("embed_proj", width(), own.narrow, false);
        }
        return specs.norm("LayerNorm", width()).all();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor e = k.embedding().embedTokens(w.get("word_embeddings.weight"), ids, 1, dtype); // [B, T, E]
        if (own.positions) {
            k.add(e, k.tensors().rowsView(w.get("position_embeddings.weight"), 0, ids.size(1)));
        }
        if (own.types > 0) {
            k.add(e, k.tensors().rowsView(w.get("token_type_embeddings.weight"), 0, 1));
        }
        Tensor x = own.narrow == width() ? e : k.linear(e, w.get("embed_proj.weight"), null); // [B, T, D]
        return k.layerNorm(x, w.get("LayerNorm.weight"), w.get("LayerNorm.bias"), frame.eps()); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        TensorList specs = LAYER.tensors("encoder.layer." + layer + ".", width(), inner(), feedForward);
        if (own.distances.isEmpty()) {
            return specs.all();
        }
        Distances distances = own.distances.get();
        if (!distances.sharedMatrices && own.toPosition) {
            specs.linear("attention.self.pos_key_proj", width(), width());
        }
        if (!distances.sharedMatrices && own.toContent) {
            specs.linear("attention.self.pos_query_proj", width(), width());
        }
        TensorList shared = new TensorList("").state(TABLE, 2L * distances.span, width());
        return specs.with(distances.normed ? shared.norm("encoder.LayerNorm", width()) : shared);
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        LAYER.block(f, w, x, shape, (g, q, k) -> bias(g, w, q, k), frame.eps(), own.activation);
    }

    /** The terms of scores by distance, for queries and keys [B, T, D]: [B, H, T, T], or null where there are none. */
    private Tensor bias(Forward f, Weights w, Tensor query, Tensor key) {
        if (own.distances.isEmpty() || !own.toPosition && !own.toContent) {
            return null;
        }
        Distances distances = own.distances.get();
        Kernels k = f.kernels();
        int n = Math.toIntExact(query.size(1));
        long[] rows = new long[2 * n - 1];
        Arrays.setAll(rows, i -> distances.row(i + 1 - n));
        Tensor byDistance = k.tensors().ids(rows, 1); // int64 [1, 2T - 1]
        Tensor table = distances.normed
                ? Roles.norm(f, w, "encoder.LayerNorm", w.get(TABLE), frame.eps())
                : w.get(TABLE); // [2 span, D]
        String keys = distances.sharedMatrices ? "attention.self.key_proj" : "attention.self.pos_key_proj";
        String queries = distances.sharedMatrices ? "attention.self.query_proj" : "attention.self.pos_query_proj";
        Tensor sum = null;
        if (own.toPosition) {
            sum = k.scores().scoresByDistance(query, Roles.linear(f, w, keys, table), byDistance, shape.heads(), false);
        }
        if (own.toContent) {
            Tensor other = k.scores()
                    .scoresByDistance(key, Roles.linear(f, w, queries, table), byDistance, shape.heads(), true);
            sum = sum == null ? other : k.add(sum, other);
        }
        return k.scale(sum, shape.scale()); // [B, H, T, T]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return LAYER.projections(w, shape.heads());
    }
}
