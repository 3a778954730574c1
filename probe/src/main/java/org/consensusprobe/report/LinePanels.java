package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.AtomicFiles;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A figure of several small charts of lines along depth, two in a row; PNG and SVG come from the same drawing. */
public final class LinePanels {
    private static final int HEIGHT = 300;
    private static final Font PANEL_TITLE = Texts.bold(12f);
    private static final Font LABEL = Texts.plain(10.5f);

    private final String title;
    private final List<Panel> panels;

    /**
     * One chart.
     *
     * @param title plain text
     * @param logarithmic whether the values' axis is; values that are not positive are left out then
     */
    public record Panel(String title, List<Line> lines, boolean logarithmic) {}

    /** One line; entries that are no number are left out. */
    public record Line(String label, double[] x, double[] y) {}

    /** A figure. */
    public LinePanels(String title, List<Panel> panels) {
        this.title = title;
        this.panels = List.copyOf(panels);
    }

    /** Writes the figure as PNG. */
    public void writePng(Path file) {
        grid().writePng(file);
    }

    /** Writes the figure as SVG. */
    public void writeSvg(Path file) {
        AtomicFiles.writeText(file, svg());
    }

    String svg() {
        return grid().svg();
    }

    private ChartGrid grid() {
        return new ChartGrid(
                title,
                HEIGHT,
                panels.stream().map(Panel::title).toList(),
                panels.stream().map(LinePanels::chart).toList());
    }

    private static XYChart chart(Panel panel) {
        XYChart chart = new XYChartBuilder()
                .width(ChartGrid.WIDTH)
                .height(HEIGHT)
                .title(panel.title())
                .xAxisTitle("depth (blocks)")
                .build();
        chart.getStyler()
                .setChartTitleBoxVisible(false)
                .setChartTitleFont(PANEL_TITLE)
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setLegendPosition(Styler.LegendPosition.OutsideS)
                .setLegendLayout(Styler.LegendLayout.Horizontal)
                .setLegendBorderColor(Color.WHITE)
                .setLegendFont(LABEL);
        chart.getStyler().setAxisTickLabelsFont(LABEL);
        chart.getStyler().setAxisTitleFont(LABEL);
        chart.getStyler().setPlotGridLinesColor(Palette.GRID);
        chart.getStyler().setPlotGridLinesStroke(new BasicStroke(0.8f));
        chart.getStyler().setYAxisLogarithmic(panel.logarithmic());
        chart.getStyler().setDecimalPattern(null);
        for (int i = 0; i < panel.lines().size(); i++) {
            add(chart, panel.lines().get(i), i, panel.logarithmic());
        }
        return chart;
    }

    private static void add(XYChart chart, Line line, int index, boolean logarithmic) {
        double[][] shown = java.util.stream.IntStream.range(0, line.x().length)
                .filter(i -> Double.isFinite(line.y()[i]) && (!logarithmic || line.y()[i] > 0))
                .mapToObj(i -> new double[] {line.x()[i], line.y()[i]})
                .toArray(double[][]::new);
        if (shown.length == 0) {
            return; // nothing to draw on this axis
        }
        double[] x = java.util.Arrays.stream(shown).mapToDouble(p -> p[0]).toArray();
        double[] y = java.util.Arrays.stream(shown).mapToDouble(p -> p[1]).toArray();
        XYSeries series = chart.addSeries(line.label(), x, y);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(Palette.colour(index));
        series.setLineStyle(Palette.curve(true));
    }
}
