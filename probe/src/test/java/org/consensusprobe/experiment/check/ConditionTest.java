package org.consensusprobe.experiment.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.Problem;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.Route;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionTest {
    /** Two passes of two blocks: native depth is 2, the end 4. */
    private static final Evidence EVIDENCE = new Evidence(
            new Evidence.Prompts("given", "p", "prompts"),
            0.05,
            new Track(
                    Route.whole(2, 2),
                    Map.of(
                            MeasureNames.ERROR, rows(0.9, 0.5, 0.04, 0.03, 0.001),
                            MeasureNames.ERROR_WITHOUT_TOKEN_1, rows(0.9, 0.5, 0.06, 0.03, 0.001),
                            Evidence.WITHOUT_MEAN, rows(1, 0.8, 0.2, 0.2, 0.1),
                            MeasureNames.ACROSS_PROMPT_SIMILARITY, rows(0, 0.1, 0.2, 0.3, 0.4)),
                    1e-14),
            Map.of(
                    Control.WITHOUT_ATTENTION,
                    List.of(new Track(
                            Route.whole(2, 2),
                            Map.of(
                                    MeasureNames.ERROR, rows(0.9, 0.7, 0.6, 0.5, 0.4),
                                    MeasureNames.ERROR_WITHOUT_TOKEN_1, rows(0.9, 0.7, 0.6, 0.5, 0.4)),
                            1e-14))));

    /** Two prompts, a hundredth below and above. */
    private static double[][] rows(double... mean) {
        return new double[][] {
            Arrays.stream(mean).map(v -> 0.99 * v).toArray(),
            Arrays.stream(mean).map(v -> 1.01 * v).toArray()
        };
    }

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
        "error > 1 @ end and error < 0.05 @ native, false",
        "error-median < 0.28 @ native, true",
        "error-median < 0.26 @ native, false",
        "error-smallest < 0.002 @ end, true",
        "attention-share > 0.8 @ native, true",
        "attention-share > 0.9 @ native, false",
        "common-share < 0.6 @ end, false",
        "decades-per-pass > 0 @ end or decades-per-pass < 1 @ end, false"
    })
    void holds(String text, Boolean expected) {
        if (expected == null) {
            assertThatThrownBy(() -> Condition.parse(text, 2)).hasMessageContaining("no measure of a check");
        } else {
            assertThat(Condition.parse(text, 2).holds(EVIDENCE)).isEqualTo(expected);
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
}
