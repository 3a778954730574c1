package org.consensusprobe.report.chart;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;

/**
 * An axis of a chart. Values have places on it: themselves, or their decimal logarithms.
 *
 * @param first the place at its lower end
 * @param last the place at its upper end
 * @param ticks lowest first; those without a label are only lines of the grid
 */
public record Axis(boolean log, double first, double last, List<Tick> ticks) {
    /** A labelled place. */
    public record Tick(double place, String label) {}

    private static final int MOST_DECADE_TICKS = 9;
    /** Lines that fall to rounding would press all others against the top. */
    private static final double MOST_DECADES = 36;

    public Axis {
        ticks = List.copyOf(ticks);
    }

    /**
     * A linear axis with round ticks over all finite values.
     *
     * @param parts about how many steps between ticks
     * @param endsOnTicks whether both ends are moved out to ticks
     */
    public static Axis linear(DoubleStream values, int parts, boolean endsOnTicks) {
        double[] extent = extent(values.filter(Double::isFinite));
        return linear(extent[0], extent[1], parts, endsOnTicks);
    }

    private static Axis linear(double low, double high, int parts, boolean endsOnTicks) {
        if (!(high - low > 1e-12 * Math.max(Math.abs(low), Math.abs(high)))) {
            double room = low == 0 || low > high ? 1 : Math.max(0.5, Math.abs(low) * 0.1);
            return low > high || low == 0
                    ? linear(0, room, parts, endsOnTicks)
                    : linear(low - room, high + room, parts, endsOnTicks);
        }
        double step = roundStep((high - low) / parts);
        double in = endsOnTicks ? 1e-9 : -1e-9;
        long from = (long) (endsOnTicks ? Math.floor(low / step + in) : Math.ceil(low / step + in));
        long to = (long) (endsOnTicks ? Math.ceil(high / step - in) : Math.floor(high / step - in));
        BigDecimal exact = new BigDecimal(step, new MathContext(1));
        LongFunction<String> label = i -> text(exact.multiply(BigDecimal.valueOf(i)));
        return new Axis(
                false,
                endsOnTicks ? from * step : low,
                endsOnTicks ? to * step : high,
                LongStream.rangeClosed(from, to)
                        .mapToObj(i -> new Tick(i * step, label.apply(i)))
                        .toList());
    }

    /** A logarithmic axis of whole decades over all values that have a logarithm. */
    public static Axis log(DoubleStream values) {
        double[] extent = extent(values.filter(v -> Double.isFinite(v) && v > 0));
        int top = extent[0] <= extent[1] ? (int) Math.ceil(Math.log10(extent[1]) - 1e-9) : 0;
        double low = extent[0] <= extent[1] ? Math.log10(extent[0]) : top - 1.0;
        int bottom = Math.min((int) Math.floor(Math.max(low, top - MOST_DECADES) + 1e-9), top - 1);
        int step = (top - bottom + MOST_DECADE_TICKS - 1) / MOST_DECADE_TICKS;
        int first = top - (top - bottom + step - 1) / step * step;
        List<Tick> ticks = new ArrayList<>();
        for (int decade = first; decade <= top; decade += step) {
            ticks.add(new Tick(decade, power(decade)));
            for (int factor = 2; factor < 10 && decade < top && top - first <= 3; factor++) {
                // an axis of a decade has too few labels otherwise
                boolean labelled = top - first == 1 && (factor == 2 || factor == 5);
                ticks.add(new Tick(
                        decade + Math.log10(factor),
                        labelled ? text(BigDecimal.valueOf(factor).scaleByPowerOfTen(decade)) : ""));
            }
        }
        return new Axis(true, first, top, ticks);
    }

    /** An axis whose whole numbers from 0 on have names; if there are more than that, some are left out. */
    static Axis names(List<String> names, int most) {
        int every = (names.size() + most - 1) / most;
        return new Axis(
                false,
                -0.5,
                names.size() - 0.5,
                LongStream.range(0, names.size())
                        .filter(i -> i % every == 0)
                        .mapToObj(i -> new Tick(i, names.get((int) i)))
                        .toList());
    }

    /** The place of a value: NaN for NaN, below every axis for what has no logarithm. */
    double place(double value) {
        return !log || Double.isNaN(value) ? value : value > 0 ? Math.log10(value) : Double.NEGATIVE_INFINITY;
    }

    /** Whether a value lies on the axis. */
    public boolean shows(double value) {
        double rounding = 1e-9 * (last - first);
        double at = place(value);
        return at >= first - rounding && at <= last + rounding;
    }

    /** Where a value lies between the ends, 0 to 1; what lies outside is moved to the nearer end. */
    double share(double value) {
        return shareOfPlace(place(value));
    }

    double shareOfPlace(double place) {
        return Math.max(0, Math.min(1, (place - first) / (last - first)));
    }

    private static double[] extent(DoubleStream values) {
        double[] extent = {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
        values.forEach(v -> {
            extent[0] = Math.min(extent[0], v);
            extent[1] = Math.max(extent[1], v);
        });
        return extent;
    }

    /** The next of 1, 2, 5 times a power of ten. */
    private static double roundStep(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        return DoubleStream.of(1, 2, 5)
                .map(factor -> factor * power)
                .filter(step -> step >= atLeast * (1 - 1e-9))
                .findFirst()
                .orElse(10 * power);
    }

    /** A number as few characters as it takes: 0.2, 5e-7, 2.1e-13. */
    public static String text(BigDecimal value) {
        BigDecimal plain = value.stripTrailingZeros();
        if (plain.signum() == 0) {
            return "0";
        }
        int exponent = plain.precision() - plain.scale() - 1;
        return exponent < -3
                ? plain.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent
                : plain.toPlainString();
    }

    private static String power(long exponent) {
        StringBuilder text = new StringBuilder(exponent == 0 ? "1" : "10");
        Long.toString(exponent)
                .chars()
                .filter(c -> exponent != 0)
                .forEach(c -> text.append(c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(c - '0')));
        return text.toString();
    }
}
