package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.JsonFields;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.Weights;

/**
 * RoBERTa, {@code model_type} "roberta", and CamemBERT, "camembert", and XLM-RoBERTa, "xlm-roberta", which are the same: BERT whose
 * positions start after the padding id.
 *
 * <p>As in transformers, a token that is the padding id has that id's position and is not counted, in prompts too.
 */
final class Roberta extends Bert {
    private final Config c;
    private final int padding;

    private Roberta(Config config, int padding) {
        super(config);
        this.c = config;
        this.padding = padding;
    }

    static Roberta of(JsonFields f) {
        return of(f, Defaults.base("roberta", 50_265));
    }

    static Roberta camembert(JsonFields f) {
        return of(f, Defaults.base("camembert", 30_522));
    }

    static Roberta xlmRoberta(JsonFields f) {
        return of(f, Defaults.base("xlm-roberta", 30_522));
    }

    private static Roberta of(JsonFields f, Defaults defaults) {
        Config config = Config.of(f, defaults);
        int padding = f.integerOr("pad_token_id", 1, 0, MAX_SIZE);
        if (config.positions() - padding - 1 < 1) {
            throw f.refused("max_position_embeddings", "above pad_token_id + 1 = " + (padding + 1));
        }
        return new Roberta(config, padding);
    }

    @Override
    public Sizes sizes() {
        int context = c.positions() - padding - 1;
        return new Sizes(c.modelType(), c.layers(), c.width(), c.heads(), context, c.vocabulary(), c.inner());
    }

    @Override
    public List<String> prefixes() {
        return List.of("roberta.");
    }

    @Override
    public Tensor embed(Kernels k, Weights w, Tensor ids, DType dtype) {
        Tensor places = k.embedding().positionsAfter(ids, padding); // int64 [B, T]
        Tensor positions =
                k.embedding().embedTokens(w.get("position_embeddings.weight"), places, 1, dtype); // [B, T, D]
        return embed(k, w, ids, positions, dtype); // [B, T, D]
    }
}
