package org.consensusprobe.theory.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.junit.jupiter.api.Test;

/** Heads' numbers, from small products, against the full matrices. */
class MatrixSpectrumTest {
    private static final int WIDTH = 40;
    private static final int HEAD = 6;

    private static Factors random(long seed) {
        return new Factors(
                RandomMatrices.gaussian(WIDTH, HEAD, seed), RandomMatrices.gaussian(HEAD, WIDTH, seed + 1000));
    }

    @Test
    void ofARandomHeadAsTheFullMatrixSays() {
        for (long seed = 0; seed < 10; seed++) {
            Factors head = random(seed);
            DMatrixRMaj full = RandomMatrices.product(head);
            MatrixSpectrum spectrum = MatrixSpectrum.of(head, null);
            DMatrixRMaj transposed = CommonOps_DDRM.transpose(full, null);
            DMatrixRMaj difference = new DMatrixRMaj(WIDTH, WIDTH);
            CommonOps_DDRM.subtract(full, transposed, difference);
            double norm = NormOps_DDRM.normF(full);
            assertThat(spectrum.norm()).isCloseTo(norm, within(1e-10 * norm));
            assertThat(spectrum.asymmetry()).isCloseTo(NormOps_DDRM.normF(difference) / (2 * norm), within(1e-10));
            double factor = CommonOps_DDRM.trace(full) / WIDTH;
            DMatrixRMaj rest = full.copy();
            for (int i = 0; i < WIDTH; i++) {
                rest.add(i, i, -factor);
            }
            assertThat(spectrum.identityFactor()).isCloseTo(factor, within(1e-10 * norm));
            assertThat(spectrum.identityDistance()).isCloseTo(NormOps_DDRM.normF(rest) / norm, within(1e-10));
            assertThat(spectrum.leading().re())
                    .isCloseTo(Math.max(0, RandomMatrices.largestRealPart(full)), within(1e-7 * norm));
            assertThat(spectrum.dominant().modulus())
                    .isCloseTo(RandomMatrices.largestModulus(full), within(1e-7 * norm));
            DMatrixRMaj symmetric = new DMatrixRMaj(WIDTH, WIDTH);
            CommonOps_DDRM.add(0.5, full, 0.5, transposed, symmetric);
            assertThat(spectrum.symmetricLargest())
                    .isCloseTo(RandomMatrices.largestOfSymmetric(symmetric), within(1e-10 * norm));
            CommonOps_DDRM.scale(-1, symmetric);
            assertThat(spectrum.symmetricSmallest())
                    .isCloseTo(-RandomMatrices.largestOfSymmetric(symmetric), within(1e-10 * norm));
        }
    }

    @Test
    void asymmetryOfIndependentEntriesIsTheRootOfOneHalf() {
        SquareMatrix matrix = RandomMatrices.square(RandomMatrices.gaussian(400, 400, 5));
        assertThat(matrix.moments().asymmetry()).isCloseTo(Math.sqrt(0.5), within(0.005));
    }

    @Test
    void symmetricAndAntisymmetricAreTheEndsOfTheScale() {
        assertThat(RandomMatrices.square(RandomMatrices.symmetric(50, 1))
                        .moments()
                        .asymmetry())
                .isLessThan(1e-7);
        assertThat(RandomMatrices.square(RandomMatrices.antisymmetric(50, 2))
                        .moments()
                        .asymmetry())
                .isCloseTo(1, within(1e-12));
    }

    @Test
    void aSymmetricHeadHasRealEigenvaluesEqualToThoseOfItsSymmetricPart() {
        DMatrixRMaj left = RandomMatrices.gaussian(WIDTH, HEAD, 3);
        MatrixSpectrum spectrum = MatrixSpectrum.of(new Factors(left, CommonOps_DDRM.transpose(left, null)), null);
        assertThat(spectrum.asymmetry()).isLessThan(1e-7);
        assertThat(spectrum.leading().isComplex()).isFalse();
        assertThat(spectrum.leading().re())
                .isCloseTo(spectrum.symmetricLargest(), within(1e-10 * spectrum.symmetricLargest()));
        assertThat(spectrum.gap()).isCloseTo(spectrum.symmetricGap(), within(1e-8));
        assertThat(spectrum.symmetricSmallest()).isCloseTo(0, within(1e-6 * spectrum.symmetricLargest()));
        assertThat(spectrum.leadsSimplyAndPositively(0.001)).isTrue();
    }

