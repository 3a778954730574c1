package org.consensusprobe.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.consensusprobe.results.charts.HeatChart;
import org.consensusprobe.results.charts.LineChart.Scale;

/** Draws a function of two variables as colours, with their scale at the right. */
final class HeatChartPainter {
    /** Viridis (van der Walt and Smith), which keeps its order in grey and for the colour-blind. */
    private static final int[] VIRIDIS = {
        0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725
    };

    private static final Color NOTHING = new Color(0xE4E4E4);
    private static final int SCALE_WIDTH = 12;
    private static final int SCALE_ROOM = 62;
    private static final int SHADES = 64;

    private HeatChartPainter() {}

    /** Draws into the box from the origin to (width, height). */
    static void paint(Graphics2D g, HeatChart chart, int width, int height) {
        ChartAxis x = ChartAxis.of(Scale.LINEAR, edges(chart.x()), false, 6);
        ChartAxis y = ChartAxis.of(Scale.LINEAR, edges(chart.y()), false, 6);
        ChartFrame frame =
                ChartFrame.paint(g, width - SCALE_ROOM + 16, height, chart.xTitle(), chart.yTitle(), x, y, false);
        double[] columns = bounds(chart.x());
        double[] rows = bounds(chart.y());
        for (int r = 0; r < chart.y().length; r++) {
            for (int c = 0; c < chart.x().length; ) {
                Color colour = colour(chart, chart.values()[r][c]);
                int end = c + 1; // runs of one colour in one rectangle keep an SVG small
                while (end < chart.x().length
                        && colour(chart, chart.values()[r][end]).equals(colour)) {
                    end++;
                }
                double left = frame.x(columns[c]);
                double top = frame.y(rows[r + 1]);
                g.setColor(colour);
                g.fill(new Rectangle2D.Double(
                        left, top, frame.x(columns[end]) - left + 0.3, frame.y(rows[r]) - top + 0.3));
                c = end;
            }
        }
        frame.outline(g);
        scale(g, chart, frame.area());
    }

    private static void scale(Graphics2D g, HeatChart chart, Rectangle2D area) {
        double left = area.getMaxX() + 12;
        for (int i = 0; i < SHADES; i++) {
            g.setColor(shade((i + 0.5) / SHADES));
            double top = area.getMaxY() - (i + 1) * area.getHeight() / SHADES;
            g.fill(new Rectangle2D.Double(left, top, SCALE_WIDTH, area.getHeight() / SHADES + 0.3));
        }
        g.setColor(Palette.FRAME);
        g.setStroke(Palette.THIN);
        g.draw(new Rectangle2D.Double(left, area.getY(), SCALE_WIDTH, area.getHeight()));
        ChartAxis axis = ChartAxis.of(
                chart.logarithmic() ? Scale.LOG : Scale.LINEAR, new double[] {chart.low(), chart.high()}, false, 5);
        g.setColor(Palette.TEXT);
        for (double tick : axis.ticks()) {
            double at = (tick - place(chart, chart.low())) / (place(chart, chart.high()) - place(chart, chart.low()));
            if (at > -1e-9 && at < 1 + 1e-9) {
                Texts.draw(
                        g,
                        axis.label().apply(tick),
                        ChartFrame.TICK_FONT,
                        left + SCALE_WIDTH + 4,
                        area.getMaxY() - at * area.getHeight() + 4);
            }
        }
        double width = Texts.width(chart.valueTitle(), ChartFrame.TICK_FONT);
        Texts.draw(g, chart.valueTitle(), ChartFrame.TICK_FONT, left + SCALE_WIDTH + 34 - width, area.getY() - 7);
    }

    private static Color colour(HeatChart chart, double value) {
        if (Double.isNaN(value)) {
            return NOTHING;
        }
        double low = place(chart, chart.low());
        double at = (place(chart, value) - low) / (place(chart, chart.high()) - low);
        return shade(Math.max(0, Math.min(1, Math.rint(at * 2 * SHADES) / (2 * SHADES))));
    }

    private static double place(HeatChart chart, double value) {
        return chart.logarithmic() ? Math.log10(Math.max(value, 1e-300)) : value;
    }

    private static Color shade(double at) {
        double place = at * (VIRIDIS.length - 1);
        int i = Math.min(VIRIDIS.length - 2, (int) place);
        double part = place - i;
        Color a = new Color(VIRIDIS[i]);
        Color b = new Color(VIRIDIS[i + 1]);
        return new Color(
                mix(a.getRed(), b.getRed(), part),
                mix(a.getGreen(), b.getGreen(), part),
                mix(a.getBlue(), b.getBlue(), part));
    }

    private static int mix(int a, int b, double part) {
        return (int) Math.round(a + part * (b - a));
    }

    /** The edges of cells around these centres. */
    private static double[] bounds(double[] centres) {
        double half = centres.length > 1 ? (centres[1] - centres[0]) / 2 : 0.5;
        return DoubleStream.concat(
                        DoubleStream.of(centres[0] - half),
                        Arrays.stream(centres).map(c -> c + half))
                .toArray();
    }

    private static double[] edges(double[] centres) {
        double[] bounds = bounds(centres);
        return new double[] {bounds[0], bounds[bounds.length - 1]};
    }
}
