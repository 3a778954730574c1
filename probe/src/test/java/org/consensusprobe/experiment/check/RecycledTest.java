package org.consensusprobe.experiment.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;
import org.consensusprobe.experiment.check.Recycled.Statement;
import org.consensusprobe.experiment.check.Recycled.Trend;
import org.consensusprobe.plan.Fields;
import org.consensusprobe.plan.MeasureNames;
import org.consensusprobe.plan.RouteFields;
import org.consensusprobe.plan.RunPlan;
import org.consensusprobe.plan.Values;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of recycling, of errors whose course is known. */
class RecycledTest {
    private static final double[] PROMPTS = {0.96, 1.0, 1.02, 1.05};

    @Test
    void whatStaysLevelIsSaidForAsManyPassesAgain() {
        Recycled level = after(16, pass -> 0.5);
        assertThat(level.statement()).isEqualTo(Statement.STAYS_APART);
        assertThat(level.reach()).isEqualTo(32);
        assertThat(level.trend()).isEqualTo(Trend.NEITHER);
    }

    @Test
    void tooFewPassesSayNothingEvenIfLevel() {
        assertThat(after(Recycled.FEWEST_TO_STAY - 1, pass -> 0.5).statement()).isEqualTo(Statement.CANNOT_BE_SAID);
        assertThat(after(Recycled.FEWEST_TO_STAY, pass -> 0.5).statement()).isEqualTo(Statement.STAYS_APART);
    }

    @Test
    void aSlowFallIsFollowedForThreeTimesAsManyPasses() {
        // 0.5 e^(-0.02 p): over the threshold at pass 32, and still at 64; 0.5 e^(-0.05 p) is under it by then
        Recycled slow = after(16, pass -> 0.5 * Math.exp(-0.02 * pass));
        assertThat(slow.statement()).isEqualTo(Statement.STAYS_APART);
        assertThat(slow.reach()).isEqualTo(64);
        Recycled faster = after(16, pass -> 0.5 * Math.exp(-0.05 * pass));
        assertThat(faster.statement()).isEqualTo(Statement.CANNOT_BE_SAID);
        assertThat(faster.trend()).isEqualTo(Trend.FALLING);
        assertThat(faster.rate().value()).isCloseTo(-0.05, within(1e-12));
    }

    @Test
    void aFallThatBendsDownIsNamed() {
        Recycled bending = after(16, pass -> 0.9 * Math.exp(-0.004 * pass * pass));
        assertThat(bending.statement()).isEqualTo(Statement.CANNOT_BE_SAID);
        assertThat(bending.trend()).isEqualTo(Trend.FALLING_FASTER);
    }

    @Test
    void collapseIsSaidOnceTwoPassesEndUnderTheThreshold() {
        Recycled fallen = after(8, pass -> Math.pow(10, -pass));
        assertThat(fallen.statement()).isEqualTo(Statement.COLLAPSES);
        assertThat(fallen.since()).isEqualTo(2);
        assertThat(after(8, pass -> pass == 8 ? 1e-3 : 0.5).statement()).isEqualTo(Statement.CANNOT_BE_SAID);
        // a rise from below is no collapse that may be counted on
        assertThat(after(8, pass -> 1e-3 * Math.pow(1.5, pass)).statement()).isEqualTo(Statement.CANNOT_BE_SAID);
    }

    @Test
    void promptsThatDisagreeAreCounted() {
        double[][] error = {{0.9, 0.5, 0.5, 0.5, 0.5}, {0.9, 0.5, 0.1, 1e-3, 1e-5}, {0.9, 0.5, 0.6, 0.4, 0.6}};
        Recycled divided = Recycled.of(evidence(error));
        assertThat(divided.statement()).isEqualTo(Statement.CANNOT_BE_SAID);
        assertThat(divided.trend()).isEqualTo(Trend.DIVIDED);
        assertThat(divided.collapsedPrompts()).isEqualTo(1);
    }

    /** An across-prompt cosine has grades, and where its interval spans several both ends are said. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            0.10 | 0.15 | prompts are unlike
            0.85 | 0.90 | prompts are much alike
            0.96 | 0.99 | prompts nearly agree
            0.40 | 0.60 | prompts are somewhat alike, or alike
            0.10 | 0.97 | prompts are unlike, or nearly agree
            """)
    void cosinesAreGraded(double low, double high, String words) {
        assertThat(Likeness.words(new Estimate((low + high) / 2, Optional.of(new Interval(low, high)))))
                .isEqualTo(words);
        assertThat(Likeness.words(new Estimate(Double.NaN, Optional.empty()))).isEqualTo("unknown");
    }

    /** Four prompts of one course, a little apart from each other; a pass is one block. */
    private static Recycled after(int passes, IntToDoubleFunction course) {
        double[][] error = new double[PROMPTS.length][passes + 1];
        for (int prompt = 0; prompt < error.length; prompt++) {
            for (int pass = 0; pass <= passes; pass++) {
                error[prompt][pass] = PROMPTS[prompt] * course.applyAsDouble(pass);
            }
        }
        return Recycled.of(evidence(error));
    }

    private static Evidence evidence(double[][] error) {
        RunPlan plan = RunPlan.of(Values.NONE
                .with(Fields.MODEL, "m")
                .with(Fields.PROMPTS, "random:4x8")
                .with(RouteFields.PASSES, error[0].length - 1));
        Map<String, double[][]> curves = Map.of(
                MeasureNames.ERROR, error,
                MeasureNames.ERROR_WITHOUT_TOKEN_1, error,
                Evidence.WITHOUT_MEAN, error,
                MeasureNames.ACROSS_PROMPT_SIMILARITY, error);
        Track track = new Track(plan.route(1), curves, 0);
        return new Evidence(new Evidence.Prompts("given", "random:4x8", "random ids"), 0.05, track, Map.of());
    }
}
