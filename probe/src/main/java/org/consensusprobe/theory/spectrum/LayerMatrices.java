package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.List;
import org.consensusprobe.model.Projections;
import org.consensusprobe.torch.DType;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The matrices of one layer's attention as they act on the residual stream's direction, in float64.
 *
 * <p>With N = diag(gain) (I - 11'/D), or diag(gain) where the norm does not centre: U_h = W_O W_V N is what head h adds to
 * the stream, P_h = N' W_Q' W_K N gives its scores x_i' P_h x_j. Left out: biases, the factor of the scores, rotary
 * positions (P_h is that of equal positions) and norms of queries and keys.
 *
 * @param values U_h = A_h B_h for each head
 * @param queryKeys P_h = A_h B_h for each head
 * @param sum the sum of all U_h [D, D]
 */
public record LayerMatrices(List<Factors> values, List<Factors> queryKeys, SquareMatrix sum) {

    /** Reads a layer's projections. */
    public static LayerMatrices of(Kernels kernels, Projections p) {
        int width = (int) p.q().size(1);
        double[] gain = p.gain().map(g -> doubles(kernels, g)).orElse(null);
        DMatrixRMaj queries = throughNorm(matrix(kernels, p.q()), gain, p.centred()); // [H d, D]
        DMatrixRMaj keys = throughNorm(matrix(kernels, p.k()), gain, p.centred()); // [G d, D]
        DMatrixRMaj values = throughNorm(matrix(kernels, p.v()), gain, p.centred()); // [G dv, D]
        DMatrixRMaj out = matrix(kernels, p.o()); // [D, H dv]
        int shared = p.heads() / p.keyValueHeads();
        int d = queries.numRows / p.heads();
        int dv = values.numRows / p.keyValueHeads();
        List<Factors> valueFactors = new ArrayList<>();
        List<Factors> scoreFactors = new ArrayList<>();
        for (int h = 0; h < p.heads(); h++) {
            int group = h / shared;
            valueFactors.add(
                    new Factors(CommonOps_DDRM.extract(out, 0, width, h * dv, (h + 1) * dv), rows(values, group, dv)));
            scoreFactors.add(new Factors(CommonOps_DDRM.transpose(rows(queries, h, d), null), rows(keys, group, d)));
        }
        return new LayerMatrices(
                List.copyOf(valueFactors), List.copyOf(scoreFactors), sum(kernels, p.o(), valueFactors, width));
    }

    private static DMatrixRMaj rows(DMatrixRMaj matrix, int block, int size) {
        return CommonOps_DDRM.extract(matrix, block * size, (block + 1) * size, 0, matrix.numCols);
    }

    /** One product of all heads at once, on the engine: sum_h A_h B_h. */
    private static SquareMatrix sum(Kernels kernels, Tensor out, List<Factors> heads, int width) {
        int inner = heads.size() * heads.get(0).inner();
        double[] right = new double[width * inner]; // [D, H dv]: the transposed B_h side by side
        int column = 0;
        for (Factors head : heads) {
            for (int i = 0; i < head.inner(); i++, column++) {
                for (int j = 0; j < width; j++) {
                    right[j * inner + column] = head.right().get(i, j);
                }
            }
        }
        Tensor product = kernels.linear(
                kernels.tensors().convert(out, DType.FLOAT64),
                kernels.tensors().values(right, width, inner),
                null); // [D, D]
        return new SquareMatrix(width, doubles(kernels, product));
    }

    /** W N, row by row: the gain, then the mean taken away. */
    private static DMatrixRMaj throughNorm(DMatrixRMaj w, double[] gain, boolean centred) {
        for (int i = 0; i < w.numRows; i++) {
            int at = i * w.numCols;
            double sum = 0;
            for (int j = 0; j < w.numCols; j++) {
                w.data[at + j] *= gain == null ? 1 : gain[j];
                sum += w.data[at + j];
            }
            for (int j = 0; centred && j < w.numCols; j++) {
                w.data[at + j] -= sum / w.numCols;
            }
        }
        return w;
    }

    private static DMatrixRMaj matrix(Kernels kernels, Tensor tensor) {
        DMatrixRMaj matrix = new DMatrixRMaj();
        matrix.setData(doubles(kernels, tensor));
        matrix.numRows = (int) tensor.size(0);
        matrix.numCols = (int) tensor.size(1);
        return matrix;
    }

    private static double[] doubles(Kernels kernels, Tensor tensor) {
        // one axis: a matrix that is a transposed view is put in order by it
        return kernels.tensors()
                .reshape(kernels.tensors().convert(tensor, DType.FLOAT64), new long[] {tensor.elements()})
                .toDoubles();
    }
}
