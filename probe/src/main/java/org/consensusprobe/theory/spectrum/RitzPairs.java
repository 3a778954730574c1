package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.ejml.interfaces.linsol.LinearSolverDense;

/** Eigenvalues of the small matrix of an Arnoldi iteration, in an order, with vectors for as many as are asked for. */
final class RitzPairs {
    /** How far an eigenvalue is moved so that inverse iteration solves with a regular matrix. */
    private static final double SHIFT = 1e-10;
    /** Columns that add less than this to the span of those before are left out. */
    private static final double DEPENDENT = 1e-7;

    private final double[][] h;
    private final int size;
    private final List<Eigenvalue> values = new ArrayList<>();
    private final List<Pair> pairs = new ArrayList<>();
    private final double largest;
    private final SplittableRandom random = new SplittableRandom(7);

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
            values.addAll(DenseEigenvalues.of(small));
        }
        values.sort(order);
        pairs.sort(Comparator.comparing(Pair::value, order));
        pairs.forEach(pair -> values.add(pair.value()));
        largest = values.stream().mapToDouble(Eigenvalue::modulus).max().orElse(0);
    }

    private void decompose(DMatrixRMaj small) {
        EigenDecomposition_F64<DMatrixRMaj> decomposition = DecompositionFactory_DDRM.eig(size, true, true);
        if (!decomposition.decompose(small)) {
            throw new ArithmeticException("the eigenvalues of a symmetric matrix did not converge");
        }
        for (int i = 0; i < size; i++) {
            double[] vector = decomposition.getEigenVector(i).data;
            double value = decomposition.getEigenvalue(i).real;
            pairs.add(new Pair(new Eigenvalue(value, 0), vector, new double[size], residual(vector, new double[size])));
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
        while (counted < eigenvalues && entries < values.size()) {
            counted += values.get(entries).im() == 0 ? 1 : 2;
            entries++;
        }
        return entries;
    }

    /** The first pairs of the order. */
    List<Pair> first(int entries) {
        while (pairs.size() < entries) {
            pairs.add(pair(values.get(pairs.size())));
        }
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

    private double residual(double[] real, double[] imaginary) {
        return Math.hypot(
                SquareMatrix.dot(h[size], 0, real, 0, size), SquareMatrix.dot(h[size], 0, imaginary, 0, size));
    }

    /** Inverse iteration in real numbers: (H - a + ib)(x + iy) = r has the matrix [H - a, b; -b, H - a]. */
    private Pair pair(Eigenvalue value) {
        boolean complex = value.im() != 0;
        int rows = complex ? 2 * size : size;
        double shifted = value.re() + SHIFT * Math.max(largest, Double.MIN_NORMAL);
        DMatrixRMaj system = new DMatrixRMaj(rows, rows);
        for (int part = 0; part < rows / size; part++) {
            for (int i = 0; i < size; i++) {
                for (int j = 0; j < size; j++) {
                    system.set(part * size + i, part * size + j, h[i][j] - (i == j ? shifted : 0));
                }
                if (complex) {
                    system.set(part * size + i, (1 - part) * size + i, part == 0 ? value.im() : -value.im());
                }
            }
        }
        LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.lu(rows);
        DMatrixRMaj x = new DMatrixRMaj(rows, 1);
        for (int i = 0; i < rows; i++) {
            x.set(i, random.nextDouble() - 0.5);
        }
        if (solver.setA(system)) {
            DMatrixRMaj solution = new DMatrixRMaj(rows, 1);
            for (int step = 0; step < 3; step++) {
                solver.solve(x, solution);
                x.setTo(solution);
                Arnoldi.scale(x.data, 1 / Arnoldi.norm(x.data));
            }
        }
        double[] real = java.util.Arrays.copyOfRange(x.data, 0, size);
        double[] imaginary = complex ? java.util.Arrays.copyOfRange(x.data, size, rows) : new double[size];
        return new Pair(value, real, imaginary, residual(real, imaginary));
    }
}
