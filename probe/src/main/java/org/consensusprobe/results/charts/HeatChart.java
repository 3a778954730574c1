package org.consensusprobe.results.charts;

/**
 * A function of two variables, as colours.
 *
 * @param valueTitle what the colours mean
 * @param x the columns' positions, ascending and evenly spaced
 * @param y the rows' positions, ascending and evenly spaced; the first row is drawn lowest
 * @param values [y][x]
 * @param low the value of the first colour
 * @param high the value of the last colour
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
        boolean logarithmic)
        implements Chart {
    public HeatChart {
        if (values.length != y.length || values[0].length != x.length) {
            throw new IllegalArgumentException(title + ": " + values.length + " x " + values[0].length + " values for "
                    + y.length + " x " + x.length);
        }
    }
}
