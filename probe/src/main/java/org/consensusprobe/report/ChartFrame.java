package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The axes of one chart of a simulation, drawn by the chart library, and the coordinates they span. */
final class ChartFrame {
    static final Font TITLE_FONT = Texts.bold(12.5f);
    static final Font TICK_FONT = Texts.plain(11f);
    private static final Font AXIS_FONT = Texts.plain(12f);
    private static final Color TRANSPARENT = new Color(255, 255, 255, 0);
    private static final int LABEL_WIDTH = 52;
    private static final int PADDING = 22;
    private static final double ALMOST_ALL = 0.999;

    private final XYChart axes;
    private final ChartAxis x;
    private final ChartAxis y;

    private ChartFrame(XYChart axes, ChartAxis x, ChartAxis y) {
        this.axes = axes;
        this.x = x;
        this.y = y;
    }

    /** Draws axes and their titles into the box from the origin to (width, height). */
    static ChartFrame paint(
            Graphics2D g, int width, int height, String xTitle, String yTitle, ChartAxis x, ChartAxis y, boolean grid) {
        XYChart chart = new XYChart(width, height);
        chart.setXAxisTitle(xTitle);
        chart.setYAxisTitle(yTitle);
        chart.setCustomXAxisTickLabelsFormatter(x.label());
        chart.setCustomYAxisTickLabelsFormatter(y.label());
        XYStyler style = chart.getStyler();
        style.setAntiAlias(true);
        style.setChartBackgroundColor(TRANSPARENT);
        style.setPlotBackgroundColor(TRANSPARENT);
        style.setChartFontColor(Palette.TEXT);
        style.setChartPadding(PADDING);
        style.setLegendVisible(false);
        style.setChartTitleVisible(false);
        style.setPlotBorderVisible(false);
        style.setPlotContentSize(ALMOST_ALL);
        style.setAxisTicksLineVisible(false);
        style.setYAxisLabelAlignment(TextAlignment.Right);
        style.setPlotMargin(0);
        style.setPlotGridLinesVisible(grid);
        style.setPlotGridLinesColor(Palette.GRID);
        style.setPlotGridLinesStroke(new BasicStroke(0.8f));
        style.setPlotTicksMarksVisible(false);
        style.setAxisTitleFont(AXIS_FONT);
        style.setAxisTickLabelsFont(TICK_FONT);
        style.setAxisTickLabelsColor(Palette.TEXT);
        style.setAxisTickMarkLength(4);
        style.setAxisTickPadding(4);
        style.setYAxisLeftWidthHint(LABEL_WIDTH);
        style.setXAxisMin(x.first());
        style.setXAxisMax(x.last());
        style.setYAxisMin(y.first());
        style.setYAxisMax(y.last());
        int ticks = Math.max(x.ticks().length, y.ticks().length);
        // where an invisible series is evenly spaced over the axis, the library puts its ticks there
        XYSeries source = chart.addSeries("ticks", at(x.ticks(), ticks), at(y.ticks(), ticks));
        source.setLineStyle(SeriesLines.NONE);
        source.setMarker(SeriesMarkers.NONE);
        chart.paint(g, width, height);
        return new ChartFrame(chart, x, y);
    }

    private static double[] at(double[] ticks, int count) {
        return IntStream.range(0, count)
                .mapToDouble(i -> ticks[Math.min(i, ticks.length - 1)])
                .toArray();
    }

    /** Hundredths of a pixel are invisible, and more digits only make an SVG larger. */
    double x(double value) {
        return Math.round(axes.getScreenXFromChart(x.within(value)) * 100) / 100.0;
    }

    double y(double value) {
        return Math.round(axes.getScreenYFromChart(y.within(value)) * 100) / 100.0;
    }

    /** The plot's area. */
    Rectangle2D area() {
        double left = axes.getScreenXFromChart(x.first());
        double top = axes.getScreenYFromChart(y.last());
        return new Rectangle2D.Double(
                left, top, axes.getScreenXFromChart(x.last()) - left, axes.getScreenYFromChart(y.first()) - top);
    }

    void outline(Graphics2D g) {
        g.setColor(Palette.FRAME);
        g.setStroke(Palette.THIN);
        g.draw(area());
    }
}
