package org.consensusprobe.theory.spectrum;

import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.common.Problem;

/**
 * The spectra of one layer.
 *
 * @param layer from 0
 * @param values of U_h, one for each head
 * @param queryKeys of P_h, one for each head
 * @param sum of the sum of all U_h
 * @param direction the eigenvector v of the largest eigenvalue of the sum's symmetric part, of length 1
 * @param drift the angle between this direction and that of the layer before, in degrees from 0 to 90; NaN in the first
 *     layer
 */
public record LayerSpectrum(
        int layer,
        List<MatrixSpectrum> values,
        List<MatrixSpectrum> queryKeys,
        MatrixSpectrum sum,
        double[] direction,
        double drift) {

    /**
     * Computes them.
     *
     * @param before the matrices of the layer before, and its spectrum; null in the first layer
     */
    static LayerSpectrum of(int layer, LayerMatrices matrices, LayerMatrices before, LayerSpectrum spectrumBefore) {
        Arnoldi.Result symmetric = Arnoldi.largestOfSymmetric(matrices.sum().symmetricPart(), 2);
        double[] direction = direction(layer, symmetric);
        return new LayerSpectrum(
                layer,
                heads(matrices.values(), before == null ? null : before.values()),
                heads(matrices.queryKeys(), before == null ? null : before.queryKeys()),
                MatrixSpectrum.of(matrices.sum(), before == null ? null : before.sum(), symmetric),
                direction,
                spectrumBefore == null ? Double.NaN : angle(direction, spectrumBefore.direction()));
    }

    static double[] direction(int layer, Arnoldi.Result symmetric) {
        if (!symmetric.converged()) {
            throw Problem.failed(
                    "Layer %d: the leading eigenvector of the value matrices' sum did not converge.", layer);
        }
        return symmetric.vectors().get(0);
    }

    private static List<MatrixSpectrum> heads(List<Factors> heads, List<Factors> before) {
        return IntStream.range(0, heads.size())
                .parallel()
                .mapToObj(h -> MatrixSpectrum.of(heads.get(h), before == null ? null : before.get(h)))
                .toList();
    }

    /** Between the lines that two unit vectors span: an eigenvector has no sign. */
    static double angle(double[] v, double[] w) {
        double cosine = Math.abs(SquareMatrix.dot(v, 0, w, 0, v.length));
        double squares = 0;
        for (int i = 0; i < v.length; i++) {
            double difference = v[i] - Math.copySign(1, SquareMatrix.dot(v, 0, w, 0, v.length)) * w[i];
            squares += difference * difference;
        }
        // by the chord, which small angles need; by the cosine elsewhere
        double chord = 2 * Math.asin(Math.min(1, Math.sqrt(squares) / 2));
        return Math.toDegrees(cosine > 0.9 ? chord : Math.acos(Math.min(1, cosine)));
    }
}
