package org.consensusprobe.experiment.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.consensusprobe.results.FakeRuns;
import org.consensusprobe.results.Manifest;
import org.consensusprobe.results.ManifestSections;
import org.consensusprobe.results.RunReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StabilityTest {
    private static final int LAYERS = 2;
    private static final int PASSES = 3;

    @TempDir
    Path folder;

    private int runs;

    @Test
    void shrinkingDistancesAreStable() {
        // the distance is halved in every pass but the first, in which it grows tenfold
        Stability stability = of(0, new double[] {1e-12, 1e-10, 1e-10 / 4, 1e-10 / 16});
        assertThat(stability.growthPerPass().orElseThrow()).isCloseTo(0.5, within(1e-12));
        assertThat(stability.isStable()).contains(true);
        assertThat(stability.firstPassOnly()).isFalse();
        assertThat(stability.perturbation()).isEqualTo(1e-6);
        assertThat(stability.words())
                .isEqualTo(
                        "Consensus is stable: the distance of tokens 1e-6 apart is multiplied by 0.500 a pass (0.500 to 0.500"
                                + " over 1 prompt).");
    }

    @Test
    void growingDistancesAreUnstableAndTheMeanIsGeometric() {
        Stability stability =
                of(0, new double[] {1e-12, 1e-12, 4e-12, 16e-12}, new double[] {1e-12, 1e-12, 64e-12, 4096e-12});
        assertThat(stability.growthPerPass().orElseThrow()).isCloseTo(4, within(1e-12));
        assertThat(stability.lowest()).isCloseTo(2, within(1e-12));
        assertThat(stability.highest()).isCloseTo(8, within(1e-12));
        assertThat(stability.isStable()).contains(false);
    }

    @Test
    void whatIsNotLinearIsLeftOut() {
        // saturated from the second pass on: only the first pass is left
        Stability stability = of(0, new double[] {1e-12, 1e-6, 0.1, 0.7});
        assertThat(stability.firstPassOnly()).isTrue();
        assertThat(stability.growthPerPass().orElseThrow()).isCloseTo(1e3, within(1e-6));
        Stability lost = of(0, new double[] {1e-12, 0.2, 0.1, 0.7});
        assertThat(lost.growthPerPass()).isEmpty();
        assertThat(lost.isStable()).contains(false);
        assertThat(lost.words()).contains("no longer close after the first pass");
    }

    @Test
    void roundingIsLeftOut() {
        Stability stability = of(1e-18, new double[] {1e-12, 1e-14, 1e-19, 1e-19});
        assertThat(stability.firstPassOnly()).isTrue();
        assertThat(stability.growthPerPass().orElseThrow()).isCloseTo(0.1, within(1e-12));
        Stability gone = of(1e-18, new double[] {1e-12, 1e-19, 1e-19, 1e-19});
        assertThat(gone.isStable()).isEmpty();
        assertThat(gone.words()).contains("cannot be told");
    }

    @Test
    void promptsThatDisagreeLeaveItOpen() {
        Stability stability =
                of(0, new double[] {1e-12, 1e-12, 4e-12, 16e-12}, new double[] {1e-12, 1e-12, 1e-13, 1e-14});
        assertThat(stability.isStable()).isEmpty();
        assertThat(stability.words()).contains("differs from prompt to prompt");
    }

    /** The stability that such errors at the ends of passes show. */
    private Stability of(double floor, double[]... ends) {
        double[][] error = new double[ends.length][PASSES * LAYERS + 1];
        for (int prompt = 0; prompt < ends.length; prompt++) {
            for (int depth = 0; depth < error[prompt].length; depth++) {
                error[prompt][depth] = depth % LAYERS == 0 ? ends[prompt][depth / LAYERS] : Double.NaN;
            }
        }
        Manifest manifest = FakeRuns.manifest("m", LAYERS, "trained", true, PASSES, ends.length, floor);
        manifest.floor(new ManifestSections.Floor(floor, "float64", "from equal tokens"));
        manifest.section("plan").put("initial", "consensus+1e-6");
        Path run = folder.resolve("run-" + runs++);
        FakeRuns.write(run, manifest, error);
        return Stability.of(RunReader.open(run));
    }
}
