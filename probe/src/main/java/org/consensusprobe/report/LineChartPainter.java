package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;

/** Draws lines over axes, with their legend in whichever corner they leave emptiest. */
final class LineChartPainter {
    private static final Font LEGEND_FONT = Texts.plain(10.5f);
    private static final int LEGEND_LINE = 15;
    private static final int SAMPLE = 22;
    private static final int MOST_TICKS = 6;
    private static final int MOST_POINTS = 1200;
    private static final BasicStroke FAINT = new BasicStroke(0.9f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND);

    private LineChartPainter() {}

    /** Draws into the box from the origin to (width, height). */
    static void paint(Graphics2D g, LineChart chart, int width, int height) {
        ChartAxis x = ChartAxis.of(chart.xScale(), values(chart, true), false, MOST_TICKS);
        ChartAxis y = ChartAxis.of(chart.yScale(), values(chart, false), true, MOST_TICKS);
        ChartFrame frame = ChartFrame.paint(g, width, height, chart.xTitle(), chart.yTitle(), x, y, true);
        frame.outline(g);
        for (Line.Style style : List.of(Line.Style.FAINT, Line.Style.SOLID, Line.Style.DASHED, Line.Style.DOTS)) {
            for (Line line : chart.lines()) {
                if (line.style() == style) {
                    paint(g, frame, x, y, line);
                }
            }
        }
        legend(g, frame, x, y, chart);
    }

    private static double[] values(LineChart chart, boolean horizontal) {
        return chart.lines().stream()
                .flatMapToDouble(l -> DoubleStream.of(horizontal ? l.x() : l.y()))
                .toArray();
    }

    private static void paint(Graphics2D g, ChartFrame frame, ChartAxis x, ChartAxis y, Line line) {
        style(g, line);
        if (line.style() == Line.Style.DOTS) {
            for (int i = 0; i < line.x().length; i++) {
                if (shown(x, y, line, i)) {
                    g.fill(new Ellipse2D.Double(frame.x(line.x()[i]) - 2.6, frame.y(line.y()[i]) - 2.6, 5.2, 5.2));
                }
            }
            return;
        }
        Path2D path = new Path2D.Double();
        boolean broken = true;
        int every = Math.max(1, line.x().length / MOST_POINTS);
        for (int i = 0; i < line.x().length; i += every) {
            boolean here = shown(x, y, line, i);
            if (here && broken) {
                path.moveTo(frame.x(line.x()[i]), frame.y(line.y()[i]));
            } else if (here) {
                path.lineTo(frame.x(line.x()[i]), frame.y(line.y()[i]));
            }
            broken = !here;
        }
        g.draw(path);
    }

    private static boolean shown(ChartAxis x, ChartAxis y, Line line, int i) {
        double across = x.position().applyAsDouble(line.x()[i]);
        double up = y.position().applyAsDouble(line.y()[i]);
        double rounding = 1e-9 * (y.last() - y.first());
        return !Double.isNaN(across) && up >= y.first() - rounding && up <= y.last() + rounding;
    }

    private static void style(Graphics2D g, Line line) {
        Color colour = Palette.colour(line.colour());
        boolean faint = line.style() == Line.Style.FAINT;
        g.setColor(faint ? new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 110) : colour);
        g.setStroke(faint ? FAINT : Palette.curve(line.style() != Line.Style.DASHED));
    }

    private static void legend(Graphics2D g, ChartFrame frame, ChartAxis x, ChartAxis y, LineChart chart) {
        Map<String, Line> entries = new LinkedHashMap<>();
        chart.lines().stream().filter(l -> !l.label().isEmpty()).forEach(l -> entries.putIfAbsent(l.label(), l));
        if (entries.isEmpty()) {
            return;
        }
        double widest = entries.keySet().stream()
                .mapToDouble(t -> Texts.width(t, LEGEND_FONT))
                .max()
                .orElse(0);
        Rectangle2D area = frame.area();
        Rectangle2D box =
                emptiest(frame, x, y, chart, area, SAMPLE + 8 + widest + 10, entries.size() * LEGEND_LINE + 8);
        g.setColor(new Color(255, 255, 255, 205));
        g.fill(box);
        double top = box.getY() + 4;
        for (Map.Entry<String, Line> entry : entries.entrySet()) {
            double middle = top + LEGEND_LINE / 2.0;
            style(g, entry.getValue());
            if (entry.getValue().style() == Line.Style.DOTS) {
                g.fill(new Ellipse2D.Double(box.getX() + 6 + SAMPLE / 2.0 - 2.6, middle - 2.6, 5.2, 5.2));
            } else {
                g.draw(new Line2D.Double(box.getX() + 6, middle, box.getX() + 6 + SAMPLE, middle));
            }
            g.setColor(Palette.TEXT);
            Texts.draw(g, entry.getKey(), LEGEND_FONT, box.getX() + SAMPLE + 12, middle + 3.8);
            top += LEGEND_LINE;
        }
    }

    private static Rectangle2D emptiest(
            ChartFrame frame,
            ChartAxis x,
            ChartAxis y,
            LineChart chart,
            Rectangle2D area,
            double width,
            double height) {
        List<Rectangle2D> places = new ArrayList<>();
        for (double up : new double[] {0, 1, 0.5}) {
            for (double across : new double[] {1, 0, 0.5}) {
                places.add(new Rectangle2D.Double(
                        area.getX() + 5 + across * (area.getWidth() - width - 10),
                        area.getY() + 5 + up * (area.getHeight() - height - 10),
                        width,
                        height));
            }
        }
        Rectangle2D best = places.get(0);
        double fewest = Double.POSITIVE_INFINITY;
        for (Rectangle2D place : places) {
            double covered = 0;
            for (Line line : chart.lines()) {
                int every = Math.max(1, line.x().length / 200);
                for (int i = 0; i < line.x().length; i += every) {
                    if (shown(x, y, line, i) && place.contains(frame.x(line.x()[i]), frame.y(line.y()[i]))) {
                        covered += every;
                    }
                }
            }
            if (covered < fewest) {
                fewest = covered;
                best = place;
            }
        }
        return best;
    }
}
