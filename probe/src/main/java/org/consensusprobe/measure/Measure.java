package org.consensusprobe.measure;

import org.consensusprobe.torch.Kernels;

/** Reduces the hidden states at one depth to one number per prompt. */
public interface Measure {
    /** Its name in options, manifests and file names. */
    String name();

    /** What its values are counted in; "1" for a pure number. */
    String unit();

    /** The formula in one line, with u_i for unit tokens. */
    String formula();

    /**
     * Measures.
     *
     * @return one value per prompt, in the prompts' order; NaN where the measure is not defined
     */
    double[] of(Kernels kernels, Snapshot snapshot);
}
