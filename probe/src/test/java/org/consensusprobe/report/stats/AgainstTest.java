package org.consensusprobe.report.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Whether intervals hold what they promise, on values with an effect of the draw, of the prompt, and of both. */
class AgainstTest {
    private static final int PAIRS = 2000;
    private static final int PROMPTS = 4;
    private static final int DRAWS = 3;

    @Test
    void aFurtherDrawIsSeldomToldApart() {
        assertThat(told(0)).isLessThan(0.07);
    }

    @Test
    void whatIsFarOutsideOfTheDrawsIsTold() {
        assertThat(told(8)).isGreaterThan(0.8);
    }

    @Test
    void oneDrawTellsNothing() {
        Estimate estimate = Against.difference(new double[] {5, 6}, new double[][] {{1, 1}}, true);
        assertThat(estimate.value()).isCloseTo(4.5, within(1e-12));
        assertThat(estimate.interval()).isEmpty();
    }

    @Test
    void aShareIsARatioOfMeans() {
        double[] whole = {2, 2.2, 2.4};
        assertThat(Against.share(new double[] {1, 1.1, 1.2}, whole).value()).isCloseTo(0.5, within(1e-12));
        // no share of what may be no fall at all
        assertThat(Against.share(whole, new double[] {-1, 1, 0.5}).value()).isNaN();
    }

    /** How often a model is told apart whose value lies so many of the draws' deviations off their mean, with the draw's own. */
    private static double told(double off) {
        SplittableRandom random = new SplittableRandom(7);
        int told = 0;
        for (int pair = 0; pair < PAIRS; pair++) {
            double[] ofPrompts = normals(random, PROMPTS);
            double[] model = draw(random, ofPrompts, off);
            double[][] control = new double[DRAWS][];
            for (int k = 0; k < DRAWS; k++) {
                control[k] = draw(random, ofPrompts, 0);
            }
            Interval interval =
                    Against.difference(model, control, true).interval().orElseThrow();
            told += interval.contains(0) ? 0 : 1;
        }
        return told / (double) PAIRS;
    }

    private static double[] draw(RandomGenerator random, double[] ofPrompts, double off) {
        double own = off + random.nextGaussian();
        double[] values = new double[PROMPTS];
        for (int i = 0; i < PROMPTS; i++) {
            values[i] = ofPrompts[i] + own + 0.5 * random.nextGaussian();
        }
        return values;
    }

    private static double[] normals(RandomGenerator random, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextGaussian();
        }
        return values;
    }
}
