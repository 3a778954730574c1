package org.consensusprobe.theory.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Closed forms on small clouds. */
class TokenCloudTest {
    @Test
    void tokensOnBothSides() {
        // directions at 0, 60 and 180 degrees, of any length
        TokenCloud cloud = new TokenCloud(new double[] {3, 0, 1, Math.sqrt(3), -0.1, 0}, 2);
        assertThat(cloud.shareOnTheSideOf(new double[] {1, 0})).isEqualTo(2 / 3.0);
        assertThat(cloud.shareOnTheSideOf(new double[] {-1, 0})).isEqualTo(1 / 3.0);
        assertThat(cloud.farthestFrom(new double[] {1, 0})).isCloseTo(2, within(1e-14));
        assertThat(cloud.farthestFromFirst()).isCloseTo(2, within(1e-14));
        assertThat(cloud.meanDirection()[0]).isCloseTo(0.5, within(1e-14));
    }

    @Test
    void aLineTurnsToTheSideOfTheMeanToken() {
        TokenCloud cloud = new TokenCloud(new double[] {1, 0.1, 1, -0.1}, 2);
        assertThat(cloud.oriented(new double[] {-1, 0})).containsExactly(1, -0.0);
        assertThat(cloud.oriented(new double[] {1, 0})).containsExactly(1, 0);
    }

    @Test
    void nearConsensusTheDistanceIsNotRounding() {
        for (double angle : new double[] {1e-3, 1e-6, 1e-9}) {
            TokenCloud cloud = new TokenCloud(new double[] {1, 0, Math.cos(angle), Math.sin(angle)}, 2);
            assertThat(cloud.farthestFromFirst()).isCloseTo(angle * angle / 2, within(1e-6 * angle * angle / 2));
        }
    }
}
