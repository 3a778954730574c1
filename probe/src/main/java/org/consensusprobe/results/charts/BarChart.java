package org.consensusprobe.results.charts;

import java.util.Arrays;
import java.util.List;

/**
 * Bars on each other at whole numbers from a first one on: those above zero stand on each other upwards, those below it downwards.
 *
 * @param first the number below the first bar
 * @param names below the bars in place of numbers; empty for numbers
 * @param parts of each bar, from the inside out
 */
public record BarChart(String title, String xTitle, String yTitle, int first, List<String> names, List<Part> parts)
        implements Chart {
    /**
     * One part of every bar.
     *
     * @param label its legend entry; empty for none
     * @param colour its number
     * @param values of the bars; NaN for none
     * @param low the lower end of the interval drawn over each value; empty for none
     * @param high its upper end
     */
    public record Part(String label, int colour, double[] values, double[] low, double[] high) {
        public Part {
            if (low.length != high.length || low.length != 0 && low.length != values.length) {
                throw new IllegalArgumentException(label + ": " + values.length + " values, " + low.length + " and "
                        + high.length + " ends of intervals");
            }
        }

        /** Without intervals. */
        public static Part of(String label, int colour, double[] values) {
            return new Part(label, colour, values, new double[0], new double[0]);
        }
    }

    public BarChart {
        parts = List.copyOf(parts);
        names = List.copyOf(names);
        if (parts.isEmpty()
                || parts.stream().map(p -> p.values().length).distinct().count() != 1) {
            throw new IllegalArgumentException(title + ": parts of different lengths");
        }
    }

    /** How many bars there are. */
    public int bars() {
        return parts.get(0).values().length;
    }

    /** The end of what stands on each other above zero, or below it, of a bar up to a part. */
    public double end(int bar, int part, boolean above) {
        return Arrays.stream(parts.subList(0, part + 1).toArray(Part[]::new))
                .mapToDouble(p -> p.values()[bar])
                .filter(v -> above ? v > 0 : v < 0)
                .sum();
    }
}
