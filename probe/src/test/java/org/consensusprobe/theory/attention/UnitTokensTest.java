package org.consensusprobe.theory.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Closed forms on small clouds. */
class UnitTokensTest {
    @Test
    void tokensOnBothSides() {
        // directions at 0, 60 and 180 degrees, of any length
        UnitTokens cloud = UnitTokens.of(new double[] {3, 0, 1, Math.sqrt(3), -0.1, 0}, 2);
        assertThat(cloud.shareOnTheSideOf(new double[] {1, 0})).isEqualTo(2 / 3.0);
        assertThat(cloud.shareOnTheSideOf(new double[] {-1, 0})).isEqualTo(1 / 3.0);
        assertThat(cloud.farthestFrom(new double[] {1, 0})).isCloseTo(2, within(1e-14));
        assertThat(cloud.farthestFromFirst()).isCloseTo(2, within(1e-14));
        assertThat(cloud.meanDirection()[0]).isCloseTo(0.5, within(1e-14));
    }

    @Test
    void aLineTurnsToTheSideOfTheMeanToken() {
        UnitTokens cloud = UnitTokens.of(new double[] {1, 0.1, 1, -0.1}, 2);
        assertThat(cloud.oriented(new double[] {-1, 0})).containsExactly(1, -0.0);
        assertThat(cloud.oriented(new double[] {1, 0})).containsExactly(1, 0);
    }

    @Test
    void nearConsensusTheDistanceIsNotRounding() {
        for (double angle : new double[] {1e-3, 1e-6, 1e-9}) {
            UnitTokens cloud = UnitTokens.of(new double[] {1, 0, Math.cos(angle), Math.sin(angle)}, 2);
            assertThat(cloud.farthestFromFirst()).isCloseTo(angle * angle / 2, within(1e-6 * angle * angle / 2));
        }
    }

    @Test
    void pairsMakeEnergyAndClusters() {
        double angle = Math.toRadians(10);
        UnitTokens cloud = UnitTokens.of(new double[] {2, 0, Math.cos(angle), Math.sin(angle), 0, 5}, 2);
        double near = 1 - Math.cos(angle);
        double far = 1 - Math.sin(angle);
        double expected = -2 * (Math.expm1(-3 * near) + Math.expm1(-3) + Math.expm1(-3 * far)) / 9;
        assertThat(cloud.energyDeficit(3)).isCloseTo(expected, within(1e-14));
        assertThat(cloud.error()).isCloseTo((near + 1) / 3, within(1e-15));
        assertThat(cloud.clusters(9)).isEqualTo(3);
        assertThat(cloud.clusters(15)).isEqualTo(2);
        assertThat(cloud.clusters(81)).isEqualTo(1);
    }
}
