package org.consensusprobe.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.weights.TensorSpec;
import org.consensusprobe.weights.Weights;

/** The norms of decoders: whether the mean is subtracted, and what is stored of them. */
enum Norm {
    /** RMSNorm times weight. */
    RMS(false, true, 1, false, false),
    /** RMSNorm times 1 + weight, which is 0 before training. */
    RMS_ONE_PLUS(false, true, 0, true, false),
    /** RMSNorm that stores nothing. */
    RMS_BARE(false, false, 1, false, false),
    /** LayerNorm with weight and bias. */
    LAYER(true, true, 1, false, true),
    /** LayerNorm with weight 1 + w and bias; w is 1 before training, as its class says. */
    LAYER_ONE_PLUS(true, true, 1, true, true),
    /** LayerNorm without a bias. */
    LAYER_GAIN(true, true, 1, false, false),
    /** LayerNorm that stores nothing. */
    LAYER_BARE(true, false, 1, false, false);

    private final boolean centres;
    private final boolean gain;
    private final double initial;
    private final boolean onePlus;
    private final boolean bias;

    Norm(boolean centres, boolean gain, double initial, boolean onePlus, boolean bias) {
        this.centres = centres;
        this.gain = gain;
        this.initial = initial;
        this.onePlus = onePlus;
        this.bias = bias;
    }

    /** Whether the mean is subtracted. */
    boolean centres() {
        return centres;
    }

    /** What is stored of the norm of that name, over so many entries. */
    List<TensorSpec> tensors(String part, String name, long size) {
        List<TensorSpec> specs = new ArrayList<>();
        if (gain) {
            specs.add(TensorSpec.constant(part, name + ".weight", initial, size));
        }
        if (bias) {
            specs.add(TensorSpec.state(part, name + ".bias", size));
        }
        return specs;
    }

    /** The factor [D] of the norm of that name; empty where it stores none. */
    Optional<Tensor> factor(Kernels k, Weights w, String name) {
        return Optional.ofNullable(w.orNull(name + ".weight")).map(g -> onePlus ? k.onePlus(g) : g);
    }

    /** The norm of that name of x [.., D]. */
    Tensor of(Forward f, Weights w, String name, Tensor x, double eps) {
        Tensor factor = factor(f.kernels(), w, name).orElse(null); // [D]
        return centres
                ? f.layerNorm(x, factor, w.orNull(name + ".bias"), eps) // [.., D]
                : f.rmsNorm(x, factor, eps); // [.., D]
    }

    /** The norm of that name of every head's part of x [B, T, H d], with one factor [d]. */
    Tensor ofHeads(Forward f, Weights w, String name, Tensor x, int heads, double eps) {
        return HeadNorms.rms(f, x, heads, factor(f.kernels(), w, name).orElse(null), eps); // [B, T, H d]
    }
}
