package org.consensusprobe.theory.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;

/** Matrices made to fulfil a theorem's hypotheses, and matrices made to miss them. */
class HypothesesTest {
    private static final int WIDTH = 20;

    private static LayerMatrices oneHead(DMatrixRMaj value, DMatrixRMaj score) {
        DMatrixRMaj identity = CommonOps_DDRM.identity(WIDTH);
        return new LayerMatrices(
                List.of(new Factors(identity, value)),
                List.of(new Factors(identity, score)),
                RandomMatrices.square(value));
    }

    private static List<LayerSpectrum> spectra(LayerMatrices first, LayerMatrices second) {
        LayerSpectrum one = LayerSpectrum.of(0, first, null, null);
        return List.of(one, LayerSpectrum.of(1, second, first, one));
    }

    private static boolean applies(List<Hypothesis> all, String theorem) {
        return all.stream()
                .filter(h -> h.theorem().equals(theorem) && !h.needsRun())
                .allMatch(Hypothesis::holdsEverywhere);
    }

    private static DMatrixRMaj identity(double factor) {
        DMatrixRMaj matrix = CommonOps_DDRM.identity(WIDTH);
        CommonOps_DDRM.scale(factor, matrix);
        return matrix;
    }

    private static DMatrixRMaj positiveSemidefinite(long seed) {
        DMatrixRMaj root = RandomMatrices.gaussian(WIDTH, WIDTH, seed);
        DMatrixRMaj square = new DMatrixRMaj(WIDTH, WIDTH);
        CommonOps_DDRM.multTransA(root, root, square);
        return square;
    }

    @Test
    void theGradientFlowNeedsFullAttentionAndOneUnchangingSymmetricP() {
        LayerMatrices layer = oneHead(identity(1), positiveSemidefinite(1));
        List<LayerSpectrum> same = spectra(layer, layer);
        assertThat(applies(Hypotheses.of(same, false, 0.01, 5), "3.2")).isTrue();
        assertThat(applies(Hypotheses.of(same, true, 0.01, 5), "3.2")).isFalse();
        List<LayerSpectrum> changing = spectra(layer, oneHead(identity(1), positiveSemidefinite(2)));
        assertThat(applies(Hypotheses.of(changing, false, 0.01, 5), "3.2")).isFalse();
        assertThat(applies(Hypotheses.of(changing, false, 0.01, 5), "4.1")).isTrue();
    }

    @Test
    void multiplesOfTheIdentityMustBePositive() {
        DMatrixRMaj any = RandomMatrices.gaussian(WIDTH, WIDTH, 3);
        List<LayerSpectrum> positive = spectra(oneHead(identity(0.5), any), oneHead(identity(2), any));
        List<LayerSpectrum> negative = spectra(oneHead(identity(-0.5), any), oneHead(identity(2), any));
        assertThat(applies(Hypotheses.of(positive, true, 0.01, 5), "5.1")).isTrue();
        assertThat(applies(Hypotheses.of(positive, false, 0.01, 5), "5.1")).isFalse();
        assertThat(applies(Hypotheses.of(negative, true, 0.01, 5), "5.1")).isFalse();
    }

    @Test
    void aSymmetricValueMatrixWithALeaderFulfilsTheCausalTheorems() {
        DMatrixRMaj any = RandomMatrices.gaussian(WIDTH, WIDTH, 3);
        LayerMatrices layer = oneHead(positiveSemidefinite(4), any);
        List<Hypothesis> found = Hypotheses.of(spectra(layer, layer), true, 0.01, 5);
        assertThat(applies(found, "5.2")).isTrue();
        assertThat(applies(found, "5.3")).isTrue();
        assertThat(found).anyMatch(h -> h.theorem().equals("5.2") && h.needsRun());
        List<Hypothesis> drifting = Hypotheses.of(spectra(layer, oneHead(positiveSemidefinite(5), any)), true, 0.01, 5);
        assertThat(applies(drifting, "5.2")).isFalse();
        assertThat(applies(drifting, "5.3")).isFalse();
        List<Hypothesis> skewed = Hypotheses.of(spectra(oneHead(any, any), oneHead(any, any)), true, 0.01, 5);
        assertThat(applies(skewed, "5.2")).isFalse();
    }

    @Test
    void theDriftIsTheAngleBetweenLeadingLines() {
        DMatrixRMaj first = new DMatrixRMaj(WIDTH, WIDTH);
        DMatrixRMaj second = new DMatrixRMaj(WIDTH, WIDTH);
        double angle = Math.toRadians(3);
        double[] v = new double[WIDTH];
        v[0] = -Math.cos(angle);
        v[1] = -Math.sin(angle);
        first.set(0, 0, 2);
        for (int i = 0; i < WIDTH; i++) {
            for (int j = 0; j < WIDTH; j++) {
                second.set(i, j, v[i] * v[j]);
            }
        }
        DMatrixRMaj any = RandomMatrices.gaussian(WIDTH, WIDTH, 3);
        List<LayerSpectrum> layers = spectra(oneHead(first, any), oneHead(second, any));
        assertThat(layers.get(0).drift()).isNaN();
        assertThat(layers.get(1).drift()).isCloseTo(3, within(1e-6));
    }
}
