package org.consensusprobe.experiment.settle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.consensusprobe.experiment.settle.Motion.Kind;
import org.consensusprobe.experiment.settle.Motion.Thresholds;
import org.junit.jupiter.api.Test;

/** Its words say no more than its prompts do. */
class SettlementTest {
    private static Settlement of(double[] errors, Kind... kinds) {
        List<Motion> motions = Arrays.stream(kinds)
                .map(kind -> new Motion(kind, 0.1, 1, 0.9, 1, kind == Kind.CYCLES ? 2 : 0, false))
                .toList();
        return new Settlement("trained", motions, motions, errors, 1e-15, 1e-4, Thresholds.usual(true), 0.5);
    }

    @Test
    void moreThanHalfGiveTheirName() {
        Settlement most = of(new double[] {1, 1, 1e-5}, Kind.DRIFTS, Kind.DRIFTS, Kind.WANDERS);
        assertThat(most.kind()).contains(Kind.DRIFTS);
        assertThat(most.cells())
                .startsWith("trained", "drifts", "2 of 3 (>= 14 %)")
                .contains("does not collapse");
    }

    @Test
    void halfIsNotMost() {
        Settlement tie = of(new double[] {1, 1e-5}, Kind.DRIFTS, Kind.WANDERS);
        assertThat(tie.kind()).isEmpty();
        assertThat(tie.mostCollapse()).isFalse();
        assertThat(tie.cells())
                .startsWith("trained", "mixed", "drifts 1, wanders 1 of 2")
                .containsSequence("mixed", "1 of 2 (>= 3 %)");
        assertThat(SettlementJson.of(tie).get("verdict").asText()).isEqualTo("mixed");
    }

    @Test
    void aPromptWithoutAnErrorNeitherCollapsesNorStaysApart() {
        Settlement undefined = of(new double[] {1, Double.NaN}, Kind.SETTLES, Kind.SETTLES);
        assertThat(undefined.cells()).contains("mixed").doesNotContain("collapses", "does not collapse");
    }
}
