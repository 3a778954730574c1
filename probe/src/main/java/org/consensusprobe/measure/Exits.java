package org.consensusprobe.measure;

import java.util.Arrays;

/**
 * Where a looped model's gate would end, token by token: p_k = lambda_k prod_{j<k} (1 - lambda_j), lambda_k what the gate says after
 * pass k; the last pass takes the rest.
 */
public final class Exits {
    private final int[] lengths;
    private final int longest;
    private double[][] kept; // the probability of going on after the passes so far, and how many were expected

    /** No pass is done yet. */
    public Exits(int[] lengths) {
        this.lengths = lengths.clone();
        this.longest = Arrays.stream(lengths).max().orElseThrow();
        this.kept = new double[lengths.length][2 * longest];
        for (double[] row : kept) {
            Arrays.fill(row, 0, longest, 1);
        }
    }

    /**
     * Of a pass.
     *
     * @param probability of ending there, [prompts * longest], NaN behind the end of shorter prompts
     * @param expected the pass, from 1, that ending is expected at if no pass follows, mean over tokens, [prompts]
     */
    public record Values(double[] probability, double[] expected) {}

    /**
     * A pass is done.
     *
     * @param gates lambda of every token, [prompts][tokens]
     * @param last whether no pass follows
     */
    public Values after(double[][] gates, boolean last) {
        double[] probability = new double[lengths.length * longest];
        double[] expected = new double[lengths.length];
        Arrays.fill(probability, Double.NaN);
        for (int prompt = 0; prompt < lengths.length; prompt++) {
            double[] row = kept[prompt];
            double sum = 0;
            for (int token = 0; token < lengths[prompt]; token++) {
                double on = row[token];
                double gate = gates[prompt][token];
                probability[prompt * longest + token] = last ? on : gate * on;
                row[token] = on * (1 - gate);
                row[longest + token] += on;
                sum += row[longest + token];
            }
            expected[prompt] = sum / lengths[prompt];
        }
        return new Values(probability, expected);
    }

    /** For a file: [prompts][{@link #columns()}]. */
    public double[][] rows() {
        return kept;
    }

    /** Numbers that are kept of a prompt. */
    public int columns() {
        return 2 * longest;
    }

    /** Goes on where another process stood. */
    public void restore(double[][] rows) {
        kept = rows;
    }
}
