package org.consensusprobe.report;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.consensusprobe.results.charts.LineChart.Scale;

/**
 * An axis of a chart: positions instead of values, with ticks evenly spaced among them, as the chart library needs them.
 *
 * @param position from a value to its place on the axis, NaN where it has none
 * @param first the lowest place
 * @param last the highest place
 * @param ticks places of ticks, evenly spaced
 */
record ChartAxis(
        DoubleUnaryOperator position, double first, double last, double[] ticks, Function<Double, String> label) {
    private static final int MOST_DECADE_TICKS = 8;
    /** Lines that fall to rounding would press all others against the top. */
    private static final double MOST_DECADES = 36;

    /** The axis of a chart over these values; NaN, and on a logarithmic axis what is not positive, is left out. */
    static ChartAxis of(Scale scale, double[] values, boolean endsOnTicks, int mostTicks) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            if (!Double.isNaN(value) && !Double.isInfinite(value) && (scale == Scale.LINEAR || value > 0)) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        if (low > high) {
            low = scale == Scale.LOG ? 0.1 : 0;
            high = 1;
        }
        return scale == Scale.LOG ? log(low, high) : linear(low, high, endsOnTicks, mostTicks);
    }

    private static ChartAxis linear(double low, double high, boolean endsOnTicks, int mostTicks) {
        double span = high - low;
        if (span < 1e-12 * Math.max(1, Math.abs(high))) {
            double room = Math.max(0.5, Math.abs(high) * 0.1);
            return linear(low - room, high + room, endsOnTicks, mostTicks);
        }
        double step = roundStep(span / mostTicks);
        double from = Math.floor(low / step + 1e-9) * step;
        double to = Math.ceil(high / step - 1e-9) * step;
        if (!endsOnTicks) {
            from = Math.ceil(low / step - 1e-9) * step;
            to = Math.floor(high / step + 1e-9) * step;
        }
        int count = (int) Math.round((to - from) / step) + 1;
        double first = from;
        double[] ticks =
                IntStream.range(0, count).mapToDouble(i -> first + i * step).toArray();
        return new ChartAxis(
                v -> v,
                endsOnTicks ? from : low,
                endsOnTicks ? to : high,
                ticks,
                v -> text(Math.round(v / step) * BigDecimal.valueOf(step).doubleValue()));
    }

    private static ChartAxis log(double low, double high) {
        int top = (int) Math.ceil(Math.log10(high) - 1e-9);
        int bottom = (int) Math.floor(Math.max(Math.log10(low), top - MOST_DECADES) + 1e-9);
        bottom = Math.min(bottom, top - 1);
        int step = (top - bottom + MOST_DECADE_TICKS - 1) / MOST_DECADE_TICKS;
        int first = top - (top - bottom + step - 1) / step * step;
        double[] ticks = IntStream.rangeClosed(0, (top - first) / step)
                .mapToDouble(i -> first + i * step)
                .toArray();
        return new ChartAxis(v -> v > 0 ? Math.log10(v) : Double.NaN, first, top, ticks, v -> power(Math.round(v)));
    }

    /** A value's place, moved to the nearer end where it lies outside. */
    double within(double value) {
        double at = position.applyAsDouble(value);
        return Math.max(first, Math.min(last, at));
    }

    private static double roundStep(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= atLeast * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    private static String text(double value) {
        if (Math.abs(value) < 1e-300) {
            return "0";
        }
        String text = String.format(Locale.ROOT, "%.6g", value);
        if (text.contains("e")) {
            return ValueAxis.text(new BigDecimal(String.format(Locale.ROOT, "%.6e", value)));
        }
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    private static String power(long exponent) {
        if (exponent == 0) {
            return "1";
        }
        return "10"
                + String.valueOf(exponent)
                        .chars()
                        .mapToObj(c -> c == '-' ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹".substring(c - '0', c - '0' + 1))
                        .reduce("", String::concat);
    }
}
