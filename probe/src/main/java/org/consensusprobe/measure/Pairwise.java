package org.consensusprobe.measure;

import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Kernels;

/** How far all tokens are from each other, without a reference token. */
final class Pairwise {
    private static final String FLOOR = "float32 about 1e-14, float64 1e-32";

    private Pairwise() {}

    static Measure mean() {
        return new ChunkMeasure(
                new About(
                        "pairwise-mean",
                        "mean over all i, j of s_ij = (1/T) sum_i |u_i - ubar|^2 = 1 - R^2",
                        "mean cosine similarity, Ethayarajh 2019; 1 - R^2 of the order parameter",
                        "1",
                        Cost.LOW,
                        FLOOR),
                Work.STATES,
                (k, chunk) -> column(order(k, chunk), 0));
    }

    static Measure orderParameter() {
        return new ChunkMeasure(
                new About(
                        "order-parameter",
                        "R = |ubar|, ubar the mean of the u_i",
                        "Kuramoto order parameter, as in Geshkovski et al., arXiv 2312.10794",
                        "1",
                        Cost.LOW,
                        "none; 1 - R is better read from pairwise-mean"),
                Work.STATES,
                (k, chunk) -> column(order(k, chunk), 1));
    }

    static Measure max() {
        return new ChunkMeasure(
                new About(
                        "pairwise-max",
                        "max over i, j of s_ij",
                        "diameter of the cloud on the sphere, arXiv 2412.02682",
                        "1",
                        Cost.LOW,
                        FLOOR),
                Work.PAIRS,
                (k, chunk) -> k.measures().reduce("largest_pair", chunk.x()));
    }

    private static double[] order(Kernels k, DepthStates.Chunk chunk) {
        return chunk.once("order", () -> k.measures().reduce("order", chunk.x()));
    }

    /** One of two columns of [B, 2]. */
    static double[] column(double[] pairs, int column) {
        double[] values = new double[pairs.length / 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = pairs[2 * i + column];
        }
        return values;
    }
}
