package org.consensusprobe.theory;

import java.util.List;
import org.consensusprobe.theory.attention.Head;

/**
 * The attention of one layer of a checkpoint in the papers' form: scores x_i' Q' K x_j and values U x_j.
 *
 * @param name the model, layer and head as they were asked for
 * @param dim the model width D
 * @param heads Q and K [d_h, D], scaled as the model scales its scores; U = W_O W_V [D, D]
 */
public record LearnedMatrices(String name, int dim, List<Head> heads) {
    public LearnedMatrices {
        heads = List.copyOf(heads);
    }
}
