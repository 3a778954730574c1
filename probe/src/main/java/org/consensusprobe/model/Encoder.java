package org.consensusprobe.model;

import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/** What encoders share: every token sees every token, no norm stands after the last block, nothing scores a next token. */
interface Encoder extends Transformer {
    @Override
    default boolean causal() {
        return false;
    }

    @Override
    default List<TensorSpec> finalNorm() {
        return List.of();
    }

    @Override
    default Tensor finalNorm(Forward f, Weights w, Tensor x) {
        return f.kernels().tensors().copy(x); // [B, T, D], in a scope of its own as a norm's result would be
    }

    @Override
    default List<TensorSpec> head() {
        return List.of();
    }

    @Override
    default Tensor logits(Kernels k, Weights w, Tensor x) {
        throw Problem.input(
                "A model of type %s is an encoder: it scores no next token. Use a decoder, such as gpt2.",
                sizes().modelType());
    }
}
