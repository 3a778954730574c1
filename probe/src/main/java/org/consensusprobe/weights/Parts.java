package org.consensusprobe.weights;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.consensusprobe.torch.Draw;

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

    /** The standard deviation of the initialisation's draws. */
    double initializerRange();

    /** How a tensor is drawn by its name. */
    default Draw draw(TensorSpec spec) {
        return new Draw(initializerRange(), initializerRange(), Double.POSITIVE_INFINITY);
    }

    /**
     * How one generator draws the whole initialisation; empty where every tensor is drawn by its name, see {@link
     * NamedRandomWeights}.
     */
    default Optional<DrawOrder> drawOrder() {
        return Optional.empty();
    }

    /** All tensors of the model, each once: layers may share theirs. */
    default List<TensorSpec> allTensors() {
        Set<TensorSpec> all = new LinkedHashSet<>(embeddings());
        for (int layer = 0; layer < layers(); layer++) {
            all.addAll(layer(layer, true));
        }
        all.addAll(finalNorm());
        return List.copyOf(all);
    }
}
