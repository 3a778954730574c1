package org.consensusprobe.theory.systems;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.theory.Slope;

/** Lists of numbers as charts and findings take them. */
final class Curves {
    private static final double LATE = 0.6;

    private Curves() {}

    /** f(0) to f(count - 1). */
    static double[] table(int count, IntToDoubleFunction f) {
        return IntStream.range(0, count).mapToDouble(f).toArray();
    }

    /** f of each number. */
    static double[] map(double[] y, DoubleUnaryOperator f) {
        return Arrays.stream(y).map(f).toArray();
    }

    /** Values nearer zero than the floor are rounding and become NaN. */
    static double[] above(double[] y, double floor) {
        return map(y, v -> v > floor ? v : Double.NaN);
    }

    /** The largest number of all. */
    static <T> double largest(Collection<T> all, ToDoubleFunction<T> number) {
        return all.stream().mapToDouble(number).max().orElseThrow();
    }

    /** The largest step upwards; 0 if there is none. */
    static double largestRise(double[] y) {
        return Math.max(
                0,
                IntStream.range(1, y.length)
                        .mapToDouble(i -> y[i] - y[i - 1])
                        .max()
                        .orElse(0));
    }

    /** The rate at which a curve decays over the last two fifths of the record. */
    static double lateDecay(double[] t, double[] y, double floor) {
        double end = t[t.length - 1];
        return -Slope.ofLog(t, above(y, floor), LATE * end, end);
    }

    /** Beside a decay the predicted one, drawn at twice its last value above the floor and back to a quarter of the record. */
    static Line predicted(String label, int colour, double[] t, double[] y, double rate, double floor) {
        int last = IntStream.range(0, t.length).filter(i -> y[i] > floor).max().orElse(0);
        return Line.dashed(label, colour, t, table(t.length, i -> {
            double value = 2 * y[last] * Math.exp(-rate * (t[i] - t[last]));
            return i < last / 4 || i > last || value > 1 ? Double.NaN : value;
        }));
    }
}
