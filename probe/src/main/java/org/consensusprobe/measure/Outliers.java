package org.consensusprobe.measure;

import java.util.Arrays;
import java.util.List;
import org.consensusprobe.measure.About.Cost;

/** Entries and dimensions of the states that are far larger than the rest: massive activations, outlier dimensions. */
final class Outliers {
    private static final int SHOWN = 5;
    private static final String MASSIVE = "massive activations, Sun et al. 2024, arXiv 2402.17762";
    private static final String TIES = "none; of equal entries the first token's, then the first dimension's, is first";
    private static final String KERNEL = "largest_activations";

    private Outliers() {}

    static Measure entries() {
        return largest("largest-activations", "x_id of the five largest |x_id|, with its sign", "activation", 0);
    }

    static Measure toMedian() {
        return largest(
                "largest-activations-to-median", "the five largest |x_id| over the median of all |x_id|", "1", 1);
    }

    static Measure tokens() {
        return largest("largest-activations-token", "i of the five largest |x_id|, from 1", "token", 2);
    }

    static Measure dimensions() {
        return largest("largest-activations-dimension", "d of the five largest |x_id|, from 0", "dimension", 3);
    }

    static Measure kurtosis() {
        return new ChunkMeasure(
                new About(
                        "kurtosis",
                        "m_4 / m_2^2: of the T D entries about their mean (3 where they are normal); of the D dimensions,"
                                + " mean s_d^4 / (mean s_d^2)^2 with s_d^2 = mean_i x_id^2 (1 where all are as large)",
                        "Elhage et al. 2023, Privileged Bases; He et al. 2024, arXiv 2405.19279",
                        "1",
                        Cost.LOW,
                        "none; NaN where all entries are equal"),
                List.of(new Axis("of", List.of("entries", "dimensions"))),
                Work.WIDE_STATES,
                (k, chunk) -> k.measures().reduce("kurtosis", chunk.x()));
    }

    static Measure normShare() {
        return new ChunkMeasure(
                new About(
                        "norm-share",
                        "share of the k largest of the D terms sum_i x_id^2 of |X|_F^2, k = 1, 5",
                        "rogue dimensions, Timkey and van Schijndel 2021, of the states as they are",
                        "1",
                        Cost.LOW,
                        "none"),
                List.of(Axis.of("k", 1, 5)),
                Work.WIDE_STATES,
                (k, chunk) -> k.measures().reduce("norm_shares", chunk.x()));
    }

    private static Measure largest(String name, String formula, String unit, int column) {
        return new ChunkMeasure(
                new About(name, formula, MASSIVE, unit, Cost.MEDIUM, TIES),
                List.of(Axis.of("rank", 1, 2, 3, 4, 5)),
                Work.WIDE_STATES,
                (k, chunk) -> column(
                        chunk.once(KERNEL, () -> k.measures().reduce(KERNEL, chunk.x(), (long) SHOWN)),
                        column,
                        chunk.members().length));
    }

    /** One of the four columns of [prompts][entries][4], NaN behind the last entry of states that have fewer than five. */
    private static double[] column(double[] all, int column, int prompts) {
        int there = all.length / prompts / 4;
        double[] values = new double[prompts * SHOWN];
        Arrays.fill(values, Double.NaN);
        for (int prompt = 0; prompt < prompts; prompt++) {
            for (int rank = 0; rank < there; rank++) {
                values[prompt * SHOWN + rank] = all[(prompt * there + rank) * 4 + column];
            }
        }
        return values;
    }
}
