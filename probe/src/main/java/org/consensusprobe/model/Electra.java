package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/** ELECTRA, {@code model_type} "electra": BERT whose embeddings may be narrower than the model, which a matrix then widens. */
final class Electra extends Bert {
    private final Config c;
    private final int narrow;

    private Electra(Config config, int narrow) {
        super(config);
        this.c = config;
        this.narrow = narrow;
    }

    static Electra of(JsonFields f) {
        return new Electra(
                Config.of(f, new Defaults("electra", 30_522, 256, 4, 1024)),
                f.positiveIntOr("embedding_size", 128, MAX_SIZE));
    }

    @Override
    public List<String> prefixes() {
        return List.of("electra.");
    }

    @Override
    public List<Pattern> ignorable() {
        return List.of(
                Pattern.compile("embeddings\\.(position_ids|token_type_ids)"),
                Pattern.compile(
                        "(generator_lm_head|generator_predictions|discriminator_predictions|sequence_summary)\\..*"));
    }

    @Override
    public List<TensorSpec> embeddings() {
        List<TensorSpec> specs = new ArrayList<>(embeddings(narrow));
        if (narrow != c.width()) {
            specs.addAll(new TensorList("")
                    .linear("embeddings_project", c.width(), narrow)
                    .all());
        }
        return specs;
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor e = super.embed(k, w, ids, dtype); // [B, T, E]
        return narrow == c.width()
                ? e
                : k.linear(e, w.get("embeddings_project.weight"), w.get("embeddings_project.bias")); // [B, T, D]
    }
}
