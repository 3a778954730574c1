package org.consensusprobe.weights;

import java.util.ArrayList;
import java.util.List;

/** A model whose initialisation is drawn by one generator, tensor after tensor, as a reference script draws it. */
public interface DrawOrder extends Parts {
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
}
