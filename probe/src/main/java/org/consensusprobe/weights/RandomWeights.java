package org.consensusprobe.weights;

import java.util.List;
import java.util.Map;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * Weights as the initialisation draws them, drawn again whenever a layer is needed.
 *
 * <p>The draws are those of transformers 4's {@code model.apply(model._init_weights)} after {@code torch.manual_seed}:
 * float32, on the CPU, every module in order, one generator for all. Fixed weights are drawn with {@code seed};
 * weights of their own for every pass with {@code seed + pass}. The first draw is of the whole model; those of later
 * passes leave out feed-forward layers that the run has stripped, as the reference script does.
 */
public final class RandomWeights implements WeightSource {
    private final DrawOrder parts;
    private final boolean feedForward;
    private final long seed;
    private final boolean eachPass;
    private final Precision precision;
    private DrawSequence sequence;
    private int sequencePass = -1;

    /**
     * Weights drawn from a seed.
     *
     * @param feedForward whether the run's blocks have their feed-forward half
     * @param eachPass whether every pass has a draw of its own
     */
    public RandomWeights(DrawOrder parts, boolean feedForward, long seed, boolean eachPass, Precision precision) {
        this.parts = parts;
        this.feedForward = feedForward;
        this.seed = seed;
        this.eachPass = eachPass;
        this.precision = precision;
    }

    @Override
    public Weights embeddings(Kernels kernels) {
        return draw(kernels, 0, parts.embeddings(), 0, parts.allDraws(true).size());
    }

    @Override
    public Weights layer(Kernels kernels, int pass, int layer) {
        int first = parts.embeddingDraws().size();
        for (int before = 0; before < layer; before++) {
            first += layerDraws(pass, before).size();
        }
        int last = first + layerDraws(pass, layer).size();
        return draw(kernels, pass, parts.layer(layer, feedForward), first, last);
    }

    @Override
    public Weights finalNorm(Kernels kernels, int pass) {
        return WeightSource.gather(parts.finalNorm(), spec -> untouched(kernels, spec));
    }

    @Override
    public Weights head(Kernels kernels, int pass) {
        return draw(
                kernels,
                pass,
                parts.head(),
                0,
                parts.allDraws(drawsFeedForward(eachPass ? pass : 0)).size());
    }

    @Override
    public boolean changesEachPass() {
        return eachPass;
    }

    private List<Draw> layerDraws(int pass, int layer) {
        return parts.layerDraws(layer, drawsFeedForward(pass));
    }

    private boolean drawsFeedForward(int pass) {
        return feedForward || !eachPass || pass == 0;
    }

    private Weights draw(Kernels kernels, int pass, List<TensorSpec> specs, int first, int last) {
        Map<String, Tensor> drawn = sequence(pass).draw(kernels, specs, first, last, precision);
        return WeightSource.gather(specs, spec -> {
            Tensor tensor = drawn.get(spec.name());
            return tensor == null ? untouched(kernels, spec) : tensor;
        });
    }

    private DrawSequence sequence(int pass) {
        int drawPass = eachPass ? pass : 0;
        if (sequencePass != drawPass) {
            close();
            sequence = new DrawSequence(parts.allDraws(drawsFeedForward(drawPass)), seed + drawPass);
            sequencePass = drawPass;
        }
        return sequence;
    }

    private Tensor untouched(Kernels kernels, TensorSpec spec) {
        return precision.prepare(
                kernels, kernels.tensors().filled(spec.shapeArray(), spec.initial(), precision.state()), spec);
    }

    @Override
    public void close() {
        if (sequence != null) {
            sequence.close();
        }
    }
}
