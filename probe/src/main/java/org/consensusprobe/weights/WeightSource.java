package org.consensusprobe.weights;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * Where the numbers of a model come from: a checkpoint, a permutation of one, or a seed.
 *
 * <p>Tensors are made in the scope of the kernels that are passed in, and live as long as it does. What a part holds
 * depends only on the pass and the layer asked for, never on what was asked for before; asking in the order of a run is
 * merely the fast way. A source is used by one thread at a time, but for tensors made {@linkplain TensorSpec#onDemand on demand}:
 * those of one layer may be asked for while another thread loads the next.
 */
public interface WeightSource extends AutoCloseable {
    /** The tables that embed the prompts, once, before the first pass. */
    Weights embeddings(Kernels kernels);

    /** One layer's weights. */
    Weights layer(Kernels kernels, int pass, int layer);

    /** The final norm's weights. */
    Weights finalNorm(Kernels kernels, int pass);

    /** The head's weights: those that score the next token after that pass. */
    Weights head(Kernels kernels, int pass);

    /** Whether a tensor is computed with where it lies in a file, and takes no memory of its own. */
    default boolean isMapped(TensorSpec spec) {
        return false;
    }

    /** Whether every pass has weights of its own, so that nothing may be kept from one to the next. */
    boolean changesEachPass();

    @Override
    void close();

    /**
     * Weights drawn from a seed, in the way of the model's initialisation.
     *
     * @param feedForward whether the run's blocks have their feed-forward half
     * @param eachPass whether every pass has a draw of its own
     */
    static WeightSource random(Parts parts, boolean feedForward, long seed, boolean eachPass, Precision precision) {
        return parts.drawOrder()
                .<WeightSource>map(order -> new RandomWeights(order, feedForward, seed, eachPass, precision))
                .orElseGet(() -> new NamedRandomWeights(parts, feedForward, seed, eachPass, precision));
    }

    /** Makes one tensor of a part. */
    @FunctionalInterface
    interface Maker {
        Tensor make(TensorSpec spec);
    }

    /** Makes all tensors of a part, those that are wanted {@linkplain TensorSpec#onDemand on demand} later, if ever. */
    static Weights gather(List<TensorSpec> specs, Maker maker) {
        Map<String, Tensor> byRole = new LinkedHashMap<>();
        Map<String, Supplier<Tensor>> waiting = new HashMap<>();
        for (TensorSpec spec : specs) {
            if (spec.onDemand()) {
                waiting.put(spec.role(), () -> maker.make(spec));
            } else {
                byRole.put(spec.role(), maker.make(spec));
            }
        }
        return new Weights(byRole, waiting);
    }
}
