package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import org.consensusprobe.measure.About.Cost;

/** How much the interaction energy of the tokens is below its maximum, which equal tokens have. */
final class EnergyDeficit {
    private static final double[] BETAS = {0.1, 1, 5, 9};

    private EnergyDeficit() {}

    static Measure measure() {
        return new CloudMeasure(
                new About(
                        "energy-deficit",
                        "1 - E_b / E_b,max = -mean over i, j of expm1(-b s_ij) for b = 0.1, 1, 5, 9",
                        "E_b of Geshkovski et al., arXiv 2312.10794, and the mean-field papers",
                        "1",
                        Cost.MEDIUM,
                        "float32 about b 1e-14, float64 b 1e-32"),
                List.of(Axis.of("beta", BETAS)),
                EnergyDeficit::deficits);
    }

    private static double[] deficits(Cloud cloud) {
        double[] sums = new double[BETAS.length];
        cloud.pairs((first, s) -> {
            for (int b = 0; b < BETAS.length; b++) {
                double sum = sums[b];
                for (double pair : s) {
                    sum -= Math.expm1(-BETAS[b] * pair);
                }
                sums[b] = sum;
            }
        });
        double all = (double) cloud.tokens() * cloud.tokens();
        return Arrays.stream(sums).map(sum -> sum / all).toArray();
    }
}
