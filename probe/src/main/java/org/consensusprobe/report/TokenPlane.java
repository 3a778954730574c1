package org.consensusprobe.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * A prompt's unit tokens in the plane of their first two principal components, which is the same for all depths.
 *
 * @param depths some of those that were kept, in order
 * @param points [depths][tokens][2]; NaN for a token without direction
 * @param shares of the variance of all these tokens that the two axes have
 */
record TokenPlane(int[] depths, double[][][] points, double[] shares) {
    private static final int AXES = 2;

    /** The plane of so many depths at most. */
    static TokenPlane of(KeptTokens tokens, int mostDepths) {
        int[] depths = IntStream.of(KeptTokens.some(tokens.depths().length, mostDepths))
                .map(i -> tokens.depths()[i])
                .toArray();
        List<double[]> rows = new ArrayList<>();
        int[][] row = new int[depths.length][tokens.count()];
        for (int d = 0; d < depths.length; d++) {
            double[][] units = tokens.units(depths[d]);
            for (int i = 0; i < units.length; i++) {
                row[d][i] = units[i] == null ? -1 : rows.size();
                if (units[i] != null) {
                    rows.add(units[i]);
                }
            }
        }
        double[] shares = new double[AXES];
        double[][] coordinates = coordinates(rows, shares);
        double[][][] points = new double[depths.length][tokens.count()][];
        for (int d = 0; d < depths.length; d++) {
            for (int i = 0; i < tokens.count(); i++) {
                points[d][i] = row[d][i] < 0 ? new double[] {Double.NaN, Double.NaN} : coordinates[row[d][i]];
            }
        }
        return new TokenPlane(depths, points, shares);
    }

    /** Places of vectors on their principal axes, from their inner products: there are fewer vectors than dimensions. */
    private static double[][] coordinates(List<double[]> rows, double[] shares) {
        double[][] places = new double[rows.size()][AXES];
        if (rows.size() < 2) {
            return places;
        }
        EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(rows.size(), true, true);
        DMatrixRMaj products = centred(rows);
        double all = CommonOps_DDRM.trace(products);
        if (!eigen.decompose(products)) {
            throw Problem.failed("The principal components of kept states were not found.");
        }
        int[] largest = IntStream.range(0, rows.size())
                .boxed()
                .sorted((a, b) -> Double.compare(
                        eigen.getEigenvalue(b).getReal(), eigen.getEigenvalue(a).getReal()))
                .limit(AXES)
                .mapToInt(i -> i)
                .toArray();
        for (int axis = 0; axis < largest.length; axis++) {
            double value = Math.max(0, eigen.getEigenvalue(largest[axis]).getReal());
            double[] vector = eigen.getEigenVector(largest[axis]).data;
            double sign =
                    Math.signum(vector[0]) == 0 ? 1 : Math.signum(vector[0]); // either is right; one has to be chosen
            for (int i = 0; i < rows.size(); i++) {
                places[i][axis] = sign * Math.sqrt(value) * vector[i];
            }
            shares[axis] = all > 0 ? value / all : 0;
        }
        return places;
    }

    /** Inner products of vectors less their mean. */
    private static DMatrixRMaj centred(List<double[]> rows) {
        DMatrixRMaj vectors = new DMatrixRMaj(rows.toArray(double[][]::new));
        DMatrixRMaj mean = CommonOps_DDRM.sumCols(vectors, null);
        CommonOps_DDRM.scale(1.0 / rows.size(), mean);
        for (int i = 0; i < vectors.numRows; i++) {
            for (int c = 0; c < vectors.numCols; c++) {
                vectors.add(i, c, -mean.get(0, c));
            }
        }
        DMatrixRMaj products = new DMatrixRMaj(rows.size(), rows.size());
        CommonOps_DDRM.multOuter(vectors, products);
        return products;
    }
}
