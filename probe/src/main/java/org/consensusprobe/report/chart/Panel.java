package org.consensusprobe.report.chart;

import org.consensusprobe.results.charts.BarChart;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.SphereChart;

/** What draws one chart of a sheet. */
public interface Panel {
    /** Draws into the box from the origin to (width, height). */
    void paint(Canvas canvas, double width, double height);

    /** Of a chart that is data. */
    static Panel of(Chart chart) {
        if (chart instanceof LineChart lines) {
            return new LinePanel(lines);
        }
        if (chart instanceof BarChart bars) {
            return new BarPanel(bars);
        }
        return chart instanceof HeatChart heat ? new HeatPanel(heat) : new SpherePanel((SphereChart) chart);
    }
}
