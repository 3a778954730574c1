package org.consensusprobe.theory.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;

class DenseEigenvaluesTest {
    /** EJML alone says 19.13 for such a matrix where 29.16 is right, or gives up. */
    @Test
    void ofMatricesWithManyZeros() {
        for (long seed = 0; seed < 20; seed++) {
            Factors head =
                    new Factors(RandomMatrices.gaussian(40, 6, seed), RandomMatrices.gaussian(6, 40, seed + 1000));
            DMatrixRMaj full = RandomMatrices.product(head);
            DMatrixRMaj symmetric = new DMatrixRMaj(40, 40);
            CommonOps_DDRM.add(0.5, full, 0.5, CommonOps_DDRM.transpose(full, null), symmetric);
            assertThat(RandomMatrices.largestRealPart(symmetric))
                    .isCloseTo(RandomMatrices.largestOfSymmetric(symmetric), within(1e-7));
            assertThat(RandomMatrices.largestModulus(full))
                    .isCloseTo(
                            head.eigenvalues().stream()
                                    .mapToDouble(Eigenvalue::modulus)
                                    .max()
                                    .orElseThrow(),
                            within(1e-6));
        }
    }

    @Test
    void ofARotation() {
        DMatrixRMaj rotation = new DMatrixRMaj(new double[][] {{0, -2}, {2, 0}});
        assertThat(DenseEigenvalues.of(rotation)).hasSize(1).allSatisfy(value -> {
            assertThat(value.re()).isCloseTo(0, within(1e-12));
            assertThat(value.im()).isCloseTo(2, within(1e-12));
        });
    }

    @Test
    void ofTheZeroMatrix() {
        assertThat(DenseEigenvalues.of(new DMatrixRMaj(3, 3)))
                .isEqualTo(List.of(new Eigenvalue(0, 0), new Eigenvalue(0, 0), new Eigenvalue(0, 0)));
    }
}
