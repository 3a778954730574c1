package org.consensusprobe.weights;

import java.util.ArrayList;
import java.util.List;

/**
 * The tensors of a model by the order in which a run needs them, and how its initialisation draws them.
 *
 * <p>This is what a weight source knows of an architecture.
 */
public interface Parts {
    /** Number of blocks in one pass. */
    int layers();

    /** What the embedding of prompts needs. */
    List<TensorSpec> embeddings();

    /** What one block needs, with or without its feed-forward half. */
    List<TensorSpec> layer(int layer, boolean feedForward);

    /** What the norm after the last block needs. */
    List<TensorSpec> finalNorm();

    /** What the scores of the next token need: the token table where the head is tied; nothing where there is no head. */
    List<TensorSpec> head();

    /** The initialisation's draws before the first layer, in order. */
    List<Draw> embeddingDraws();

    /** The initialisation's draws for one layer, in order. */
    List<Draw> layerDraws(int layer, boolean feedForward);

    /** The initialisation's draws after the last layer: a tied head overwrites the token embedding, another follows. */
    List<Draw> headDraws();

    /** All draws in order. */
    default List<Draw> allDraws(boolean feedForward) {
        List<Draw> draws = new ArrayList<>(embeddingDraws());
        for (int layer = 0; layer < layers(); layer++) {
            draws.addAll(layerDraws(layer, feedForward));
        }
        draws.addAll(headDraws());
        return draws;
    }

    /** All tensors of the model. */
    default List<TensorSpec> allTensors() {
        List<TensorSpec> all = new ArrayList<>(embeddings());
        for (int layer = 0; layer < layers(); layer++) {
            all.addAll(layer(layer, true));
        }
        all.addAll(finalNorm());
        return all;
    }
}
