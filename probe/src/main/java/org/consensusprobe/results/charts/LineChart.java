package org.consensusprobe.results.charts;

import java.util.List;

/**
 * Lines over common axes.
 *
 * @param yScale values that are not positive are left out of a logarithmic axis
 */
public record LineChart(String title, String xTitle, String yTitle, Scale xScale, Scale yScale, List<Line> lines)
        implements Chart {
    /** Of an axis. */
    public enum Scale {
        LINEAR,
        LOG
    }

    public LineChart {
        lines = List.copyOf(lines);
    }

    /** Both axes linear. */
    public static LineChart linear(String title, String xTitle, String yTitle, List<Line> lines) {
        return new LineChart(title, xTitle, yTitle, Scale.LINEAR, Scale.LINEAR, lines);
    }

    /** The vertical axis logarithmic. */
    public static LineChart log(String title, String xTitle, String yTitle, List<Line> lines) {
        return new LineChart(title, xTitle, yTitle, Scale.LINEAR, Scale.LOG, lines);
    }
}
