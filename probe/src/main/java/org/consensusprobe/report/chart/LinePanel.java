package org.consensusprobe.report.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.consensusprobe.results.charts.Line;
import org.consensusprobe.results.charts.LineChart;
import org.consensusprobe.results.charts.LineChart.Scale;

/** Lines over axes, with their legend in a corner that they leave empty, or below them. */
final class LinePanel implements Panel {
    private static final float LEGEND_SIZE = 10.5f;
    private static final int LEGEND_MARGIN = 5;
    private static final int MOST_TICKS = 6;
    private static final int MOST_POINTS = 1200;
    private static final BasicStroke FAINT = new BasicStroke(0.9f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND);
    private static final double DOT = 3;

    private final LineChart chart;

    LinePanel(LineChart chart) {
        this.chart = chart;
    }

    @Override
    public void paint(Canvas canvas, double width, double height) {
        Frame frame = frame(width, height);
        Legend inside = new Legend(legend(), LEGEND_SIZE, 0);
        Legend below = new Legend(legend(), LEGEND_SIZE, width);
        Optional<Rectangle2D> empty = emptyPlace(frame, inside);
        if (empty.isEmpty()) {
            frame = frame(width, height - below.height());
            double indent = Math.max(0, frame.left() + (frame.width() - below.width()) / 2);
            below.paint(canvas.at(indent, height - below.height() - LEGEND_MARGIN));
        }
        frame.paint(canvas, chart.xTitle(), chart.yTitle(), true);
        empty.ifPresent(box -> canvas.fill(box, Palette.HALO));
        frame.outline(canvas);
        for (Line.Style style : List.of(Line.Style.FAINT, Line.Style.SOLID, Line.Style.DASHED, Line.Style.DOTS)) {
            for (Line line : chart.lines()) {
                if (line.style() == style) {
                    paint(canvas, frame, line);
                }
            }
        }
        empty.ifPresent(box -> inside.paint(canvas.at(box.getX() + LEGEND_MARGIN, box.getY() + LEGEND_MARGIN)));
    }

    private Frame frame(double width, double height) {
        return Frame.in(width, height, axis(true), chart.xTitle(), axis(false), chart.yTitle());
    }

    private Axis axis(boolean across) {
        DoubleStream values = chart.lines().stream().flatMapToDouble(l -> DoubleStream.of(across ? l.x() : l.y()));
        return (across ? chart.xScale() : chart.yScale()) == Scale.LOG
                ? Axis.log(values)
                : Axis.linear(values, MOST_TICKS, !across);
    }

    private static void paint(Canvas canvas, Frame frame, Line line) {
        Color colour = colour(line);
        if (line.style() == Line.Style.DOTS) {
            points(frame, line, 1).forEach(p -> {
                if (p != null) {
                    canvas.dot(p[0], p[1], colour);
                }
            });
            return;
        }
        Path2D path = new Path2D.Double();
        double[] before = null;
        for (double[] p : points(frame, line, MOST_POINTS).toList()) {
            if (p != null && before == null) {
                path.moveTo(p[0], p[1]);
            } else if (p != null) {
                path.lineTo(p[0], p[1]);
            }
            before = p;
        }
        canvas.draw(path, colour, stroke(line));
    }

    /** Where a line's values lie, about so many of them; null for what is not on the axes. */
    private static Stream<double[]> points(Frame frame, Line line, int most) {
        int every = line.style() == Line.Style.DOTS ? 1 : Math.max(1, line.x().length / most);
        return Stream.iterate(0, i -> i < line.x().length, i -> i + every).map(i -> {
            double x = line.x()[i];
            double y = line.y()[i];
            return frame.shows(x, y) ? new double[] {frame.x(x), frame.y(y)} : null;
        });
    }

    private static Color colour(Line line) {
        Color colour = Palette.colour(line.colour());
        return line.style() == Line.Style.FAINT ? Palette.pale(colour, 110) : colour;
    }

    private static BasicStroke stroke(Line line) {
        return line.style() == Line.Style.FAINT ? FAINT : Palette.curve(line.style() != Line.Style.DASHED);
    }

    private List<Legend.Entry> legend() {
        Map<String, Legend.Entry> entries = new LinkedHashMap<>();
        for (Line line : chart.lines()) {
            if (!line.label().isEmpty()) {
                entries.putIfAbsent(line.label(), new Legend.Entry(line.label(), (canvas, half) -> {
                    if (line.style() == Line.Style.DOTS) {
                        canvas.dot(0, 0, colour(line));
                    } else {
                        canvas.line(-half, 0, half, 0, colour(line), stroke(line));
                    }
                }));
            }
        }
        return List.copyOf(entries.values());
    }

    /** A place for the legend in which nothing is drawn, in or near a corner if there is one. */
    private Optional<Rectangle2D> emptyPlace(Frame frame, Legend legend) {
        double width = legend.width() + 2 * LEGEND_MARGIN;
        double height = legend.height() + 2 * LEGEND_MARGIN;
        return DoubleStream.of(0, 1, 0.1, 0.9, 0.25, 0.75, 0.5)
                .boxed()
                .flatMap(down -> DoubleStream.of(1, 0, 0.5).mapToObj(across -> (Rectangle2D) new Rectangle2D.Double(
                        frame.left() + across * (frame.width() - width),
                        frame.top() + down * (frame.height() - height),
                        width,
                        height)))
                .filter(box -> chart.lines().stream().noneMatch(line -> meets(frame, line, box)))
                .findFirst();
    }

    private static boolean meets(Frame frame, Line line, Rectangle2D box) {
        boolean joined = line.style() != Line.Style.DOTS;
        double[] before = null;
        for (double[] p : points(frame, line, MOST_POINTS).toList()) {
            if (p != null && box.intersects(p[0] - DOT, p[1] - DOT, 2 * DOT, 2 * DOT)
                    || p != null && before != null && joined && box.intersectsLine(before[0], before[1], p[0], p[1])) {
                return true;
            }
            before = p;
        }
        return false;
    }
}
