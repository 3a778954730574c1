package org.consensusprobe.prompts;

import java.util.function.DoubleUnaryOperator;

/**
 * Images in another size, as Pillow's {@code Image.resize} makes them: filters that widen where an image shrinks (antialiased),
 * first across, then down.
 *
 * <p>Images of 8 bits are computed as Pillow computes them, with weights of 22 bits after the point and a rounding to 8 bits after
 * each direction: their results are Pillow's, bit for bit. Others are computed in float64.
 */
enum Resampling {
    NEAREST(0, 0, x -> 1),
    LANCZOS(1, 3, x -> Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0),
    BILINEAR(2, 1, x -> Math.max(0, 1 - Math.abs(x))),
    BICUBIC(3, 2, Resampling::cubic),
    BOX(4, 0.5, x -> x > -0.5 && x <= 0.5 ? 1 : 0),
    HAMMING(5, 1, x -> Math.abs(x) >= 1 ? 0 : x == 0 ? 1 : sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)));

    private static final int BITS = 22;

    private final int code;
    private final double support;
    private final DoubleUnaryOperator filter;

    Resampling(int code, double support, DoubleUnaryOperator filter) {
        this.code = code;
        this.support = support;
        this.filter = filter;
    }

    /** Pillow's code. */
    int code() {
        return code;
    }

    /** The one of Pillow's code; null if there is none. */
    static Resampling of(int code) {
        for (Resampling resampling : values()) {
            if (resampling.code == code) {
                return resampling;
            }
        }
        return null;
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }

    /** Keys' cubic with a = -1/2. */
    private static double cubic(double x) {
        double t = Math.abs(x);
        return t < 1 ? (1.5 * t - 2.5) * t * t + 1 : t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
    }

    /**
     * One channel in another size.
     *
     * @param x [height, width]; of 8 bits whole numbers from 0 to 255
     * @return [newHeight, newWidth]
     */
    double[] resize(double[] x, int height, int width, int newHeight, int newWidth, boolean eightBits) {
        double[] across = newWidth == width ? x : along(x, height, width, 1, width, newWidth, eightBits);
        return newHeight == height ? across : along(across, newWidth, height, newWidth, 1, newHeight, eightBits);
    }

    /**
     * Lines of {@code size} values in another size; value i of line l is at l lineStep + i step. The lines lie as before: one after
     * the other, or beside each other.
     */
    private double[] along(double[] x, int lines, int size, int step, int lineStep, int newSize, boolean eightBits) {
        double[] y = new double[lines * newSize];
        int newLineStep = step == 1 ? newSize : 1;
        for (int to = 0; to < newSize; to++) {
            Taps taps = taps(to, size, newSize);
            long[] rounded = eightBits ? taps.rounded() : null;
            for (int line = 0; line < lines; line++) {
                int from = line * lineStep + taps.first * step;
                y[line * newLineStep + to * step] =
                        eightBits ? eightBits(x, from, step, rounded) : plain(x, from, step, taps.weights);
            }
        }
        return y;
    }

    private static double plain(double[] x, int from, int step, double[] weights) {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += x[from + i * step] * weights[i];
        }
        return sum;
    }

    private static double eightBits(double[] x, int from, int step, long[] weights) {
        long sum = 1L << (BITS - 1);
        for (int i = 0; i < weights.length; i++) {
            sum += (long) x[from + i * step] * weights[i];
        }
        return Math.max(0, Math.min(255, sum >> BITS));
    }

    /** What a value is made of: values from the first on, times weights. */
    private record Taps(int first, double[] weights) {
        long[] rounded() {
            long[] rounded = new long[weights.length];
            for (int i = 0; i < rounded.length; i++) {
                rounded[i] = (long) (weights[i] * (1 << BITS) + (weights[i] < 0 ? -0.5 : 0.5));
            }
            return rounded;
        }
    }

    private Taps taps(int to, int size, int newSize) {
        double scale = (double) size / newSize;
        double centre = (to + 0.5) * scale;
        if (this == NEAREST) {
            return new Taps(Math.min(size - 1, (int) centre), new double[] {1});
        }
        double wide = Math.max(1, scale);
        int first = Math.max(0, (int) (centre - support * wide + 0.5));
        int last = Math.min(size, (int) (centre + support * wide + 0.5));
        double[] weights = new double[last - first];
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = filter.applyAsDouble((i + first - centre + 0.5) * (1 / wide));
            sum += weights[i];
        }
        for (int i = 0; i < weights.length && sum != 0; i++) {
            weights[i] /= sum;
        }
        return new Taps(first, weights);
    }
}
