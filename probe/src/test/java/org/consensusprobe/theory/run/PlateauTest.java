package org.consensusprobe.theory.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlateauTest {
    @Test
    void aTenthOfTheRecordAboveOneCluster() {
        double[] counts = new double[40];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = i < 3 ? 9 - i : i < 7 ? 4 : i < 10 ? 2 : 1;
        }
        assertThat(Plateau.of(counts)).containsExactly(new Plateau(4, 3, 4));
        assertThat(Plateau.merges(counts)).containsExactly(1, 2, 3, 7, 10);
    }

    @Test
    void oneClusterIsTheEndNotAPlateau() {
        assertThat(Plateau.of(new double[] {1, 1, 1, 1, 1})).isEmpty();
    }

    @Test
    void aRecordThatNeverChangesIsOnePlateau() {
        assertThat(Plateau.of(new double[] {3, 3, 3, 3})).containsExactly(new Plateau(3, 0, 4));
    }

    @Test
    void undefinedCountsEndAStretch() {
        assertThat(Plateau.of(new double[] {3, 3, Double.NaN, 3, 3}))
                .containsExactly(new Plateau(3, 0, 2), new Plateau(3, 3, 2));
    }
}
