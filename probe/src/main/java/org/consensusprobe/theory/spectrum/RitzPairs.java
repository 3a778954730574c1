package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/** Eigenvalues of the small matrix of an Arnoldi iteration, in an order, with their vectors. */
final class RitzPairs {
    /** Columns that add less than this to the span of those before are left out. */
    private static final double DEPENDENT = 1e-7;

    private final double[][] h;
    private final int size;
    private final List<Pair> pairs = new ArrayList<>();
    private final double largest;

    /**
     * A pair, with its vector in the coordinates of the basis.
     *
     * @param residual what the next vector of the basis adds, by the last row of the small matrix
     */
    record Pair(Eigenvalue value, double[] real, double[] imaginary, double residual) {}

    private RitzPairs(double[][] h, int size, boolean symmetric, Comparator<Eigenvalue> order) {
        this.h = h;
        this.size = size;
        DMatrixRMaj small = new DMatrixRMaj(size, size);
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                small.set(i, j, symmetric ? (h[i][j] + h[j][i]) / 2 : h[i][j]);
            }
        }
        if (symmetric) {
            decompose(small);
        } else {
            DenseEigenvalues.pairs(small).forEach(p -> enter(p.value(), p.real(), p.imaginary()));
        }
        pairs.sort(Comparator.comparing(Pair::value, order));
        largest = pairs.stream().mapToDouble(p -> p.value().modulus()).max().orElse(0);
    }

    private void decompose(DMatrixRMaj small) {
        EigenDecomposition_F64<DMatrixRMaj> decomposition = DecompositionFactory_DDRM.eig(size, true, true);
        if (!decomposition.decompose(small)) {
            throw new ArithmeticException("the eigenvalues of a symmetric matrix did not converge");
        }
        for (int i = 0; i < size; i++) {
            double value = decomposition.getEigenvalue(i).real;
            enter(new Eigenvalue(value, 0), decomposition.getEigenVector(i).data, new double[size]);
        }
    }

    static RitzPairs of(double[][] h, int size, boolean symmetric, Comparator<Eigenvalue> order) {
        return new RitzPairs(h, size, symmetric, order);
    }

    /** The largest modulus of all. */
    double largestModulus() {
        return largest;
    }

    /** How many entries of the list hold at least that many eigenvalues, conjugates counted. */
    int whole(int eigenvalues) {
        int entries = 0;
        int counted = 0;
        while (counted < eigenvalues && entries < pairs.size()) {
            counted += pairs.get(entries).value().im() == 0 ? 1 : 2;
            entries++;
        }
        return entries;
    }

    /** The first pairs of the order. */
    List<Pair> first(int entries) {
        return pairs.subList(0, entries);
    }

    /** The largest residual of the first pairs. */
    double largestResidual(int entries) {
        return first(entries).stream().mapToDouble(Pair::residual).max().orElse(0);
    }

    /** An orthonormal basis of the first pairs' real span, in rows. */
    double[][] orthonormal(int entries) {
        List<double[]> rows = new ArrayList<>();
        for (Pair pair : first(entries)) {
            enter(rows, pair.real());
            if (pair.value().im() != 0) {
                enter(rows, pair.imaginary());
            }
        }
        return rows.toArray(double[][]::new);
    }

    private static void enter(List<double[]> rows, double[] vector) {
        double[] x = vector.clone();
        double before = Arnoldi.norm(x);
        for (int sweep = 0; sweep < 2; sweep++) {
            for (double[] row : rows) {
                Arnoldi.add(x, -SquareMatrix.dot(row, 0, x, 0, x.length), row);
            }
        }
        double length = Arnoldi.norm(x);
        if (length > DEPENDENT * before) {
            Arnoldi.scale(x, 1 / length);
            rows.add(x);
        }
    }

    private void enter(Eigenvalue value, double[] real, double[] imaginary) {
        double length = Math.hypot(Arnoldi.norm(real), Arnoldi.norm(imaginary));
        Arnoldi.scale(real, 1 / length);
        Arnoldi.scale(imaginary, 1 / length);
        double residual = Math.hypot(
                SquareMatrix.dot(h[size], 0, real, 0, size), SquareMatrix.dot(h[size], 0, imaginary, 0, size));
        pairs.add(new Pair(value, real, imaginary, residual));
    }
}
