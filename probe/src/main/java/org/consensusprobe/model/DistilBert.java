package org.consensusprobe.model;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.Activation;
import org.consensusprobe.torch.AttentionShape;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/** DistilBERT, {@code model_type} "distilbert": BERT without token types, under names of its own. */
final class DistilBert extends FramedEncoder {
    private static final Map<String, String> NAMES =
            Map.of("hidden_size", "dim", "num_attention_heads", "n_heads", "num_hidden_layers", "n_layers");
    private static final PostNorm LAYER = new PostNorm(
            "attention.q_lin",
            "attention.k_lin",
            "attention.v_lin",
            "attention.out_lin",
            "sa_layer_norm",
            "ffn.lin1",
            "ffn.lin2",
            "output_layer_norm");
    /** The class's own; the config has none. */
    private static final double EPS = 1e-12;

    private final AttentionShape shape;
    private final Activation activation;

    private DistilBert(Frame frame, Activation activation) {
        super(frame);
        int heads = frame.sizes().heads();
        this.shape = AttentionShape.full(heads, 1 / Math.sqrt((double) width() / heads));
        this.activation = activation;
    }

    static DistilBert of(JsonFields fields) {
        JsonFields f = fields.renamed(NAMES);
        int width = f.positiveIntOr("dim", 768, MAX_SIZE);
        Sizes sizes = new Sizes(
                "distilbert",
                f.positiveIntOr("n_layers", 6, MAX_LAYERS),
                width,
                LayerNormDecoder.heads(f, "n_heads", 12, "dim", width),
                f.positiveIntOr("max_position_embeddings", 512, MAX_SIZE),
                f.positiveIntOr("vocab_size", 30_522, MAX_VOCABULARY),
                f.positiveIntOr("hidden_dim", 3072, MAX_SIZE));
        Frame frame = new Frame(sizes, EPS, f.positiveNumberOr("initializer_range", 0.02), "distilbert.", "");
        return new DistilBert(frame, Activation.named(f.textOr("activation", "gelu"), f.place("activation")));
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(
                Pattern.compile("embeddings\\.position_ids"),
                Pattern.compile("(pre_classifier|vocab_layer_norm|vocab_projector|vocab_transform)\\..*"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        return new TensorList("embeddings.")
                .state("word_embeddings.weight", frame.sizes().vocabulary(), width())
                .state("position_embeddings.weight", frame.sizes().context(), width())
                .norm("LayerNorm", width())
                .all();
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor x = k.embedding()
                .embed(w.get("word_embeddings.weight"), w.get("position_embeddings.weight"), ids, dtype); // [B, T, D]
        return k.layerNorm(x, w.get("LayerNorm.weight"), w.get("LayerNorm.bias"), EPS); // [B, T, D]
    }

    @Override
    public List<TensorSpec> layer(int layer, boolean feedForward) {
        return LAYER.tensors("transformer.layer." + layer + ".", width(), inner(), feedForward)
                .all();
    }

    @Override
    public void block(Forward f, Weights w, int layer, Tensor x) {
        LAYER.block(f, w, x, shape, PostNorm.Bias.NONE, EPS, activation);
    }

    @Override
    public Projections projections(Kernels k, Weights w) {
        return LAYER.projections(w, shape.heads());
    }
}
