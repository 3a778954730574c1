package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.consensusprobe.common.Problem;
import org.junit.jupiter.api.Test;

class SamplingTest {
    private static final double[] P = {0.1, 0.5, 0.1, 0.3};

    @Test
    void greedyTakesTheMostProbableAndAsksForNoNumber() {
        assertThat(new Sampling(true, 0.8, 1).choose(P, () -> {
                    throw new AssertionError("a number was drawn");
                }))
                .isEqualTo(1);
    }

    /** In order 0.5, 0.3, 0.1, 0.1; cumulative 0.5, 0.8, 0.9, 1: over 0.8 goes, at 0.8 stays. */
    @Test
    void nucleusDropsWhatExceedsTheBoundInclusively() {
        Sampling nucleus = new Sampling(false, 0.8, 1);
        assertThat(nucleus.choose(P, () -> 0)).isEqualTo(1);
        assertThat(nucleus.choose(P, () -> 0.62)).isEqualTo(1); // 0.62 of the kept 0.8 is 0.496
        assertThat(nucleus.choose(P, () -> 0.63)).isEqualTo(3);
        assertThat(nucleus.choose(P, () -> Math.nextDown(1.0))).isEqualTo(3);
    }

    @Test
    void theFirstTokenIsNeverDropped() {
        assertThat(new Sampling(false, 0.01, 1).choose(P, () -> Math.nextDown(1.0)))
                .isEqualTo(1);
    }

    @Test
    void allTokensStayAtOne() {
        Sampling all = new Sampling(false, 1, 1);
        assertThat(all.choose(P, () -> 0.85)).isEqualTo(0); // equally probable ones in the order of their ids
        assertThat(all.choose(P, () -> 0.95)).isEqualTo(2);
    }

    @Test
    void temperatureFlattens() {
        double[] scores = {0, Math.log(3)};
        assertThat(new Sampling(false, 1, 1).distribution(scores)[1]).isCloseTo(0.75, within(1e-15));
        assertThat(new Sampling(false, 1, 1e9).distribution(scores)[1]).isCloseTo(0.5, within(1e-9));
        assertThat(new Sampling(true, 1, 5).distribution(scores)[1]).isCloseTo(0.75, within(1e-15));
    }

    @Test
    void entropyOfEqualChances() {
        assertThat(Sampling.entropy(new double[] {0.25, 0.25, 0.25, 0.25, 0})).isCloseTo(Math.log(4), within(1e-15));
    }

    @Test
    void wrongSettingsAreRefused() {
        assertThatThrownBy(() -> new Sampling(false, 0, 1))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("--top-p");
        assertThatThrownBy(() -> new Sampling(false, 1, 0))
                .isInstanceOf(Problem.class)
                .hasMessageContaining("--greedy");
    }

    @Property
    void aDistributionSumsToOneAndTheChoiceHasAChance(
            @ForAll @Size(min = 1, max = 50) double[] raw,
            @ForAll @DoubleRange(min = 0.05, max = 1) double topP,
            @ForAll @DoubleRange(min = 0, max = 1, maxIncluded = false) double uniform) {
        double[] scores = Arrays.stream(raw).map(x -> Math.IEEEremainder(x, 30)).toArray();
        Sampling sampling = new Sampling(false, topP, 1);
        double[] p = sampling.distribution(scores);
        assertThat(Arrays.stream(p).sum()).isCloseTo(1, within(1e-12));
        assertThat(p[sampling.choose(p, () -> uniform)]).isPositive();
    }
}
