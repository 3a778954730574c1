package org.consensusprobe.report.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.consensusprobe.report.stats.PairedDepth.Answer;
import org.junit.jupiter.api.Test;

class PairedDepthTest {
    private static final double NONE = Double.NaN;

    /** Worked by hand: 4 x 0.005, 3 x 0.01, 2 x 0.03, and never less than the one before. */
    @Test
    void correctsAfterHolm() {
        assertThat(Holm.corrected(new double[] {0.01, 0.04, NONE, 0.03, 0.005}))
                .containsExactly(new double[] {0.03, 0.06, NONE, 0.06, 0.02}, within(1e-15));
        assertThat(Holm.corrected(new double[] {0.9, 0.8})).containsExactly(1, 1);
    }

    /** The distribution function of Student with 4 degrees of freedom in closed form; its 97.5 % quantile is 2.776445105. */
    @Test
    void testsPromptByPrompt() {
        double[][] base = {{0.51}, {0.62}, {0.43}, {0.70}, {0.55}};
        double[][] tuned = {{0.55}, {0.63}, {0.49}, {0.74}, {0.56}};
        PairedDepth found = PairedDepth.of(base, tuned, -1)[0];
        assertThat(found.difference().value()).isCloseTo(0.032, within(1e-15));
        assertThat(found.p()).isCloseTo(0.029918052212731, within(1e-12));
        assertThat(found.corrected()).isEqualTo(found.p());
        assertThat(found.interval().orElseThrow().low()).isCloseTo(0.005081366, within(1e-8));
        assertThat(found.interval().orElseThrow().high()).isCloseTo(0.058918634, within(1e-8));
        assertThat(found.answer()).isEqualTo(Answer.DIFFERS);
    }

    @Test
    void saysNoMoreThanItKnows() {
        double[][] base = {{0.5, 1e-16, NONE, 3, 0.1}, {0.4, 2e-16, NONE, 3, NONE}};
        double[][] tuned = {{0.5, 3e-16, 0.2, 4, 0.2}, {0.4, 1e-16, 0.2, 4, 0.3}};
        PairedDepth[] found = PairedDepth.of(base, tuned, 1e-14);
        assertThat(found)
                .extracting(PairedDepth::answer)
                .containsExactly(
                        Answer.SAME, Answer.AT_FLOOR, Answer.UNDEFINED, Answer.CANNOT_BE_TOLD, Answer.CANNOT_BE_TOLD);
        // two prompts that both differ by 1 are one chance in two, whatever their spread
        assertThat(found[3].p()).isEqualTo(0.5);
        assertThat(found[4].prompts()).isEqualTo(1);
        assertThat(found[4].p()).isNaN();
    }

    /** Where nothing differs, a depth is named in one run of twenty, not at one depth of twenty. */
    @Test
    void namesADepthWronglyInOneRunOfTwenty() {
        Random random = new Random(7);
        int wrong = 0;
        int runs = 2000;
        for (int run = 0; run < runs; run++) {
            double[][] base = new double[6][20];
            double[][] tuned = new double[6][20];
            for (int prompt = 0; prompt < 6; prompt++) {
                for (int depth = 0; depth < 20; depth++) {
                    base[prompt][depth] = random.nextGaussian();
                    tuned[prompt][depth] = base[prompt][depth] + random.nextGaussian();
                }
            }
            for (PairedDepth depth : PairedDepth.of(base, tuned, -1)) {
                if (depth.differs()) {
                    wrong++;
                    break;
                }
            }
        }
        assertThat(wrong / (double) runs).isBetween(0.03, 0.065);
    }
}
