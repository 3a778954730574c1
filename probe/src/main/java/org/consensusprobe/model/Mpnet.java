package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/**
 * MPNet, {@code model_type} "mpnet": BERT without token types, with positions after the padding id 1, and a bias on scores by the
 * distance of key and query, which all layers share.
 */
final class Mpnet extends FramedEncoder {
    private static final PostNorm LAYER = new PostNorm(
            "attention.attn.q",
            "attention.attn.k",
            "attention.attn.v",
            "attention.attn.o",
            "attention.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");
    private static final int PADDING = 1;
    private static final String BIAS = "encoder.relative_attention_bias.weight";

    private final AttentionShape shape;
    private final Activation activation;
    private final RelativeBuckets buckets;

    private Mpnet(Frame frame, Activation activation, RelativeBuckets buckets) {
        super(frame);
        int heads = frame.sizes().heads();
        this.shape = AttentionShape.full(heads, 1 / Math.sqrt((double) width() / heads));
        this.activation = activation;
        this.buckets = buckets;
    }

    static Mpnet of(JsonFields f) {
        int width = f.positiveIntOr("hidden_size", 768, MAX_SIZE);
        int positions = f.positiveIntOr("max_position_embeddings", 512, MAX_SIZE);
        if (positions < PADDING + 2) {
            throw f.refused("max_position_embeddings", "at least " + (PADDING + 2));
        }
        // transformers sorts distances into 32 buckets whatever the table's size
        RelativeBuckets buckets = new RelativeBuckets(
                f.integerOr("relative_attention_num_buckets", RelativeBuckets.T5.rows(), 32, MAX_SIZE), 32, 128);
        Sizes sizes = new Sizes(
                "mpnet",
                f.positiveIntOr("num_hidden_layers", 12, MAX_LAYERS),
                width,
                LayerNormDecoder.heads(f, "num_attention_heads", 12, "hidden_size", width),
                positions - PADDING - 1,
                f.positiveIntOr("vocab_size", 30_527, MAX_VOCABULARY),
                f.positiveIntOr("intermediate_size", 3072, MAX_SIZE));
        Frame frame = new Frame(
                sizes,
                f.positiveNumberOr("layer_norm_eps", 1e-12),
                f.positiveNumberOr("initializer_range", 0.02),
                "mpnet.",
                "");
        Activation activation = Activation.named(f.textOr("hidden_act", "gelu"), f.place("hidden_act"));
        return new Mpnet(frame, activation, buckets);
    }

    @Override
    public long valuesPerToken(int tokens, boolean feedForward) {
        return super.valuesPerToken(tokens, feedForward) + RelativeBuckets.valuesPerToken(shape.heads(), tokens);
    }

    @Override
    public List<TensorSpec> embeddings() {
        return new TensorList("embeddings.")
                .state("word_embeddings.weight", frame.sizes().vocabulary(), width())
                .state("position_embeddings.weight", frame.sizes().context() + PADDING + 1, width())
                .norm("LayerNorm", width())
                .all();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor x = k.embedding().embedTokens(w.get("word_embeddings.weight"), ids, 1, dtype); // [B, T, D]
        Tensor places = k.embedding().positionsAfter(ids, PADDING); // int64 [B, T]
        k.add(x, k.embedding().embedTokens(w.get("position_embeddings.weight"), places, 1, dtype));
        return k.layerNorm(x, w.get("LayerNorm.weight"), w.get("LayerNorm.bias"), frame.eps()); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return LAYER.tensors("encoder.layer." + layer + ".", width(), inner(), feedForward)
                .with(TensorSpec.state("", BIAS, buckets.rows(), shape.heads()));
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        LAYER.block(
                f,
                w,
                x,
                shape,
                (g, q, k) -> buckets.bias(g.kernels(), w.get(BIAS), x.size(1)),
                frame.eps(),
                activation);
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return LAYER.projections(w, shape.heads());
    }
}
