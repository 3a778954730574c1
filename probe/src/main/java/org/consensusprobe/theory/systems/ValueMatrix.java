package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.Texts.number;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.consensusprobe.results.SimulationResult.Chosen;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.attention.Draws;
import org.consensusprobe.theory.attention.Head;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * Heads whose value matrix has a leading eigenvector that matters: a symmetric U with given eigenvalues and random
 * eigenvectors, or a checkpoint's own, of whose sum of heads the symmetric part then sets eigenvalues and eigenvector.
 *
 * @param heads with their values
 * @param eigenvalues of the symmetric part of U, largest first
 * @param leading the unit eigenvector v of the first
 * @param asymmetry |U - U'|_F / (2 |U|_F); 0 for symmetric U
 */
record ValueMatrix(List<Head> heads, double[] eigenvalues, double[] leading, double asymmetry) {

    /** The matrices of a simulation, in the dimension of its tokens. */
    static ValueMatrix of(Setting setting, double[] eigenvalues) {
        int dim = setting.dim(eigenvalues.length);
        if (setting.learned().isPresent()) {
            return learned(setting.learned().get().heads(), dim);
        }
        if (dim != eigenvalues.length) {
            throw Problem.input(
                    "--initial has tokens of %d numbers, --eigenvalues has %d: expected one eigenvalue a dimension.",
                    dim, eigenvalues.length);
        }
        Draws draws = setting.draws("heads", 0);
        Head scores = Head.scoring(draws.uniformMatrix(dim, dim), draws.uniformMatrix(dim, dim));
        DMatrixRMaj basis = setting.draws("eigenvectors", 0).rotation(dim); // columns
        return new ValueMatrix(
                List.of(scores.withValue(symmetric(basis, eigenvalues))), eigenvalues.clone(), column(basis, 0), 0);
    }

    private static ValueMatrix learned(List<Head> heads, int dim) {
        DMatrixRMaj sum = new DMatrixRMaj(dim, dim);
        heads.forEach(h -> CommonOps_DDRM.addEquals(sum, h.value().orElseThrow().apply(0)));
        DMatrixRMaj transposed = CommonOps_DDRM.transpose(sum, null);
        DMatrixRMaj difference = new DMatrixRMaj(dim, dim);
        CommonOps_DDRM.subtract(sum, transposed, difference);
        double asymmetry = NormOps_DDRM.normF(difference) / (2 * NormOps_DDRM.normF(sum));
        CommonOps_DDRM.addEquals(sum, transposed);
        CommonOps_DDRM.scale(0.5, sum);
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(dim, true, true);
        if (!eigen.decompose(sum)) {
            throw Problem.failed("The eigenvalues of U's symmetric part were not found.");
        }
        List<Integer> order = IntStream.range(0, dim)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -eigen.getEigenvalue(i).getReal()))
                .toList();
        double[] values = order.stream()
                .mapToDouble(i -> eigen.getEigenvalue(i).getReal())
                .toArray();
        return new ValueMatrix(
                heads, values, eigen.getEigenVector(order.get(0)).data.clone(), asymmetry);
    }

    /** B diag(eigenvalues) B'. */
    static DMatrixRMaj symmetric(DMatrixRMaj basis, double[] eigenvalues) {
        DMatrixRMaj scaled = basis.copy();
        CommonOps_DDRM.multCols(scaled, eigenvalues);
        DMatrixRMaj u = new DMatrixRMaj(basis.numRows, basis.numRows);
        CommonOps_DDRM.multTransB(scaled, basis, u);
        return u;
    }

    /** A column of a matrix. */
    static double[] column(DMatrixRMaj matrix, int c) {
        return IntStream.range(0, matrix.numRows)
                .mapToDouble(r -> matrix.get(r, c))
                .toArray();
    }

    /** Tokens in v's open hemisphere: those that start outside change sign. */
    double[] flipped(double[] x) {
        double[] y = x.clone();
        for (int i = 0; i < x.length; i += leading.length) {
            if (side(x, i) < 0) {
                for (int c = 0; c < leading.length; c++) {
                    y[i + c] = -x[i + c];
                }
            }
        }
        return y;
    }

    /** The inner product of v and the token that starts there. */
    double side(double[] x, int from) {
        double sum = 0;
        for (int c = 0; c < leading.length; c++) {
            sum += x[from + c] * leading[c];
        }
        return sum;
    }

    List<Chosen> chosen() {
        List<Chosen> chosen = new ArrayList<>();
        String values = Arrays.stream(eigenvalues)
                .limit(6)
                .mapToObj(org.consensusprobe.theory.Texts::number)
                .collect(java.util.stream.Collectors.joining(", "));
        boolean own = asymmetry == 0;
        chosen.add(new Chosen(
                own ? "eigenvalues of U" : "U",
                own
                        ? values + "; eigenvectors random"
                        : "the checkpoint's, asymmetry " + number(asymmetry) + "; symmetric part's eigenvalues "
                                + values + (eigenvalues.length > 6 ? ", ..." : ""),
                ""));
        chosen.add(new Chosen(
                "Q, K",
                own ? "entries uniform on [-1, 1]" : "the checkpoint's, " + heads.size() + " heads",
                own ? "section 6.1" : ""));
        return chosen;
    }

    /** v as a point to mark, for tokens of three numbers. */
    Optional<double[]> inSpace() {
        return leading.length == 3 ? Optional.of(leading) : Optional.empty();
    }
}
