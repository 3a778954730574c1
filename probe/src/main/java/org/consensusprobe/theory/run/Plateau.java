package org.consensusprobe.theory.run;

import java.util.ArrayList;
import java.util.List;

/**
 * A metastable state: the number of clusters stays constant and above 1 for at least a tenth of the record.
 *
 * @param clusters how many
 * @param onset the first depth's index in the record
 * @param length entries of the record
 */
public record Plateau(int clusters, int onset, int length) {
    private static final double LEAST_SHARE = 0.1;

    /** The plateaus of one prompt's cluster counts along depth; entries that are no number end a stretch. */
    public static List<Plateau> of(double[] counts) {
        List<Plateau> plateaus = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= counts.length; i++) {
            if (i == counts.length || counts[i] != counts[start]) {
                if (counts[start] > 1 && i - start >= LEAST_SHARE * counts.length && i - start > 1) {
                    plateaus.add(new Plateau((int) counts[start], start, i - start));
                }
                start = i;
            }
        }
        return plateaus;
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
