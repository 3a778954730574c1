package org.consensusprobe.theory.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Leading pairs by iteration against dense decompositions, and the residuals of the pairs themselves. */
class ArnoldiTest {
    @ParameterizedTest
    @ValueSource(ints = {8, 30, 120, 250})
    void rightmostAndLargestOfRandomMatrices(int n) {
        DMatrixRMaj matrix = RandomMatrices.gaussian(n, n, n);
        Arnoldi.Result right = Arnoldi.leading(RandomMatrices.square(matrix).operator(), Arnoldi.End.RIGHTMOST, 4);
        Arnoldi.Result large = Arnoldi.leading(RandomMatrices.square(matrix).operator(), Arnoldi.End.LARGEST, 2);
        assertThat(right.converged()).isTrue();
        assertThat(large.converged()).isTrue();
        assertThat(right.residual()).isLessThan(1e-8);
        assertThat(large.residual()).isLessThan(1e-8);
        assertThat(right.values().get(0).re())
                .isCloseTo(RandomMatrices.largestRealPart(matrix), within(1e-8 * Math.sqrt(n)));
        assertThat(large.values().get(0).modulus())
                .isCloseTo(RandomMatrices.largestModulus(matrix), within(1e-8 * Math.sqrt(n)));
    }

    @Test
    void largestOfASymmetricMatrixWithItsVector() {
        DMatrixRMaj matrix = RandomMatrices.symmetric(150, 3);
        Arnoldi.Result result =
                Arnoldi.largestOfSymmetric(RandomMatrices.square(matrix).operator(), 2);
        assertThat(result.converged()).isTrue();
        assertThat(result.residual()).isLessThan(1e-9);
        assertThat(result.values().get(0).re()).isCloseTo(RandomMatrices.largestRealPart(matrix), within(1e-10 * 20));
        assertThat(result.values().get(0).re())
                .isGreaterThan(result.values().get(1).re());
        double[] v = result.vectors().get(0);
        assertThat(SquareMatrix.dot(v, 0, v, 0, v.length)).isCloseTo(1, within(1e-12));
    }

    @Test
    void anAntisymmetricMatrixHasImaginaryPairs() {
        DMatrixRMaj matrix = RandomMatrices.antisymmetric(60, 4);
        Arnoldi.Result large = Arnoldi.leading(RandomMatrices.square(matrix).operator(), Arnoldi.End.LARGEST, 2);
        assertThat(large.values().get(0).isComplex()).isTrue();
        assertThat(large.values().get(0).re())
                .isCloseTo(0, within(1e-8 * large.values().get(0).im()));
        assertThat(large.values().get(0).im())
                .isCloseTo(
                        RandomMatrices.largestModulus(matrix),
                        within(1e-8 * large.values().get(0).im()));
    }

    @Test
    void aMultipleOfTheIdentityHasOneEigenvalue() {
        DMatrixRMaj matrix = CommonOps_DDRM.identity(40);
        CommonOps_DDRM.scale(2.5, matrix);
        Arnoldi.Result right = Arnoldi.leading(RandomMatrices.square(matrix).operator(), Arnoldi.End.RIGHTMOST, 4);
        assertThat(right.values()).isNotEmpty().allSatisfy(value -> {
            assertThat(value.re()).isCloseTo(2.5, within(1e-12));
            assertThat(value.im()).isZero();
        });
    }

    @Test
    void aMatrixOfRankOneHasOneEigenvalueBesidesZero() {
        DMatrixRMaj u = RandomMatrices.gaussian(50, 1, 7);
        DMatrixRMaj w = RandomMatrices.gaussian(1, 50, 8);
        DMatrixRMaj matrix = RandomMatrices.product(new Factors(u, w));
        double trace = CommonOps_DDRM.trace(matrix);
        Arnoldi.Result large = Arnoldi.leading(RandomMatrices.square(matrix).operator(), Arnoldi.End.LARGEST, 2);
        assertThat(large.values().get(0).re()).isCloseTo(trace, within(1e-9 * Math.abs(trace)));
    }

    @Test
    void theSameMatrixGivesTheSameDigits() {
        SquareMatrix matrix = RandomMatrices.square(RandomMatrices.gaussian(100, 100, 11));
        assertThat(Arnoldi.leading(matrix.operator(), Arnoldi.End.RIGHTMOST, 4).values())
                .isEqualTo(Arnoldi.leading(matrix.operator(), Arnoldi.End.RIGHTMOST, 4)
                        .values());
    }
}
