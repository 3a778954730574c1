package org.consensusprobe.results.charts;

/**
 * One line of a chart.
 *
 * @param label its legend entry; empty: none of its own
 * @param colour lines of one colour number look alike
 * @param x as long as {@code y}
 * @param y NaN breaks the line
 */
public record Line(String label, int colour, Style style, double[] x, double[] y) {
    /** How a line is drawn. */
    public enum Style {
        SOLID,
        DASHED,
        /** one of many, thin and pale */
        FAINT,
        /** no line, a mark at each point */
        DOTS
    }

    public Line {
        if (x.length != y.length) {
            throw new IllegalArgumentException(label + ": " + x.length + " and " + y.length + " values");
        }
        x = x.clone();
        y = y.clone();
    }

    /** A solid line. */
    public static Line solid(String label, int colour, double[] x, double[] y) {
        return new Line(label, colour, Style.SOLID, x, y);
    }

    /** A dashed line: what was predicted. */
    public static Line dashed(String label, int colour, double[] x, double[] y) {
        return new Line(label, colour, Style.DASHED, x, y);
    }

    /** One of many lines. */
    public static Line faint(int colour, double[] x, double[] y) {
        return new Line("", colour, Style.FAINT, x, y);
    }

    /** Marks. */
    public static Line dots(String label, int colour, double[] x, double[] y) {
        return new Line(label, colour, Style.DOTS, x, y);
    }
}
