package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.AxesChartStyler.TextAlignment;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.lines.SeriesLines;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A panel's axes and the coordinates they span.
 *
 * <p>The chart library draws the axes; curves are drawn over them in its coordinates, because it strokes a line segment
 * by segment, which turns the dashes of a dense curve into a solid line.
 */
final class PlotArea {
    static final Font TICK_FONT = Texts.plain(11.5f);

    private static final Font AXIS_FONT = Texts.plain(12.5f);
    private static final String DEPTH_TITLE = "depth (blocks)";
    private static final String ERROR_TITLE = "error, eq. 25: 1 − mean cosine to token 1";
    private static final Color TRANSPARENT = new Color(255, 255, 255, 0);
    private static final int LABEL_WIDTH = 74;
    /** Room for half of the last depth's label, which is left out where it does not fit. */
    private static final int PADDING = 24;
    /** The library leaves out labels of ticks on the very ends of an axis. */
    private static final double ALMOST_ALL = 0.999;

    private final XYChart axes;
    private final FigureRow row;
    private final ValueAxis values;

    private PlotArea(XYChart axes, FigureRow row, ValueAxis values) {
        this.axes = axes;
        this.row = row;
        this.values = values;
    }

    /** Draws the axes into the box from the origin to (width, height). */
    static PlotArea paintAxes(Graphics2D g, int width, int height, FigureRow row, ValueAxis values) {
        XYChart axes = axes(width, height, row, values);
        axes.paint(g, width, height);
        return new PlotArea(axes, row, values);
    }

    /** Hundredths of a pixel are invisible, and more digits only make an SVG larger. */
    double x(int depth) {
        return Math.round(axes.getScreenXFromChart(depth) * 100) / 100.0;
    }

    double y(double value) {
        return Math.round(axes.getScreenYFromChart(values.within(value)) * 100) / 100.0;
    }

    double left() {
        return axes.getScreenXFromChart(0);
    }

    double right() {
        return axes.getScreenXFromChart(row.depth());
    }

    double top() {
        return axes.getScreenYFromChart(values.last());
    }

    double bottom() {
        return axes.getScreenYFromChart(values.first());
    }

    private static XYChart axes(int width, int height, FigureRow row, ValueAxis values) {
        XYChart chart = new XYChart(width, height);
        boolean onlyEnds = row.curves().stream().anyMatch(CurveSeries::drawnByPass);
        chart.setXAxisTitle(onlyEnds ? DEPTH_TITLE + ", drawn at the end of each pass" : DEPTH_TITLE);
        chart.setYAxisTitle(row.valueTitle().isEmpty() ? ERROR_TITLE : row.valueTitle());
        chart.setCustomYAxisTickLabelsFormatter(values.label());
        XYStyler style = chart.getStyler();
        style.setAntiAlias(true);
        style.setChartBackgroundColor(TRANSPARENT);
        style.setChartFontColor(Palette.TEXT);
        style.setChartPadding(PADDING);
        style.setLegendVisible(false);
        style.setChartTitleVisible(false);
        style.setPlotBorderVisible(false);
        style.setPlotContentSize(ALMOST_ALL);
        style.setAxisTicksLineVisible(false);
        style.setYAxisLabelAlignment(TextAlignment.Right);
        style.setPlotMargin(0);
        style.setPlotGridLinesColor(Palette.GRID);
        style.setPlotGridLinesStroke(new BasicStroke(0.8f));
        style.setPlotGridVerticalLinesVisible(false);
        style.setPlotTicksMarksVisible(false);
        style.setAxisTitleFont(AXIS_FONT);
        style.setAxisTickLabelsFont(TICK_FONT);
        style.setAxisTickLabelsColor(Palette.TEXT);
        style.setAxisTickMarksColor(Palette.FRAME);
        style.setAxisTickMarksStroke(new BasicStroke(0.8f));
        style.setAxisTickMarkLength(4);
        style.setAxisTickPadding(4);
        style.setYAxisLeftWidthHint(LABEL_WIDTH);
        style.setXAxisDecimalPattern("0");
        style.setXAxisTickMarkSpacingHint(48);
        style.setXAxisMin(0.0);
        style.setXAxisMax((double) row.depth());
        style.setYAxisMin(values.first());
        style.setYAxisMax(values.last());
        tickSource(chart, depthTicks(row), values.ticks());
        return chart;
    }

    /** An invisible series: where its coordinates are evenly spaced over the axis, the library puts its ticks there. */
    private static void tickSource(XYChart chart, double[] depths, double[] errors) {
        int count = Math.max(depths.length, errors.length);
        double[] x = DoubleStream.iterate(0, i -> i + 1)
                .limit(count)
                .map(i -> depths[(int) Math.min(i, depths.length - 1)])
                .toArray();
        double[] y = DoubleStream.iterate(0, i -> i + 1)
                .limit(count)
                .map(i -> errors[(int) Math.min(i, errors.length - 1)])
                .toArray();
        XYSeries ticks = chart.addSeries("ticks", x, y);
        ticks.setLineStyle(SeriesLines.NONE);
        ticks.setMarker(SeriesMarkers.NONE);
    }

    /** Ticks on pass boundaries, or on equal parts of a pass, if some step divides the depth so; else both ends. */
    private static double[] depthTicks(FigureRow row) {
        int depth = row.depth();
        int layers = row.commonLayers();
        for (int count = depth < 1000 ? 10 : 6; layers > 0 && count >= 4; count--) {
            int step = depth / count;
            if (depth % count == 0 && (step % layers == 0 || layers % step == 0)) {
                return DoubleStream.iterate(0, d -> d + step).limit(count + 1).toArray();
            }
        }
        return new double[] {0, depth / Math.PI, depth}; // uneven, so that the library chooses round numbers itself
    }
}
