package org.consensusprobe.model;

import java.util.function.DoubleUnaryOperator;
import org.consensusprobe.torch.Kernels;
import org.consensusprobe.torch.Tensor;

/**
 * ALiBi (Press et al., arXiv 2108.12409): a head adds its slope times the position of the key to the scores, which are thereby
 * lower the further back a key is, since the softmax of a row does not see what all its scores share.
 */
final class Alibi {
    private final double[] slopes;
    private final double factor;
    private final DoubleUnaryOperator rounding;

    private Alibi(double[] slopes, double factor, DoubleUnaryOperator rounding) {
        this.slopes = slopes;
        this.factor = factor;
        this.rounding = rounding;
    }

    /** Slopes 2^(-8 h / n), h = 1 .. n, for n heads that are a power of two; else those of the next lower power and every other of the next higher. */
    static Alibi of(int heads) {
        int power = Integer.highestOneBit(heads);
        double[] slopes = new double[heads];
        for (int h = 0; h < heads; h++) {
            slopes[h] = h < power ? slope(h + 1, power) : slope(2 * (h - power) + 1, 2 * power);
        }
        return new Alibi(slopes, 1, v -> v);
    }

    /** MPT's order: those of the next higher power of two, every other from the second on, then every other from the first. */
    static Alibi ofMpt(int heads) {
        int power = Integer.bitCount(heads) == 1 ? heads : 2 * Integer.highestOneBit(heads);
        double[] slopes = new double[heads];
        for (int h = 0; h < heads; h++) {
            int place = power == heads ? h + 1 : h < power / 2 ? 2 * h + 2 : 2 * (h - power / 2) + 1;
            slopes[h] = slope(place, power);
        }
        return new Alibi(slopes, 1, v -> v);
    }

    /** With slopes, positions and their products rounded to bfloat16, then multiplied by a factor: Falcon's. */
    Alibi inBfloat16(double scale) {
        return new Alibi(slopes, scale, v -> bfloat16(v));
    }

    private static double slope(int place, int heads) {
        return StrictMath.pow(2, -8.0 * place / heads);
    }

    /** To the nearest bfloat16, ties to even. */
    private static double bfloat16(double v) {
        int bits = Float.floatToRawIntBits((float) v);
        return Float.intBitsToFloat((bits + 0x7FFF + ((bits >>> 16) & 1)) & 0xFFFF0000);
    }

    /** The bias of scores: float64 [1, H, 1, T]. */
    Tensor bias(Kernels k, long tokens) {
        int n = Math.toIntExact(tokens);
        double[] values = new double[slopes.length * n];
        for (int i = 0; i < values.length; i++) {
            double slope = rounding.applyAsDouble(slopes[i / n]);
            values[i] = rounding.applyAsDouble(slope * rounding.applyAsDouble(i % n)) * factor;
        }
        return k.tensors().values(values, 1, slopes.length, 1, n);
    }

    /** Values that attention makes besides, for each token: matrices are made, and turned into rows that sum to 1. */
    static long valuesPerToken(int heads, int tokens) {
        return 3 * AttentionRows.valuesAtATime(heads, tokens) / tokens;
    }
}
