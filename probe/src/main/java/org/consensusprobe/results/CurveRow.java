package org.consensusprobe.results;

import java.util.ArrayList;
import java.util.List;

/**
 * The error at one depth, over prompts.
 *
 * @param depth blocks passed so far; 0 is the embedding
 * @param pass the pass, from 0; the embedding belongs to pass 0
 * @param layer the model's layer, from 1; 0 for the embedding
 * @param std standard deviation with ddof 0
 * @param p10 10th percentile, linearly interpolated as by {@code numpy.percentile}
 */
public record CurveRow(
        int depth,
        int pass,
        int layer,
        double mean,
        double std,
        double min,
        double p10,
        double p50,
        double p90,
        double max) {
    /** The cells of its line: every double read back is the double written; NaN is {@code nan}. */
    public List<String> cells() {
        List<String> cells =
                new ArrayList<>(List.of(Integer.toString(depth), Integer.toString(pass), Integer.toString(layer)));
        for (double value : new double[] {mean, std, min, p10, p50, p90, max}) {
            cells.add(text(value));
        }
        return cells;
    }

    private static String text(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        return Double.toString(value);
    }
}
