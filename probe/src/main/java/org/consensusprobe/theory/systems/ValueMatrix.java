package org.consensusprobe.theory.systems;

import static org.consensusprobe.theory.FindingText.number;
import static org.consensusprobe.theory.FindingText.numbers;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.consensusprobe.common.Problem;
import org.consensusprobe.theory.ResultBuilder;
import org.consensusprobe.theory.Setting;
import org.consensusprobe.theory.attention.Head;
import org.consensusprobe.theory.attention.Metric;
import org.consensusprobe.theory.attention.SymmetricEigen;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;

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
    private static final int MOST_SHOWN = 6;

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
        DMatrixRMaj basis = setting.draws("eigenvectors", 0).rotation(dim); // columns
        SymmetricEigen u = new SymmetricEigen(eigenvalues.clone(), basis);
        return new ValueMatrix(List.of(setting.firstHead(dim).withValue(u.matrix())), u.values(), u.leading(), 0);
    }

    private static ValueMatrix learned(List<Head> heads, int dim) {
        DMatrixRMaj sum = new DMatrixRMaj(dim, dim);
        heads.forEach(h -> CommonOps_DDRM.addEquals(sum, h.value().orElseThrow().apply(0)));
        DMatrixRMaj transposed = CommonOps_DDRM.transpose(sum, null);
        DMatrixRMaj difference = CommonOps_DDRM.subtract(sum, transposed, null);
        double asymmetry = NormOps_DDRM.normF(difference) / (2 * NormOps_DDRM.normF(sum));
        CommonOps_DDRM.addEquals(sum, transposed);
        CommonOps_DDRM.scale(0.5, sum);
        SymmetricEigen even = SymmetricEigen.of(sum);
        return new ValueMatrix(heads, even.values(), even.leading(), asymmetry);
    }

    /** Tokens in v's open hemisphere: those that start outside change sign. */
    static double[] flipped(double[] x, double[] v) {
        Metric metric = Metric.euclidean(v.length);
        return Curves.table(x.length, i -> metric.inner(x, i / v.length * v.length, v, 0) < 0 ? -x[i] : x[i]);
    }

    /** The inner product of v and a token. */
    double side(double[] x, int token) {
        return Metric.euclidean(leading.length).inner(x, token * leading.length, leading, 0);
    }

    void describe(ResultBuilder result) {
        String values = numbers(Arrays.stream(eigenvalues).limit(MOST_SHOWN).toArray());
        if (asymmetry == 0) {
            result.chosen("eigenvalues of U", values + "; eigenvectors random");
            result.chosen("Q, K", "entries uniform on [-1, 1]", "section 6.1");
        } else {
            result.chosen(
                    "U",
                    "the checkpoint's, asymmetry " + number(asymmetry) + "; symmetric part's eigenvalues " + values
                            + (eigenvalues.length > MOST_SHOWN ? ", ..." : ""));
            result.chosen("Q, K", "the checkpoint's, " + heads.size() + " heads");
        }
    }

    /** v as a point to mark, for tokens of three numbers. */
    Optional<double[]> inSpace() {
        return leading.length == 3 ? Optional.of(leading) : Optional.empty();
    }
}
