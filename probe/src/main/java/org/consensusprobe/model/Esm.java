package org.consensusprobe.model;

import java.util.List;
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
 * ESM-1b and ESM-2, {@code model_type} "esm": an encoder of proteins with LayerNorm before each half and after the last block, rotary
 * positions or learned ones after the padding id. With {@code token_dropout} embeddings are scaled for the tokens that
 * training drops.
 */
final class Esm extends FramedEncoder {
    private final Own own;
    private final AttentionShape shape;

    private Esm(Frame frame, Own own) {
        super(frame);
        this.own = own;
        this.shape = AttentionShape.full(
                frame.sizes().heads(),
                1 / Math.sqrt((double) width() / frame.sizes().heads()));
    }

    /**
     * What sets it apart from other encoders.
     *
     * @param rotary positions in attention; else learned ones count from the padding id on
     * @param mask the id of dropped tokens; empty where embeddings are left as they are
     * @param embeddingNorm whether a norm stands after the embeddings
     */
    private record Own(Optional<Rotary> rotary, int padding, Optional<Integer> mask, boolean embeddingNorm) {}

    static Esm of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 768, MAX_SIZE);
        int heads = LayerNormDecoder.heads(f, "num_attention_heads", 12, "hidden_size", width);
        f.implementedOnly("position_embedding_type", "absolute", "rotary");
        f.implementedOnly("is_decoder", false);
        f.implementedOnly("add_cross_attention", false, null);
        f.implementedOnly("is_folding_model", false, null);
        boolean turned = f.textOr("position_embedding_type", "absolute").equals("rotary");
        double theta = f.positiveNumberOr("rope_theta", 1e4);
        if (turned && width / heads % 2 == 1) {
            throw f.refused("num_attention_heads", "one that makes heads of an even size");
        }
        int padding = f.integer("pad_token_id", 0, MAX_VOCABULARY);
        int positions = f.positiveIntOr("max_position_embeddings", 1026, MAX_SIZE);
        if (!turned && positions - padding - 1 < 1) {
            throw f.refused("max_position_embeddings", "above pad_token_id + 1 = " + (padding + 1));
        }
        Sizes sizes = new Sizes(
                "esm",
                f.positiveIntOr("num_hidden_layers", 12, MAX_LAYERS),
                width,
                heads,
                turned ? positions : positions - padding - 1,
                f.positiveInt("vocab_size", MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 3072, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-12),
                f.positiveNumberOr("initializer_range", 0.02),
                "esm.",
                "encoder.emb_layer_norm_after");
        boolean scaled = !f.isNull("token_dropout") && f.boolOr("token_dropout", false);
        Own own = new Own(
                turned ? Optional.of(Rotary.plain(theta, width / heads)) : Optional.empty(),
                padding,
                scaled ? Optional.of(f.integer("mask_token_id", 0, MAX_VOCABULARY)) : Optional.empty(),
                !f.isNull("emb_layer_norm_before") && f.boolOr("emb_layer_norm_before", false));
        return new Esm(frame, own);
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(Pattern.compile("embeddings\\.position_ids|contact_head\\..*|(.*\\.)?rotary_embeddings\\..*"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        TensorList specs = new TensorList("embeddings.")
                .state("word_embeddings.weight", frame.sizes().vocabulary(), width());
        if (own.rotary.isEmpty()) {
            specs.state("position_embeddings.weight", frame.sizes().context() + own.padding + 1L, width());
        }
        return (own.embeddingNorm ? specs.norm("layer_norm", width()) : specs).all();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor e = k.embedding().embedTokens(w.get("word_embeddings.weight"), ids, 1, dtype); // [B, T, D]
        Tensor x =
                own.mask.map(mask -> k.embedding().withoutMasks(e, ids, mask)).orElse(e); // [B, T, D]
        if (own.rotary.isEmpty()) {
            Tensor places = k.embedding().positionsAfter(ids, own.padding); // int64 [B, T]
            k.add(x, k.embedding().embedTokens(w.get("position_embeddings.weight"), places, 1, dtype));
        }
        return own.embeddingNorm
                ? k.layerNorm(x, w.get("layer_norm.weight"), w.get("layer_norm.bias"), frame.eps()) // [B, T, D]
                : x;
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        int d = width();
        TensorList specs = new TensorList("encoder.layer." + layer + ".")
                .norm("attention.LayerNorm", d)
                .linear("attention.self.query", d, d)
                .linear("attention.self.key", d, d)
                .linear("attention.self.value", d, d)
                .linear("attention.output.dense", d, d);
        if (feedForward) {
            specs.norm("LayerNorm", d).linear("intermediate.dense", inner(), d).linear("output.dense", d, inner());
        }
        return specs.all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        Tensor heads = f.freeing(g -> {
            Tensor a = Roles.norm(g, w, "attention.LayerNorm", x, frame.eps()); // [B, T, D]
            Tensor query = turned(g, Roles.linear(g, w, "attention.self.query", a)); // [B, T, D]
            Tensor key = turned(g, Roles.linear(g, w, "attention.self.key", a)); // [B, T, D]
            Tensor value = Roles.linear(g, w, "attention.self.value", a); // [B, T, D]
            return g.attention(query, key, value, shape);
        }); // [B, T, D]
        Roles.addAttention(f, w, "attention.output.dense", x, heads);
        if (f.feedForward(x)) {
            f.byTokens(x, (g, part) -> {
                Tensor m = Roles.norm(g, w, "LayerNorm", part, frame.eps()); // [B, t, D]
                Tensor inner = Roles.linear(g, w, "intermediate.dense", m, Activation.GELU_ERF); // [B, t, F]
                Roles.addFeedForward(g, w, "output.dense", part, inner);
            });
        }
    }

    private Tensor turned(Forward f, Tensor x) {
        return own.rotary.map(rotary -> f.rotate(x, shape.heads(), rotary)).orElse(x); // [B, T, D]
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return new Projections(
                w.get("attention.self.query.weight"),
                w.get("attention.self.key.weight"),
                w.get("attention.self.value.weight"),
                w.get("attention.output.dense.weight"),
                shape.heads(),
                shape.heads(),
                Optional.of(w.get("attention.LayerNorm.weight")),
                true);
    }
}
