package org.consensusprobe.measure;

import java.util.List;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Kernels;

/** How far the tokens are from their mean token: mu, and the residuals of rank collapse. */
final class Residual {
    private static final String DONG = "Dong et al. 2021, arXiv 2103.03404";
    private static final String WU = "Wu et al. 2024, arXiv 2405.18781";
    private static final String NOISE = "rounding of the states: about 1e-7 |X|_F in float32, 1e-16 |X|_F in float64";

    private Residual() {}

    static StateMeasure mu() {
        return new ChunkMeasure(
                new About("mu", "|X - 1 xbar'|_F", WU, "of the states", Cost.LOW, NOISE),
                Work.STATES,
                (k, chunk) -> Pairwise.column(norms(k, chunk), 0));
    }

    static Measure relative() {
        return new ChunkMeasure(
                new About("mu-relative", "|X - 1 xbar'|_F / |X|_F", WU, "1", Cost.LOW, NOISE),
                Work.STATES,
                (k, chunk) -> {
                    double[] norms = norms(k, chunk);
                    double[] values = new double[norms.length / 2];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = norms[2 * i] / norms[2 * i + 1];
                    }
                    return values;
                });
    }

    static Measure composite() {
        return new ChunkMeasure(
                new About(
                        "residual",
                        "|X - 1 xbar'| / |X| in the composite norm sqrt(|.|_1 |.|_inf); rank-residual has other norms too",
                        DONG,
                        "1",
                        Cost.LOW,
                        NOISE),
                Work.WIDE_STATES,
                (k, chunk) -> k.measures().relativeResidual(chunk.x()));
    }

    static Measure ofRankCollapse() {
        return new CloudMeasure(
                new About(
                        "rank-residual",
                        "|X - 1 xbar'| / |X| in the Frobenius, the spectral and the composite norm sqrt(|.|_1 |.|_inf)",
                        DONG,
                        "1",
                        Cost.HIGH,
                        NOISE),
                List.of(new Axis("norm", List.of("frobenius", "spectral", "composite"))),
                cloud -> {
                    double[] all = cloud.values();
                    double[] rest = cloud.centredValues();
                    Kernels k = cloud.kernels();
                    double composite = k.measures()
                                    .reduce("composite_of_cloud", k.measures().derive("centred", cloud.x()))[0]
                            / k.measures().reduce("composite_of_cloud", cloud.x())[0];
                    return new double[] {
                        Math.sqrt(Cloud.sumOfSquares(rest) / Cloud.sumOfSquares(all)), rest[0] / all[0], composite
                    };
                });
    }

    static Measure contraction() {
        return new BlockMeasure(
                new About(
                        "mu-contraction",
                        "mu after the block / mu before it",
                        "beside the bound of contraction-bound",
                        "1",
                        Cost.LOW,
                        NOISE),
                mu());
    }

    private static double[] norms(Kernels k, DepthStates.Chunk chunk) {
        return chunk.once("residual", () -> k.measures().reduce("spread_and_norm", chunk.x()));
    }
}
