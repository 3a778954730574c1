package org.consensusprobe.report;

import java.awt.Font;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * The error axis of a panel.
 *
 * <p>The chart library places ticks well only where they are evenly spaced and the axis ends on one, and its own
 * logarithmic axis cannot show zero. So it is given positions instead of values: multiples of a round step, or
 * logarithms.
 *
 * @param position from an error to its position; may lie outside the axis
 * @param first the lowest tick's position
 * @param last the highest tick's position
 * @param step between ticks
 * @param label from a tick's position to its text
 * @param minor values between ticks that get a grid line, on short logarithmic axes
 */
record ValueAxis(
        DoubleUnaryOperator position,
        double first,
        double last,
        double step,
        Function<Double, String> label,
        double[] minor) {

    /** Extent of a logarithmic axis in which nothing positive was found. */
    private static final double[] EMPTY_DECADES = {-16, 0};

    private static final int MOST_DECADE_TICKS = 9;
    /** A floor further below the curves than this would press them against the top. */
    private static final double DECADES_DOWN_TO_FLOOR = 4;

    /** The position of a value, moved to the nearer end of the axis if it lies outside. */
    double within(double value) {
        double at = position.applyAsDouble(value);
        return Double.isNaN(at) ? Double.NaN : Math.max(first, Math.min(last, at));
    }

    /** Whether a value lies on the axis. */
    boolean shows(double value) {
        double at = position.applyAsDouble(value);
        return at >= first && at <= last;
    }

    /** All ticks, lowest first. */
    double[] ticks() {
        int count = (int) Math.round((last - first) / step) + 1;
        double[] ticks = new double[count];
        for (int i = 0; i < count; i++) {
            ticks[i] = first + i * step;
        }
        return ticks;
    }

    /** From zero, or the lowest value if that is negative, to just above the highest. */
    static ValueAxis linear(List<CurveSeries> curves) {
        double[] extent = extent(curves, false);
        double low = Math.min(0, extent[0]);
        double high = extent[1] > low ? extent[1] : low + 1;
        double step = roundStep((high - low) / 5);
        BigDecimal exactStep = new BigDecimal(step, new MathContext(1));
        return new ValueAxis(
                value -> value / step,
                Math.floor(low / step + 1e-9),
                Math.ceil(high / step - 1e-9),
                1,
                tick -> text(exactStep.multiply(BigDecimal.valueOf(Math.round(tick)))),
                new double[0]);
    }

    /** Whole decades around the positive values and, where it is near enough, the floor. */
    static ValueAxis log(List<CurveSeries> curves, Font font) {
        double[] extent = extent(curves, true);
        if (!(extent[0] <= extent[1])) {
            extent = new double[] {Math.pow(10, EMPTY_DECADES[0]), Math.pow(10, EMPTY_DECADES[1])};
        }
        double low = Math.log10(extent[0]);
        for (CurveSeries curve : curves) {
            if (curve.hasFloor() && Math.log10(curve.floor()) > Math.log10(extent[0]) - DECADES_DOWN_TO_FLOOR) {
                // half a decade of room, so that the line does not lie on the frame
                low = Math.min(low, Math.log10(curve.floor()) - 0.5);
            }
        }
        int top = (int) Math.ceil(Math.log10(extent[1]) - 1e-9);
        int bottom = Math.min((int) Math.floor(low + 1e-9), top - 1);
        int step = (top - bottom + MOST_DECADE_TICKS - 1) / MOST_DECADE_TICKS;
        int first = top - (top - bottom + step - 1) / step * step;
        return new ValueAxis(
                value -> value > 0 ? Math.log10(value) : Double.isNaN(value) ? Double.NaN : Double.NEGATIVE_INFINITY,
                first,
                top,
                step,
                tick -> power(Math.round(tick), font),
                minor(first, top));
    }

    /** Whether the minor values are labelled: an axis of a decade has too few ticks otherwise. */
    boolean minorLabels() {
        return last - first == 1;
    }

    private static double[] minor(int first, int top) {
        double[] factors = top - first == 1 ? new double[] {2, 5} : new double[] {2, 3, 4, 5, 6, 7, 8, 9};
        return top - first > 3
                ? new double[0]
                : IntStream.range(first, top)
                        .boxed()
                        .flatMapToDouble(decade -> DoubleStream.of(factors)
                                .map(f ->
                                        new BigDecimal(f * Math.pow(10, decade), MathContext.DECIMAL32).doubleValue()))
                        .toArray();
    }

    private static double[] extent(List<CurveSeries> curves, boolean positiveOnly) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (CurveSeries curve : curves) {
            for (double[] values : curve.band()
                    ? new double[][] {curve.mean(), curve.p10(), curve.p90()}
                    : new double[][] {curve.mean()}) {
                for (double value : values) {
                    if (Double.isFinite(value) && (value > 0 || !positiveOnly)) {
                        low = Math.min(low, value);
                        high = Math.max(high, value);
                    }
                }
            }
        }
        return new double[] {low, high};
    }

    /** The next of 1, 2, 5 times a power of ten. */
    private static double roundStep(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double factor : new double[] {1, 2, 5}) {
            if (factor * power >= atLeast * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }

    /** A number as few characters as it takes: 0.2, 5e-7, 2.1e-13. */
    static String text(BigDecimal value) {
        BigDecimal plain = value.stripTrailingZeros();
        if (plain.signum() == 0) {
            return "0";
        }
        int exponent = plain.precision() - plain.scale() - 1;
        return exponent < -3
                ? plain.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent
                : plain.toPlainString();
    }

    private static String power(long exponent, Font font) {
        if (exponent == 0) {
            return "1";
        }
        String raised = "10"
                + String.valueOf(exponent)
                        .chars()
                        .mapToObj(c -> c == '-' ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹".substring(c - '0', c - '0' + 1))
                        .reduce("", String::concat);
        return font.canDisplayUpTo(raised) < 0 ? raised : "1e" + exponent;
    }
}
