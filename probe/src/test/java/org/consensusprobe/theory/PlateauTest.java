package org.consensusprobe.theory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlateauTest {
    /** Counts given as value, times, value, times... */
    private static double[] record(int... valuesAndTimes) {
        double[] counts = new double[0];
        for (int i = 0; i < valuesAndTimes.length; i += 2) {
            int from = counts.length;
            counts = Arrays.copyOf(counts, from + valuesAndTimes[i + 1]);
            Arrays.fill(counts, from, counts.length, valuesAndTimes[i]);
        }
        return counts;
    }

    @Test
    void aTenthOfTheRecordAboveOneCluster() {
        double[] counts = record(9, 1, 8, 1, 7, 1, 4, 4, 2, 3, 1, 30);
        assertThat(Plateau.of(counts)).containsExactly(new Plateau(4, 3, 4));
        assertThat(Plateau.merges(counts)).containsExactly(1, 2, 3, 7, 10);
    }

    @Test
    void oneClusterIsTheEndNotAPlateau() {
        assertThat(Plateau.of(record(1, 5))).isEmpty();
        assertThat(Plateau.of(record(2, 1, 1, 9))).isEmpty();
    }

    @Test
    void singleTokensThatStaySingleAreNoPlateau() {
        assertThat(Plateau.of(record(48, 40))).isEmpty();
        assertThat(Plateau.of(record(48, 20, 1, 20))).isEmpty();
        // two come near and part again: 48 single tokens as before
        assertThat(Plateau.of(record(48, 10, 47, 1, 48, 29))).isEmpty();
    }

    @Test
    void theStartIsNoPlateauHoweverFewItsClusters() {
        assertThat(Plateau.of(record(20, 30, 1, 10))).isEmpty();
        assertThat(Plateau.of(record(20, 15, 30, 15))).isEmpty();
        assertThat(Plateau.of(record(20, 15, 19, 15, 1, 10))).containsExactly(new Plateau(19, 15, 15));
    }

    @Test
    void clustersThatPartAfterAMergeMayRest() {
        assertThat(Plateau.of(record(48, 1, 20, 1, 30, 18))).containsExactly(new Plateau(30, 2, 18));
    }

    @Test
    void undefinedCountsEndAStretch() {
        double[] counts = {5, 3, 3, Double.NaN, 3, 3};
        assertThat(Plateau.of(counts)).containsExactly(new Plateau(3, 1, 2), new Plateau(3, 4, 2));
        assertThat(Plateau.of(new double[] {Double.NaN, 3, 3})).isEmpty();
    }

    @Test
    void theLongestIsTheFirstOfEquals() {
        Plateau early = new Plateau(4, 2, 5);
        Plateau late = new Plateau(3, 7, 5);
        assertThat(Plateau.longest(List.of(late, early, new Plateau(2, 12, 3)))).contains(early);
        assertThat(Plateau.longest(List.of())).isEmpty();
    }
}
