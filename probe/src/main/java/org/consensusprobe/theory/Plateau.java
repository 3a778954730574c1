package org.consensusprobe.theory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A metastable state: after clusters have merged, their number stays constant, above 1 and below an earlier one, for at
 * least a tenth of the record.
 *
 * <p>Below an earlier one, so that some cluster has two tokens or more: tokens that never met, each a
 * cluster of its own, are no metastable state however long they stay apart, nor is the state from which a record starts.
 *
 * @param clusters how many
 * @param onset its first entry's index in the record
 * @param length entries of the record
 */
public record Plateau(int clusters, int onset, int length) {
    /** The definition in one line. */
    public static final String DEFINITION =
            "after clusters have merged, their number stays constant, above 1 and below an"
                    + " earlier one, for a tenth of the record";

    private static final double LEAST_SHARE = 0.1;

    /** The plateaus of cluster counts in the order of time or depth; entries that are no number end a stretch. */
    public static List<Plateau> of(double[] counts) {
        List<Plateau> plateaus = new ArrayList<>();
        double most = Double.NEGATIVE_INFINITY;
        int start = 0;
        for (int i = 1; i <= counts.length; i++) {
            if (i == counts.length || counts[i] != counts[start]) {
                int length = i - start;
                boolean stays = length > 1 && length >= LEAST_SHARE * counts.length;
                if (stays && counts[start] > 1 && counts[start] < most) {
                    plateaus.add(new Plateau((int) counts[start], start, length));
                }
                most = counts[start] > most ? counts[start] : most;
                start = i;
            }
        }
        return plateaus;
    }

    /** The longest, and of equally long ones the first. */
    public static Optional<Plateau> longest(List<Plateau> plateaus) {
        return plateaus.stream()
                .max(Comparator.comparingInt(Plateau::length).thenComparing(Plateau::onset, Comparator.reverseOrder()));
    }

    /** The entries at which clusters have merged: the count is below the one before. */
    public static List<Integer> merges(double[] counts) {
        List<Integer> merges = new ArrayList<>();
        for (int i = 1; i < counts.length; i++) {
            if (counts[i] < counts[i - 1]) {
                merges.add(i);
            }
        }
        return merges;
    }
}
