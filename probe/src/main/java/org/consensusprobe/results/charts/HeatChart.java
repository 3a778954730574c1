package org.consensusprobe.results.charts;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A function of two variables, as colours: from dark to light, or from blue over white to red if {@code low} is negative.
 *
 * @param valueTitle what the colours mean
 * @param x the columns' positions, ascending and evenly spaced
 * @param y the rows' positions, ascending and evenly spaced; the first row is drawn lowest
 * @param values [y][x]
 * @param low the value of the first colour
 * @param high the value of the last colour
 * @param xNames of the columns, whose positions are then 0, 1, 2 ...; empty for numbers
 * @param yNames of the rows likewise
 * @param valueNames of values that are kinds, 0, 1, 2 ..., each with a colour of its own; empty for numbers
 */
public record HeatChart(
        String title,
        String xTitle,
        String yTitle,
        String valueTitle,
        double[] x,
        double[] y,
        double[][] values,
        double low,
        double high,
        boolean logarithmic,
        List<String> xNames,
        List<String> yNames,
        List<String> valueNames)
        implements Chart {
    public HeatChart {
        if (values.length != y.length || values[0].length != x.length) {
            throw new IllegalArgumentException(title + ": " + values.length + " x " + values[0].length + " values for "
                    + y.length + " x " + x.length);
        }
    }

    /** Over numbers. */
    public HeatChart(
            String title,
            String xTitle,
            String yTitle,
            String valueTitle,
            double[] x,
            double[] y,
            double[][] values,
            double low,
            double high,
            boolean logarithmic) {
        this(title, xTitle, yTitle, valueTitle, x, y, values, low, high, logarithmic, List.of(), List.of(), List.of());
    }

    /**
     * Over things with names.
     *
     * @param values [y][x]
     */
    public static HeatChart named(
            String title,
            String xTitle,
            List<String> xNames,
            String yTitle,
            List<String> yNames,
            double[][] values,
            double low,
            double high) {
        double[] x = IntStream.range(0, xNames.size()).asDoubleStream().toArray();
        double[] y = IntStream.range(0, yNames.size()).asDoubleStream().toArray();
        return new HeatChart(title, xTitle, yTitle, "", x, y, values, low, high, false, xNames, yNames, List.of());
    }
}
