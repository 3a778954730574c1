package org.consensusprobe.theory.spectrum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.consensusprobe.model.Projections;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Scope;
import org.consensusprobe.torch.Tensor;
import org.consensusprobe.torch.Torch;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** U_h and P_h against their definition, written out with dense matrices. */
class LayerMatricesTest {
    private static final int WIDTH = 24;
    private static final int HEADS = 4;
    private static final int D = 6;

    private Scope scope;
    private Kernels kernels;

    @BeforeEach
    void open() {
        Torch.start(1);
        scope = Scope.open();
        kernels = Kernels.plain(scope);
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private Tensor tensor(DMatrixRMaj matrix) {
        return kernels.tensors().values(matrix.data.clone(), matrix.numRows, matrix.numCols);
    }

    private static DMatrixRMaj norm(DMatrixRMaj gain, boolean centred) {
        DMatrixRMaj n = new DMatrixRMaj(WIDTH, WIDTH); // diag(gain) (I - 11'/D)
        for (int i = 0; i < WIDTH; i++) {
            for (int j = 0; j < WIDTH; j++) {
                double centre = (i == j ? 1 : 0) - (centred ? 1.0 / WIDTH : 0);
                n.set(i, j, gain.get(i) * centre);
            }
        }
        return n;
    }

    private static DMatrixRMaj times(DMatrixRMaj a, DMatrixRMaj b) {
        DMatrixRMaj c = new DMatrixRMaj(a.numRows, b.numCols);
        CommonOps_DDRM.mult(a, b, c);
        return c;
    }

    private void assertDefinition(int keyValueHeads, boolean centred) {
        DMatrixRMaj q = RandomMatrices.gaussian(HEADS * D, WIDTH, 1);
        DMatrixRMaj k = RandomMatrices.gaussian(keyValueHeads * D, WIDTH, 2);
        DMatrixRMaj v = RandomMatrices.gaussian(keyValueHeads * D, WIDTH, 3);
        DMatrixRMaj o = RandomMatrices.gaussian(WIDTH, HEADS * D, 4);
        DMatrixRMaj gain = RandomMatrices.gaussian(WIDTH, 1, 5);
        LayerMatrices matrices = LayerMatrices.of(
                kernels,
                new Projections(
                        tensor(q),
                        tensor(k),
                        tensor(v),
                        tensor(o),
                        HEADS,
                        keyValueHeads,
                        Optional.of(kernels.tensors().values(gain.data.clone(), WIDTH)),
                        centred));
        DMatrixRMaj n = norm(gain, centred);
        DMatrixRMaj sum = new DMatrixRMaj(WIDTH, WIDTH);
        for (int h = 0; h < HEADS; h++) {
            int group = h / (HEADS / keyValueHeads);
            DMatrixRMaj out = CommonOps_DDRM.extract(o, 0, WIDTH, h * D, (h + 1) * D);
            DMatrixRMaj value = CommonOps_DDRM.extract(v, group * D, (group + 1) * D, 0, WIDTH);
            DMatrixRMaj query = CommonOps_DDRM.extract(q, h * D, (h + 1) * D, 0, WIDTH);
            DMatrixRMaj key = CommonOps_DDRM.extract(k, group * D, (group + 1) * D, 0, WIDTH);
            DMatrixRMaj u = times(times(out, value), n);
            DMatrixRMaj p = times(CommonOps_DDRM.transpose(times(query, n), null), times(key, n));
            assertSame(RandomMatrices.product(matrices.values().get(h)), u);
            assertSame(RandomMatrices.product(matrices.queryKeys().get(h)), p);
            CommonOps_DDRM.addEquals(sum, u);
        }
        assertSame(unit(matrices.sum()), sum);
    }

    /** A matrix from its products with unit vectors. */
    private static DMatrixRMaj unit(SquareMatrix matrix) {
        DMatrixRMaj columns = new DMatrixRMaj(WIDTH, WIDTH);
        for (int j = 0; j < WIDTH; j++) {
            double[] x = new double[WIDTH];
            x[j] = 1;
            double[] y = new double[WIDTH];
            matrix.operator().apply(x, 0, y, 0);
            for (int i = 0; i < WIDTH; i++) {
                columns.set(i, j, y[i]);
            }
        }
        return columns;
    }

    private static void assertSame(DMatrixRMaj actual, DMatrixRMaj expected) {
        for (int i = 0; i < expected.getNumElements(); i++) {
            assertThat(actual.get(i)).isCloseTo(expected.get(i), within(1e-11));
        }
    }

    @Test
    void asDefinedWithLayerNorm() {
        assertDefinition(HEADS, true);
    }

    @Test
    void asDefinedWithRmsNorm() {
        assertDefinition(HEADS, false);
    }

    @Test
    void headsOfAGroupShareKeysAndValues() {
        assertDefinition(2, false);
        assertDefinition(1, true);
    }

    @Test
    void aTransposedViewIsReadInOrder() {
        DMatrixRMaj w = RandomMatrices.gaussian(WIDTH, WIDTH, 6);
        Tensor view = kernels.tensors().transpose(tensor(CommonOps_DDRM.transpose(w, null)));
        LayerMatrices matrices = LayerMatrices.of(
                kernels,
                new Projections(
                        view, view, view, tensor(CommonOps_DDRM.identity(WIDTH)), 1, 1, Optional.empty(), false));
        assertSame(unit(matrices.sum()), w);
        assertThat(kernels.tensors().convert(view, DType.FLOAT64).shape()).containsExactly(WIDTH, WIDTH);
    }
}
