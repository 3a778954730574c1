package org.consensusprobe.measure;

import org.consensusprobe.measure.About.Cost;

/** How many directions the tokens use, as they are and about their mean. */
final class Ranks {
    /** A spread smaller than this many roundings of the states has the rank of their noise. */
    private static final double ROUNDINGS = 100;

    private static final String CENTRED_FLOOR =
            "NaN where |X - 1 xbar'|_F < 6e-6 |X|_F in float32, 1e-14 |X|_F in float64";

    private Ranks() {}

    static Measure effective() {
        return measure("effective-rank", false, true);
    }

    static Measure effectiveCentred() {
        return measure("effective-rank-centred", true, true);
    }

    static Measure stable() {
        return measure("stable-rank", false, false);
    }

    static Measure stableCentred() {
        return measure("stable-rank-centred", true, false);
    }

    private static Measure measure(String name, boolean centred, boolean effective) {
        String of = centred ? " of X - 1 xbar'" : " of X";
        return CloudMeasure.scalar(
                new About(
                        name,
                        (effective ? "exp(-sum p log p), p = sigma / sum sigma" : "|.|_F^2 / sigma_1^2") + of,
                        effective ? "Roy and Vetterli 2007" : "Rudelson and Vershynin 2007",
                        "1",
                        Cost.HIGH,
                        centred ? CENTRED_FLOOR : "none"),
                cloud -> rank(cloud, centred, effective));
    }

    private static double rank(Cloud cloud, boolean centred, boolean effective) {
        double[] sigma = centred ? cloud.centredValues() : cloud.values();
        if (centred && Math.sqrt(Cloud.sumOfSquares(sigma)) < ROUNDINGS * cloud.rounding() * cloud.norm()) {
            return Double.NaN;
        }
        return effective ? effective(sigma) : Cloud.sumOfSquares(sigma) / (sigma[0] * sigma[0]);
    }

    private static double effective(double[] sigma) {
        double sum = 0;
        for (double s : sigma) {
            sum += s;
        }
        double entropy = 0;
        for (double s : sigma) {
            double p = s / sum;
            entropy -= p > 0 ? p * Math.log(p) : 0;
        }
        return Double.isNaN(sum) || sum == 0 ? Double.NaN : Math.exp(entropy);
    }
}
