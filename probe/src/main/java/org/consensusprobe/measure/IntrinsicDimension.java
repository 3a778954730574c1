package org.consensusprobe.measure;

import java.util.Arrays;
import org.consensusprobe.measure.About.Cost;
import org.consensusprobe.torch.Tensor;

/** TwoNN: the dimension of the cloud from each token's two nearest neighbours. */
final class IntrinsicDimension {
    private static final double KEPT = 0.9;
    private static final int FEWEST = 10;
    private static final double ROUNDINGS = 1000;

    private IntrinsicDimension() {}

    static Measure measure() {
        return CloudMeasure.scalar(
                new About(
                        "intrinsic-dimension",
                        "slope through 0 of -log(1 - F) against log mu, mu = r_2 / r_1 of each token's two nearest, F ="
                                + " rank / T, without the largest tenth",
                        "TwoNN, Facco et al. 2017",
                        "1",
                        Cost.MEDIUM,
                        "NaN below " + FEWEST
                                + " tokens, and where a token's nearest is closer than 6e-5 of its norm in"
                                + " float32, 1e-13 in float64"),
                IntrinsicDimension::dimension);
    }

    private static double dimension(Cloud cloud) {
        int n = cloud.tokens();
        if (n < FEWEST) {
            return Double.NaN;
        }
        double[] near = new double[2 * n];
        Tensor v = cloud.kernels().measures().derive("centred", cloud.x()); // [T, D]
        Tensor q = cloud.kernels().measures().derive("half_norms", v); // [T]
        cloud.byRows((k, first, last) -> {
            double[] part = k.measures().reduce("two_nearest", cloud.x(), v, q, (long) first, (long) last);
            System.arraycopy(part, 0, near, 2 * first, part.length);
        });
        double[] norms = cloud.kernels().measures().reduce("row_norms", cloud.x());
        double[] logs = new double[n];
        for (int i = 0; i < n; i++) {
            if (!(near[2 * i] > ROUNDINGS * cloud.rounding() * norms[i])) {
                return Double.NaN;
            }
            logs[i] = Math.log(near[2 * i + 1] / near[2 * i]);
        }
        Arrays.sort(logs);
        double xy = 0;
        double xx = 0;
        for (int i = 0; i < (int) (KEPT * n); i++) {
            double y = -Math.log1p(-(i + 1.0) / n);
            xy += logs[i] * y;
            xx += logs[i] * logs[i];
        }
        return xx == 0 ? Double.NaN : xy / xx;
    }
}
