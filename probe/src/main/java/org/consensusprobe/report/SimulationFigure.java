package org.consensusprobe.report;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.results.SimulationResult;
import org.consensusprobe.results.charts.Chart;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.SphereChart;

/** The figure of a simulation: its charts in rows, lettered, under one title. PNG and SVG come from one drawing. */
public final class SimulationFigure {
    private static final double PNG_SCALE = 2.0;
    private static final int PANEL_WIDTH = 400;
    private static final int PANEL_HEIGHT = 320;
    private static final int HEADING = 20;
    private static final int TRIM = 16;
    private static final int MARGIN = 14;
    private static final int TITLE_LINE = 22;
    private static final Font TITLE_FONT = Texts.bold(15f);

    private final SimulationResult result;
    private final List<Chart> charts;
    private final int columns;

    /** The figure of a result. */
    public SimulationFigure(SimulationResult result) {
        this.result = result;
        this.charts = result.charts();
        this.columns = Math.min(result.columns(), charts.size());
    }

    /** Writes the figure as PNG. */
    public void writePng(Path file) {
        byte[] png = Figure.drawing(() -> {
            BufferedImage image = new BufferedImage(
                    (int) (width() * PNG_SCALE), (int) (height() * PNG_SCALE), BufferedImage.TYPE_INT_RGB);
            Graphics2D g = image.createGraphics();
            g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
            g.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
            g.scale(PNG_SCALE, PNG_SCALE);
            paint(g);
            g.dispose();
            return Figure.pngOf(image);
        });
        AtomicFiles.write(file, out -> out.write(png));
    }

    /** Writes the figure as SVG. */
    public void writeSvg(Path file) {
        AtomicFiles.writeText(file, svg());
    }

    String svg() {
        return Figure.drawing(() -> Svg.of(
                width(),
                height(),
                result.title(),
                charts.stream().map(Chart::title).toList(),
                this::paint));
    }

    private int width() {
        return columns * PANEL_WIDTH;
    }

    private int height() {
        int rows = (charts.size() + columns - 1) / columns;
        return TITLE_LINE + MARGIN + rows * (PANEL_HEIGHT + HEADING - TRIM) + MARGIN;
    }

    private void paint(Graphics2D g) {
        g.setColor(Color.WHITE);
        g.fill(new Rectangle2D.Double(0, 0, width(), height()));
        g.setColor(Palette.TEXT);
        String title = Texts.shorten(result.title(), TITLE_FONT, width() - 2.0 * MARGIN);
        Texts.draw(g, title, TITLE_FONT, (width() - Texts.width(title, TITLE_FONT)) / 2, MARGIN + 12);
        AffineTransform origin = g.getTransform();
        for (int i = 0; i < charts.size(); i++) {
            int left = i % columns * PANEL_WIDTH;
            int top = TITLE_LINE + MARGIN + i / columns * (PANEL_HEIGHT + HEADING - TRIM);
            String letter = charts.size() > 1 ? (char) ('a' + i) + "  " : "";
            String heading =
                    Texts.shorten(letter + charts.get(i).title(), ChartFrame.TITLE_FONT, PANEL_WIDTH - 2.0 * MARGIN);
            g.setColor(Palette.TEXT);
            Texts.draw(g, heading, ChartFrame.TITLE_FONT, left + 22, top + 15);
            g.translate(left, top + HEADING - TRIM);
            paint(g, charts.get(i));
            g.setTransform(origin);
        }
    }

    private static void paint(Graphics2D g, Chart chart) {
        if (chart instanceof LineChart lines) {
            LineChartPainter.paint(g, lines, PANEL_WIDTH, PANEL_HEIGHT);
        } else if (chart instanceof SphereChart sphere) {
            SphereChartPainter.paint(g, sphere, PANEL_WIDTH, PANEL_HEIGHT);
        } else if (chart instanceof HeatChart heat) {
            HeatChartPainter.paint(g, heat, PANEL_WIDTH, PANEL_HEIGHT);
        }
    }
}
