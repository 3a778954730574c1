package org.consensusprobe.model;

import java.util.List;
import java.util.regex.Pattern;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.ExpectedTensor;
import org.consensusprobe.weights.Parts;
import org.consensusprobe.weights.TensorTable;
import org.consensusprobe.weights.Weights;

/**
 * One architecture at one size: which tensors it has, how they are initialised, and what a block does with them.
 *
 * <p>Implementations hold sizes and no weights. Shapes: B prompts, T tokens, D model width.
 */
public interface Transformer extends Parts {
    /** The sizes that the rest of the program needs to know. */
    Sizes sizes();

    /** What may stand before the names of tensors in a file. */
    List<String> prefixes();

    /** Names of stored tensors, without a prefix, that are not read: mask buffers, tied heads. */
    List<Pattern> ignorable();

    /**
     * The hidden states that enter the first layer, h0.
     *
     * @param w the embedding tables
     * @param ids int64 [B, T]
     * @param dtype the dtype of hidden states
     * @return [B, T, D]
     */
    Tensor embed(Kernels kernels, Weights w, Tensor ids, DType dtype);

    /**
     * One block, in place.
     *
     * @param w the layer's weights
     * @param x [B, T, D]: the residual stream, overwritten by the block's output
     * @param feedForward whether the feed-forward half runs, with its norm and its skip
     */
    void block(Kernels kernels, Weights w, int layer, Tensor x, boolean feedForward);

    /** The norm after the last block: x [B, T, D] -> [B, T, D]. */
    Tensor finalNorm(Kernels kernels, Weights w, Tensor x);

    /**
     * Sizes of a transformer.
     *
     * @param modelType the {@code model_type} of its config
     * @param layers blocks in one pass
     * @param width the model width D
     * @param heads attention heads
     * @param context the longest prompt, in tokens
     * @param vocabulary number of token ids
     * @param inner the feed-forward width
     */
    record Sizes(String modelType, int layers, int width, int heads, int context, int vocabulary, int inner) {}

    /** What the files of this model contain. */
    default TensorTable.Layout fileLayout() {
        List<ExpectedTensor> expected = allTensors().stream()
                .map(spec -> new ExpectedTensor(spec.name(), spec.shape(), true))
                .toList();
        return new TensorTable.Layout(expected, prefixes(), ignorable());
    }
}
