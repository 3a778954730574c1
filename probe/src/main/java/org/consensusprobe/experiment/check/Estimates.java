package org.consensusprobe.experiment.check;

import java.util.Arrays;
import java.util.Locale;
import org.consensusprobe.report.stats.Estimate;
import org.consensusprobe.report.stats.Interval;

/** Numbers with their intervals, as text. */
final class Estimates {
    private Estimates() {}

    /** {@code 0.76 [0.7, 0.83]}; without an interval the value alone, and "unknown" without a value. */
    static String show(Estimate estimate) {
        if (Double.isNaN(estimate.value())) {
            return "unknown";
        }
        return number(estimate.value())
                + estimate.interval()
                        .map(i -> " [" + number(i.low()) + ", " + number(i.high()) + "]")
                        .orElse(" [interval unknown]");
    }

    static String number(double value) {
        return String.format(Locale.ROOT, "%.3g", value)
                .replaceAll("(\\.\\d*?)0+(?=$|e)", "$1")
                .replaceAll("\\.(?=$|e)", "");
    }

    /** What is estimated on the logarithmic scale, on its own. */
    static Estimate exp(Estimate log) {
        return new Estimate(
                Math.exp(log.value()), log.interval().map(i -> new Interval(Math.exp(i.low()), Math.exp(i.high()))));
    }

    static double least(double[] values) {
        return Arrays.stream(values).filter(Double::isFinite).min().orElse(Double.NaN);
    }

    static double most(double[] values) {
        return Arrays.stream(values).filter(Double::isFinite).max().orElse(Double.NaN);
    }
}
