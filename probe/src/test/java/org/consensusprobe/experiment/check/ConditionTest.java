package org.consensusprobe.experiment.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionTest {
    /** Two passes of two blocks: native depth is 2, the end 4. */
    private static final Profile PROFILE = new Profile(
            "trained",
            Route.whole(2, 2),
            Map.of(
                    MeasureNames.ERROR, new double[] {0.9, 0.5, 0.04, 0.03, 0.001},
                    MeasureNames.ERROR_WITHOUT_TOKEN_1, new double[] {0.9, 0.5, 0.06, 0.03, 0.001},
                    MeasureNames.ACROSS_PROMPT_SIMILARITY, new double[] {0, 0.1, 0.2, 0.3, 0.4}));

    @ParameterizedTest
    @CsvSource({
        "error < 0.05 @ native, true",
        "error<0.05@native, true",
        "error < 0.04 @ native, false",
        "error > 0.04 @ native, false",
        "error < 5e-2 @ pass:1, true",
        "error < 0.002 @ end, true",
        "error < 0.002 @ pass:2, true",
        "ERROR-free > 1 @ end, ",
        "error-without-token-1 < 0.05 @ native, false",
        "across-prompt-similarity > 0.3 @ end, true",
        "error < 0.05 @ native and error-without-token-1 < 0.05 @ native, false",
        "error < 0.05 @ native or error-without-token-1 < 0.05 @ native, true",
        "error > 1 @ end AND error > 1 @ end OR error < 0.05 @ native, true",
        "error < 0.05 @ native or error > 1 @ end and error > 1 @ end, true",
        "error > 1 @ end and error < 0.05 @ native, false"
    })
    void holds(String text, Boolean expected) {
        if (expected == null) {
            assertThatThrownBy(() -> Condition.parse(text, 2)).hasMessageContaining("no measure of a check");
        } else {
            assertThat(Condition.parse(text, 2).holds(PROFILE)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | a comparison is missing",
                "error | cannot read \"error\"",
                "error < 0.05 | cannot read",
                "error < 0.05 @ native and | a comparison is missing",
                "error < 0.05 @ native or or error > 1 @ end | a comparison is missing",
                "(error < 0.05 @ native) | \"(error\" is no measure",
                "error <= 0.05 @ native | expected < or >",
                "error = 0.05 @ native | expected < or >",
                "error < much @ native | \"much\" is no number",
                "error < NaN @ native | \"NaN\" is no number",
                "error < 0.05 @ layer:3 | \"layer:3\" is no depth; expected native, end, or pass:N",
                "error < 0.05 @ pass:0 | is no depth",
                "error < 0.05 @ pass:3 | pass:3 lies behind the last pass; --passes is 2",
                "loss < 0.05 @ native | expected error or another of one number a depth"
            })
    void refusesWhatItCannotRead(String text, String reason) {
        assertThatThrownBy(() -> Condition.parse(text, 2))
                .isInstanceOfSatisfying(
                        Problem.class, p -> assertThat(p.exitCode()).isEqualTo(Problem.WRONG_INPUT))
                .hasMessageContaining("--fail-if")
                .hasMessageContaining(reason);
    }

    @Test
    void collapseNeedsBothErrors() {
        assertThat(PROFILE.collapsed(Depth.NATIVE, 0.05)).isFalse();
        assertThat(PROFILE.collapsed(Depth.NATIVE, 0.07)).isTrue();
        assertThat(PROFILE.collapsedFrom(0.05)).hasValue(3);
        assertThat(PROFILE.collapsedFrom(1e-4)).isEmpty();
    }
}
