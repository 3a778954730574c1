package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.measure.About.Cost;

/** How the cosines of all pairs of tokens are spread, on one axis for every depth and model. */
final class CosineHistogram {
    private static final int BINS = 40;

    private CosineHistogram() {}

    static Measure measure() {
        return new CloudMeasure(
                new About(
                        "cosine-histogram",
                        "share of pairs i < j with cos(u_i, u_j) in each of " + BINS + " bins over [-1, 1]; the last is"
                                + " closed",
                        "Geshkovski et al., arXiv 2312.10794",
                        "1",
                        Cost.MEDIUM,
                        "none"),
                List.of(new Axis(
                        "cosine_from",
                        IntStream.range(0, BINS)
                                .mapToObj(b -> String.format(java.util.Locale.ROOT, "%.2f", -1 + 2.0 * b / BINS))
                                .toList())),
                CosineHistogram::shares);
    }

    private static double[] shares(Cloud cloud) {
        int n = cloud.tokens();
        double[] shares = new double[BINS];
        double each = 2.0 / ((double) n * (n - 1)); // infinite for one token, which has no pair
        cloud.pairs((first, s) -> {
            for (int i = first; i < first + s.length / n; i++) {
                for (int j = i + 1; j < n; j++) {
                    int bin = (int) Math.floor((2 - s[(i - first) * n + j]) / 2 * BINS);
                    shares[Math.max(0, Math.min(BINS - 1, bin))] += each;
                }
            }
        });
        if (n < 2) {
            Arrays.fill(shares, Double.NaN);
        }
        return shares;
    }
}
