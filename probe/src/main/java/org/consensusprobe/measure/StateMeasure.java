package org.consensusprobe.measure;

import org.consensusprobe.torch.Kernels;

/** A measure of the hidden states of all prompts at one depth. */
public non-sealed interface StateMeasure extends Measure {
    /**
     * Measures.
     *
     * @return its values prompt after prompt, in the prompts' order
     */
    double[] of(Kernels kernels, DepthStates snapshot);

    /**
     * The same of a measure whose axes depend on the run's longest prompt, which may be left out of the snapshot.
     *
     * @param sizes of the run
     */
    default double[] of(Kernels kernels, DepthStates snapshot, Sizes sizes) {
        return of(kernels, snapshot);
    }
}
