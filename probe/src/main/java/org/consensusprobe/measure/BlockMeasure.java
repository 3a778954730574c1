package org.consensusprobe.measure;

import org.consensusprobe.torch.Kernels;

/**
 * A measure of what one block does: the ratio of a size of the states after it to that before it. At the embedding it is
 * NaN.
 *
 * @param quantity of every prompt's states; at least 0
 */
public record BlockMeasure(About about, StateMeasure quantity) implements Measure {
    @Override
    public long bytes(Sizes sizes) {
        return quantity.bytes(sizes);
    }

    /** Its quantities before or after the block, prompt after prompt. */
    public double[] quantities(Kernels kernels, DepthStates snapshot) {
        return quantity.of(kernels, snapshot);
    }

    /** From nothing to nothing is no ratio. */
    public static double[] ratios(double[] after, double[] before) {
        double[] ratios = new double[after.length];
        for (int i = 0; i < after.length; i++) {
            ratios[i] = before[i] == 0 ? Double.NaN : after[i] / before[i];
        }
        return ratios;
    }
}