    @Test
    void aHeadThatOnlyTurnsBackHasTheKernelAsItsLeadingEigenvalue() {
        DMatrixRMaj left = RandomMatrices.gaussian(WIDTH, HEAD, 3);
        DMatrixRMaj right = CommonOps_DDRM.transpose(left, null);
        CommonOps_DDRM.scale(-1, right);
        MatrixSpectrum spectrum = MatrixSpectrum.of(new Factors(left, right), null);
        assertThat(spectrum.leading()).isEqualTo(new Eigenvalue(0, 0));
        assertThat(spectrum.gap()).isZero();
        assertThat(spectrum.dominant().re()).isNegative();
        assertThat(spectrum.leadsSimplyAndPositively(0)).isFalse();
    }

    @Test
    void ofRankOne() {
        DMatrixRMaj u = RandomMatrices.gaussian(WIDTH, 1, 7);
        DMatrixRMaj w = RandomMatrices.gaussian(1, WIDTH, 8);
        MatrixSpectrum spectrum = MatrixSpectrum.of(new Factors(u, w), null);
        double inner = SquareMatrix.dot(u.data, 0, w.data, 0, WIDTH);
        assertThat(spectrum.dominant().re()).isCloseTo(inner, within(1e-12 * Math.abs(inner)));
        assertThat(spectrum.norm())
                .isCloseTo(NormOps_DDRM.normF(u) * NormOps_DDRM.normF(w), within(1e-10 * spectrum.norm()));
    }

    @Test
    void changeBetweenEqualAndUnrelatedMatrices() {
        Factors one = random(1);
        assertThat(MatrixSpectrum.of(one, one).change()).isLessThan(1e-7);
        DMatrixRMaj far = RandomMatrices.product(one);
        DMatrixRMaj other = RandomMatrices.product(random(2));
        DMatrixRMaj difference = new DMatrixRMaj(WIDTH, WIDTH);
        CommonOps_DDRM.subtract(far, other, difference);
        assertThat(MatrixSpectrum.of(one, random(2)).change())
                .isCloseTo(
                        NormOps_DDRM.normF(difference) / Math.hypot(NormOps_DDRM.normF(far), NormOps_DDRM.normF(other)),
                        within(1e-10));
    }

    @Test
    void aMultipleOfTheIdentity() {
        DMatrixRMaj left = CommonOps_DDRM.identity(20);
        DMatrixRMaj right = CommonOps_DDRM.identity(20);
        CommonOps_DDRM.scale(0.7, right);
        MatrixSpectrum spectrum = MatrixSpectrum.of(new Factors(left, right), null);
        assertThat(spectrum.identityDistance()).isLessThan(1e-7);
        assertThat(spectrum.identityFactor()).isCloseTo(0.7, within(1e-14));
        assertThat(spectrum.gap()).isZero();
    }

    @Test
    void productsDoNotDependOnHowTheSymmetricPartIsSummed() {
        DMatrixRMaj matrix = RandomMatrices.gaussian(37, 37, 9);
        double[] x = RandomMatrices.gaussian(37, 1, 10).data;
        double[] y = new double[37];
        RandomMatrices.square(matrix).symmetricPart().apply(x, 0, y, 0);
        for (int i = 0; i < 37; i++) {
            double expected = 0;
            for (int j = 0; j < 37; j++) {
                expected += (matrix.get(i, j) + matrix.get(j, i)) / 2 * x[j];
            }
            assertThat(y[i]).isCloseTo(expected, within(1e-12));
        }
    }
}
