package org.consensusprobe.theory.spectrum;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the spectrum of one matrix M [D, D] says; of one head or of a sum over heads.
 *
 * @param norm |M|_F
 * @param asymmetry |M - M'|_F / (2 |M|_F)
 * @param identityFactor c of the nearest multiple of I
 * @param identityDistance |M - cI|_F / |M|_F
 * @param leading the eigenvalue with the largest real part; 0 where a head of low rank has none to the right of it
 * @param gap how far the next eigenvalue lies to its left, over the largest modulus; the leading one's conjugate is not
 *     the next one
 * @param dominant the eigenvalue with the largest modulus
 * @param symmetricLargest the largest eigenvalue of (M + M')/2
 * @param symmetricGap its distance to the next one, over its modulus
 * @param symmetricSmallest the smallest eigenvalue of (M + M')/2; NaN for sums, where it is not asked for
 * @param change |M - M_before|_F / sqrt(|M|_F^2 + |M_before|_F^2) against the layer before; NaN in the first one
 * @param residual the largest relative residual of the pairs found by iteration; 0 where eigenvalues are those of a
 *     small dense matrix
 */
public record MatrixSpectrum(
        double norm,
        double asymmetry,
        double identityFactor,
        double identityDistance,
        Eigenvalue leading,
        double gap,
        Eigenvalue dominant,
        double symmetricLargest,
        double symmetricGap,
        double symmetricSmallest,
        double change,
        double residual) {

    /** Of one head. */
    static MatrixSpectrum of(Factors matrix, Factors before) {
        Moments moments = matrix.moments();
        List<Eigenvalue> values = new ArrayList<>(matrix.eigenvalues());
        int zeros = moments.size() - matrix.inner();
        // the kernel: a head of d < D dimensions maps D - d directions to 0
        for (int i = 0; i < Math.min(zeros, 2); i++) {
            values.add(new Eigenvalue(0, 0));
        }
        values.sort(Comparator.comparingDouble(v -> -v.re()));
        Eigenvalue dominant = values.stream()
                .max(Comparator.comparingDouble(Eigenvalue::modulus))
                .orElseThrow();
        double[] symmetric = matrix.symmetricEigenvalues();
        double largest = symmetric[symmetric.length - 1];
        double next = symmetric[symmetric.length - 2];
        if (moments.size() > symmetric.length) {
            next = Math.max(next, Math.min(0, largest));
        }
        double change = before == null
                ? Double.NaN
                : change(moments.squares(), before.moments().squares(), matrix.inner(before));
        return new MatrixSpectrum(
                moments.norm(),
                moments.asymmetry(),
                moments.identityFactor(),
                moments.identityDistance(),
                values.get(0),
                (values.get(0).re() - values.get(1).re()) / dominant.modulus(),
                dominant,
                largest,
                (largest - next) / Math.abs(largest),
                symmetric[0],
                change,
                0);
    }

    /** Of a sum over heads: its leading pairs by iteration. */
    static MatrixSpectrum of(SquareMatrix matrix, SquareMatrix before, Arnoldi.Result symmetric) {
        Moments moments = matrix.moments();
        Arnoldi.Result rightmost = Arnoldi.leading(matrix.operator(), Arnoldi.End.RIGHTMOST, 4);
        Arnoldi.Result largest = Arnoldi.leading(matrix.operator(), Arnoldi.End.LARGEST, 2);
        Eigenvalue leading = at(rightmost, 0);
        Eigenvalue dominant = at(largest, 0);
        double first = at(symmetric, 0).re();
        double change =
                before == null ? Double.NaN : change(moments.squares(), before.inner(before), matrix.inner(before));
        return new MatrixSpectrum(
                moments.norm(),
                moments.asymmetry(),
                moments.identityFactor(),
                moments.identityDistance(),
                leading,
                (leading.re() - at(rightmost, 1).re()) / dominant.modulus(),
                dominant,
                first,
                (first - at(symmetric, 1).re()) / Math.abs(first),
                Double.NaN,
                change,
                Math.max(rightmost.residual(), Math.max(largest.residual(), symmetric.residual())));
    }

    /** Whether the leading eigenvalue is positive, real and apart from the next one by more than that part of the largest modulus. */
    public boolean leadsSimplyAndPositively(double tolerance) {
        return !leading.isComplex() && leading.re() > 0 && gap > tolerance;
    }

    private static Eigenvalue at(Arnoldi.Result result, int index) {
        return index < result.values().size() ? result.values().get(index) : Eigenvalue.NONE;
    }

    private static double change(double squares, double squaresBefore, double inner) {
        return Math.sqrt(Math.max(0, squares + squaresBefore - 2 * inner) / (squares + squaresBefore));
    }
}
