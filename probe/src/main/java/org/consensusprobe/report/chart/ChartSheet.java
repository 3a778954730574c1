package org.consensusprobe.report.chart;

import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.results.charts.Chart;

/** A figure of charts that are data, in rows and lettered. */
public final class ChartSheet extends Sheet {
    private static final int PANEL_WIDTH = 400;
    private static final int PANEL_HEIGHT = 304;
    /** Browsers draw two ordinary spaces as one. */
    private static final String EN_SPACE = "\u2002";

    /**
     * A figure.
     *
     * @param charts in reading order
     * @param columns how many stand beside each other
     */
    public ChartSheet(String title, List<Chart> charts, int columns) {
        super(
                List.of(title),
                IntStream.iterate(0, from -> from < charts.size(), from -> from + columns)
                        .mapToObj(from -> row(charts, from, Math.min(from + columns, charts.size())))
                        .toList(),
                PANEL_WIDTH,
                PANEL_HEIGHT,
                List.of());
    }

    private static Row row(List<Chart> charts, int from, int to) {
        return new Row(
                "",
                IntStream.range(from, to)
                        .mapToObj(i -> (charts.size() > 1 ? (char) ('a' + i) + EN_SPACE : "")
                                + charts.get(i).title())
                        .toList(),
                charts.subList(from, to).stream().map(Panel::of).toList());
    }
}
