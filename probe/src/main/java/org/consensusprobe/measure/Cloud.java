package org.consensusprobe.measure;

import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * The tokens of one prompt at one depth, in float64, with what several measures need of them computed once.
 *
 * <p>Used by one thread, while the scope of its kernels is open.
 */
public final class Cloud {
    private static final double FLOAT32_ROUNDING = 0x1p-24;
    private static final double FLOAT64_ROUNDING = 0x1p-53;

    private final Kernels kernels;
    private final Tensor x;
    private final double rounding;
    private Tensor units;
    private double[] pairs;
    private double[] values;
    private double[] centredValues;

    /**
     * One prompt of a chunk.
     *
     * @param states [B, T, D]
     */
    public Cloud(Kernels kernels, Tensor states, int row) {
        this.kernels = kernels;
        this.x = kernels.measures().derive("cloud", states, (long) row); // [T, D]
        this.rounding = states.isFloat64() ? FLOAT64_ROUNDING : FLOAT32_ROUNDING;
    }

    Kernels kernels() {
        return kernels;
    }

    int tokens() {
        return Math.toIntExact(x.size(0));
    }

    /** Raw tokens, [T, D]. */
    Tensor x() {
        return x;
    }

    /** Unit tokens, [T, D]. */
    Tensor units() {
        if (units == null) {
            units = kernels.measures().derive("units", x);
        }
        return units;
    }

    /** s_ij, [T * T]; right to about 1e-15 of the largest. */
    double[] pairs() {
        if (pairs == null) {
            pairs = kernels.measures().reduce("half_squares", units());
        }
        return pairs;
    }

    /** Singular values of X, the largest first. */
    double[] values() {
        if (values == null) {
            values = kernels.measures().reduce("singular_values", x);
        }
        return values;
    }

    /** Singular values of X - 1 xbar', the largest first. */
    double[] centredValues() {
        if (centredValues == null) {
            centredValues = kernels.measures()
                    .reduce("singular_values", kernels.measures().derive("centred", x));
        }
        return centredValues;
    }

    /** |X|_F. */
    double norm() {
        return Math.sqrt(sumOfSquares(values()));
    }

    /** Half a unit in the last place of the states' dtype: what is smaller than this beside a token is rounding. */
    double rounding() {
        return rounding;
    }

    static double sumOfSquares(double[] v) {
        double sum = 0;
        for (double value : v) {
            sum += value * value;
        }
        return sum;
    }
}
