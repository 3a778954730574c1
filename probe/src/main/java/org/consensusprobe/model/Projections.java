package org.consensusprobe.model;

import java.util.Optional;
import org.consensusprobe.torch.Tensor;

/**
 * The matrices of one layer's attention, in the dtype of the weights' precision: y = x W' for W [out, in].
 *
 * <p>Head h of query and key is rows h d to (h + 1) d of q and of k (of its group's key/value head), and columns h d to
 * (h + 1) d of o. What a head's values add to the stream is U_h = W_O W_V diag(gain) (I - 11'/D), where the norm before
 * attention centres (LayerNorm), and U_h = W_O W_V diag(gain) where it does not (RMSNorm).
 *
 * @param q [H d, D]
 * @param k [G d, D]
 * @param v [G d, D]
 * @param o [D, H d]
 * @param heads query heads H
 * @param keyValueHeads key and value heads G
 * @param gain [D], the factor of the norm before attention as it multiplies (1 + w in gemma); empty where none stands there
 * @param centred whether that norm subtracts the mean
 */
public record Projections(
        Tensor q, Tensor k, Tensor v, Tensor o, int heads, int keyValueHeads, Optional<Tensor> gain, boolean centred) {}
