package org.consensusprobe.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;
import java.util.Optional;
import org.consensusprobe.report.chart.Axis;
import org.consensusprobe.report.stats.DepthTo;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;

/** How numbers are written in tables: as many digits as they are worth. */
public final class Numbers {
    private static final MathContext THREE_DIGITS = new MathContext(3);

    private Numbers() {}

    /** Three digits: 0.532, 2.1e-7, 0; a dash for NaN. */
    public static String text(double value) {
        return Double.isFinite(value) ? Axis.text(new BigDecimal(value, THREE_DIGITS)) : "–";
    }

    /** Three digits and a sign. */
    public static String signed(double value) {
        return value > 0 ? "+" + text(value) : text(value).replace('-', '−').replace("e−", "e-");
    }

    /** {@code 0.532 [0.51, 0.55]}, or the value alone without an interval. */
    public static String text(Estimate estimate) {
        return text(estimate.value()) + estimate.interval().map(Numbers::text).orElse("");
    }

    /** As {@link #text(Estimate)}, with signs. */
    public static String signed(Estimate estimate) {
        return signed(estimate.value())
                + estimate.interval()
                        .map(i -> " [" + signed(i.low()) + ", " + signed(i.high()) + "]")
                        .orElse("");
    }

    /** Blocks, {@code –} for never, or {@code floor} where rounding would decide. */
    public static String text(DepthTo depth) {
        if (depth.hiddenByFloor()) {
            return "floor";
        }
        return depth.depth().isPresent() ? Integer.toString(depth.depth().getAsInt()) : "–";
    }

    /** {@code 1.7 passes}, or a dash. */
    public static String passes(Optional<Double> passes) {
        return passes.map(p -> p < 100 ? String.format(Locale.ROOT, "%.2g", p).replaceAll("\\.0$", "") : text(p))
                .orElse("–");
    }

    private static String text(Interval interval) {
        return " [" + text(interval.low()) + ", " + text(interval.high()) + "]";
    }
}
