package org.consensusprobe.measure;

import java.util.List;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;

/** Controls: how much of the error a common direction or a few dimensions make. */
final class Anisotropy {
    private static final String FLOOR = "float32 about 1e-14, float64 1e-32";

    private Anisotropy() {}

    static Measure projected() {
        return new ChunkMeasure(
                new About(
                        "error-projected",
                        "eq. 25 of (I - 11'/D) x_i",
                        "the sphere that LayerNorm sees",
                        "1",
                        Cost.LOW,
                        FLOOR),
                Work.WIDE_STATES,
                (k, chunk) -> k.measures().reduce("error_projected", chunk.x()));
    }

    static Measure dimensionShares() {
        return new ChunkMeasure(
                new About(
                        "dimension-share",
                        "share of the k largest of the D terms of |ubar|^2 = mean over all i, j of cos(u_i, u_j), k = 1,"
                                + " 5",
                        "rogue dimensions, Timkey and van Schijndel 2021",
                        "1",
                        Cost.LOW,
                        "none"),
                List.of(Axis.of("k", 1, 5)),
                Work.STATES,
                (k, chunk) -> k.measures().reduce("dimension_shares", chunk.x()));
    }

    static Measure withoutMean() {
        return new WithoutMean();
    }

    /** Eq. 25 of tokens less the mean of all tokens of all prompts. */
    private record WithoutMean() implements StateMeasure {
        @Override
        public About about() {
            return new About(
                    "error-without-mean",
                    "eq. 25 of x_i - m, m the mean of all tokens of all prompts at that depth",
                    "common-mean removal, Mu and Viswanath 2018",
                    "1",
                    Cost.LOW,
                    "rounding of the states beside m; NaN where a token equals m");
        }

        @Override
        public long bytes(Sizes sizes) {
            return Work.WIDE_STATES.bytes(sizes);
        }

        @Override
        public double[] of(Kernels kernels, DepthStates snapshot) {
            double[] values = new double[snapshot.prompts()];
            try (Scope scope = Scope.open()) {
                Kernels k = kernels.in(scope);
                Tensor sum = null; // float64 [D]
                long tokens = 0;
                for (DepthStates.Chunk chunk : snapshot.chunks()) {
                    Tensor part = k.measures().derive("token_sum", chunk.x());
                    sum = sum == null ? part : k.add(sum, part);
                    tokens += (long) chunk.members().length * chunk.tokens();
                }
                Tensor mean = k.scale(sum, 1.0 / tokens);
                for (DepthStates.Chunk chunk : snapshot.chunks()) {
                    double[] part = k.measures().reduce("error_less", chunk.x(), mean);
                    for (int i = 0; i < part.length; i++) {
                        values[chunk.members()[i]] = part[i];
                    }
                }
            }
            return values;
        }
    }
}
