package org.consensusprobe.theory.attention;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;

/** Steps x' = (1 - e) x + e A x with a doubly stochastic A, and what bounds them. */
public final class Contraction {
    private static final int MOST_SWEEPS = 100_000;
    private static final double STOCHASTIC = 1e-14;

    private Contraction() {}

    /** Sinkhorn's balance of a positive matrix: rows and columns sum to 1. */
    public static DMatrixRMaj doublyStochastic(DMatrixRMaj positive) {
        DMatrixRMaj a = positive.copy();
        for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
            CommonOps_DDRM.divideCols(a, CommonOps_DDRM.sumCols(a, null).data);
            double[] rows = CommonOps_DDRM.sumRows(a, null).data;
            CommonOps_DDRM.divideRows(rows, a);
            if (Arrays.stream(rows).allMatch(sum -> Math.abs(sum - 1) < STOCHASTIC)) {
                break;
            }
        }
        return a;
    }

    /** The spectral gap 1 - |A - J|_2, with J = 11'/T. */
    public static double gap(DMatrixRMaj a) {
        DMatrixRMaj centred = a.copy();
        CommonOps_DDRM.add(centred, -1.0 / a.numRows);
        return 1 - NormOps_DDRM.normP2(centred);
    }

    /** A = 0.999 (I + P + P')/3 + 0.001 J on a ring: neighbours average, and everybody hears everybody a little. */
    public static DMatrixRMaj ring(int tokens) {
        DMatrixRMaj a = new DMatrixRMaj(tokens, tokens);
        CommonOps_DDRM.fill(a, 0.001 / tokens);
        for (int i = 0; i < tokens; i++) {
            for (int step = -1; step <= 1; step++) {
                a.add(i, (i + step + tokens) % tokens, 0.999 / 3);
            }
        }
        return a;
    }

    /** One step. */
    public static DMatrixRMaj step(DMatrixRMaj a, DMatrixRMaj x, double strength) {
        DMatrixRMaj next = new DMatrixRMaj(x.numRows, x.numCols);
        CommonOps_DDRM.mult(strength, a, x, next);
        CommonOps_DDRM.addEquals(next, 1 - strength, x);
        return next;
    }

    /** max_ij |x_i - x_j|. */
    public static double diameter(DMatrixRMaj x) {
        double widest = 0;
        for (int i = 0; i < x.numRows; i++) {
            for (int j = 0; j < i; j++) {
                double sum = 0;
                for (int c = 0; c < x.numCols; c++) {
                    double difference = x.get(i, c) - x.get(j, c);
                    sum += difference * difference;
                }
                widest = Math.max(widest, sum);
            }
        }
        return Math.sqrt(widest);
    }

    /** |X - 1 xbar'|_F. */
    public static double spread(DMatrixRMaj x) {
        DMatrixRMaj means = CommonOps_DDRM.sumCols(x, null);
        CommonOps_DDRM.divide(means, x.numRows);
        DMatrixRMaj centred = x.copy();
        for (int i = 0; i < x.data.length; i++) {
            centred.data[i] -= means.data[i % x.numCols];
        }
        return NormOps_DDRM.normF(centred);
    }
}
