package org.consensusprobe.report.chart;

import java.awt.Color;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.consensusprobe.report.chart.Axis.Tick;
import org.consensusprobe.report.chart.Canvas.Anchor;
import org.consensusprobe.results.charts.HeatChart;

/** A function of two variables as colours, with their scale at the right. */
final class HeatPanel implements Panel {
    /** Viridis (van der Walt and Smith), which keeps its order in grey and for the colour-blind. */
    private static final int[] PLAIN = {
        0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C, 0xFDE725
    };
    /** Blue, white, red, for values with a sign; apart under common colour blindness. */
    private static final int[] SIGNED = {0x2166AC, 0x92C5DE, 0xF7F7F7, 0xF4A582, 0xB2182B};

    private static final Color NOTHING = new Color(0xE4E4E4);
    private static final int SCALE_WIDTH = 12;
    private static final int SCALE_ROOM = 46;
    private static final int NAME_LINE = 18;
    private static final int NAME_GAP = 12;
    private static final int SHADES = 64;
    private static final int MOST_TICKS = 6;
    private static final int MOST_NAMES = 12;
    /** Edges that only touch would let the background shine through. */
    private static final double OVERLAP = 0.3;

    private final HeatChart chart;
    private final Axis scale;

    HeatPanel(HeatChart chart) {
        this.chart = chart;
        DoubleStream ends = DoubleStream.of(chart.low(), chart.high());
        this.scale = chart.logarithmic() ? Axis.log(ends) : Axis.linear(ends, MOST_TICKS, false);
    }

    @Override
    public void paint(Canvas canvas, double width, double height) {
        double[] columns = bounds(chart.x());
        double[] rows = bounds(chart.y());
        Frame frame = Frame.paint(
                canvas,
                width - scaleRoom(),
                height,
                axis(columns, chart.xNames()),
                chart.xTitle(),
                axis(rows, chart.yNames()),
                chart.yTitle(),
                false);
        for (int r = 0; r < chart.y().length; r++) {
            for (int c = 0; c < chart.x().length; ) {
                Color colour = colour(chart.values()[r][c]);
                int end = c + 1; // runs of one colour in one rectangle keep an SVG small
                while (end < chart.x().length && colour(chart.values()[r][end]).equals(colour)) {
                    end++;
                }
                double left = frame.x(columns[c]);
                double top = frame.y(rows[r + 1]);
                canvas.box(left, top, frame.x(columns[end]) - left + OVERLAP, frame.y(rows[r]) - top + OVERLAP, colour);
                c = end;
            }
        }
        frame.outline(canvas);
        Canvas beside = canvas.at(frame.right() + 12, frame.top());
        if (chart.valueNames().isEmpty()) {
            paintScale(beside, frame.height());
        } else {
            paintNames(beside);
        }
    }

    private double scaleRoom() {
        double widest = chart.valueNames().stream()
                .mapToDouble(Frame.TICK_FONT::width)
                .max()
                .orElse(0);
        return Math.max(SCALE_ROOM, widest + SCALE_WIDTH + NAME_GAP);
    }

    private void paintNames(Canvas canvas) {
        for (int i = 0; i < chart.valueNames().size(); i++) {
            double y = i * NAME_LINE;
            canvas.box(0, y, SCALE_WIDTH, SCALE_WIDTH, Palette.colour(i));
            canvas.text(
                    chart.valueNames().get(i),
                    Frame.TICK_FONT,
                    Palette.TEXT,
                    Anchor.START,
                    SCALE_WIDTH + 4.0,
                    y + SCALE_WIDTH - 1.5);
        }
    }

    private static Axis axis(double[] bounds, List<String> names) {
        return names.isEmpty()
                ? Axis.linear(DoubleStream.of(bounds), MOST_TICKS, false)
                : Axis.names(names, MOST_NAMES);
    }

    private void paintScale(Canvas canvas, double height) {
        double each = height / SHADES;
        for (int i = 0; i < SHADES; i++) {
            canvas.box(0, height - (i + 1) * each, SCALE_WIDTH, each + OVERLAP, shade((i + 0.5) / SHADES));
        }
        canvas.draw(new java.awt.geom.Rectangle2D.Double(0, 0, SCALE_WIDTH, height), Palette.FRAME, Palette.THIN);
        for (Tick tick : scale.ticks()) {
            double y = height * (1 - scale.shareOfPlace(tick.place())) + 4;
            canvas.text(tick.label(), Frame.TICK_FONT, Palette.TEXT, Anchor.START, SCALE_WIDTH + 4.0, y);
        }
        canvas.text(chart.valueTitle(), Frame.TICK_FONT, Palette.TEXT, Anchor.END, SCALE_WIDTH + 34.0, -7);
    }

    private Color colour(double value) {
        if (!Double.isNaN(value) && !chart.valueNames().isEmpty()) {
            return Palette.colour((int) value);
        }
        return Double.isNaN(value) ? NOTHING : shade(Math.rint(scale.share(value) * 2 * SHADES) / (2 * SHADES));
    }

    private Color shade(double at) {
        int[] colours = chart.low() < 0 ? SIGNED : PLAIN;
        double place = at * (colours.length - 1);
        int i = Math.min(colours.length - 2, (int) place);
        int mixed = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
            int a = colours[i] >> shift & 0xFF;
            int b = colours[i + 1] >> shift & 0xFF;
            mixed |= (int) Math.round(a + (place - i) * (b - a)) << shift;
        }
        return new Color(mixed);
    }

    /** The edges of cells around these centres. */
    private static double[] bounds(double[] centres) {
        double half = centres.length > 1 ? (centres[1] - centres[0]) / 2 : 0.5;
        return DoubleStream.concat(
                        DoubleStream.of(centres[0] - half),
                        Arrays.stream(centres).map(c -> c + half))
                .toArray();
    }
}
