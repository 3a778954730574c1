package org.consensusprobe.report;

import java.awt.Color;
import java.awt.Font;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.consensusprobe.common.AtomicFiles;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.style.Styler;

/**
 * A figure of heat maps, two in a row: a value for each layer (across) and head (upwards).
 *
 * <p>PNG and SVG come from the same drawing.
 */
public final class HeatMaps {
    private static final int HEIGHT = 340;
    private static final Font PANEL_TITLE = Texts.bold(12f);
    private static final Font LABEL = Texts.plain(10.5f);
    /** From low to high where a value has a sign: blue, white, red; apart under common colour blindness. */
    private static final Color[] SIGNED = {
        new Color(0x2166AC), new Color(0x92C5DE), new Color(0xF7F7F7), new Color(0xF4A582), new Color(0xB2182B)
    };
    /** From low to high, light to dark, where it has none. */
    private static final Color[] PLAIN = {
        new Color(0xFFF7EC), new Color(0xFDD49E), new Color(0xFC8D59), new Color(0xB30000), new Color(0x4A0000)
    };

    private final String title;
    private final List<Panel> panels;

    /**
     * One heat map.
     *
     * @param title what is shown, plain text
     * @param values [layers][heads]; NaN for none
     * @param layers the names of the layers
     * @param heads the names of the heads
     * @param low the value of the first colour
     * @param high the value of the last colour
     */
    public record Panel(
            String title, double[][] values, List<String> layers, List<String> heads, double low, double high) {}

    /** A figure. */
    public HeatMaps(String title, List<Panel> panels) {
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
                panels.stream().map(HeatMaps::chart).toList());
    }

    private static HeatMapChart chart(Panel panel) {
        HeatMapChart chart = new HeatMapChartBuilder()
                .width(ChartGrid.WIDTH)
                .height(HEIGHT)
                .title(panel.title())
                .xAxisTitle("layer")
                .yAxisTitle("head")
                .build();
        boolean signed = panel.low() < 0;
        chart.getStyler()
                .setMin(panel.low())
                .setMax(panel.high())
                .setRangeColors(signed ? SIGNED : PLAIN)
                .setPiecewise(false)
                .setHeatMapValueDecimalPattern("0.##")
                .setChartBackgroundColor(Color.WHITE)
                .setPlotBackgroundColor(Color.WHITE)
                .setPlotBorderVisible(false)
                .setChartTitleBoxVisible(false)
                .setChartTitleFont(PANEL_TITLE)
                .setLegendPosition(Styler.LegendPosition.OutsideE)
                .setLegendBorderColor(Color.WHITE)
                .setLegendFont(LABEL);
        chart.getStyler().setAxisTickLabelsFont(LABEL);
        chart.getStyler().setAxisTitleFont(LABEL);
        chart.getStyler().setPlotGridLinesVisible(false);
        chart.getStyler().setXAxisMaxLabelCount(12);
        chart.addSeries("value", panel.layers(), panel.heads(), cells(panel));
        return chart;
    }

    private static List<Number[]> cells(Panel panel) {
        return IntStream.range(0, panel.values().length)
                .boxed()
                .flatMap(layer -> IntStream.range(0, panel.values()[layer].length)
                        .filter(head -> !Double.isNaN(panel.values()[layer][head]))
                        .mapToObj(head -> new Number[] {
                            layer, head, Math.max(panel.low(), Math.min(panel.high(), panel.values()[layer][head]))
                        }))
                .toList();
    }

    /** A range around 0 that holds all values. */
    public static double largestModulus(double[][] values) {
        return Arrays.stream(values)
                .flatMapToDouble(Arrays::stream)
                .filter(Double::isFinite)
                .map(Math::abs)
                .max()
                .orElse(1);
    }
}
