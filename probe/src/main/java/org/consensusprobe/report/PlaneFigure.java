package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.consensusprobe.report.chart.Axis;
import org.consensusprobe.report.chart.Canvas;
import org.consensusprobe.report.chart.Frame;
import org.consensusprobe.report.chart.Legend;
import org.consensusprobe.report.chart.Lettering;
import org.consensusprobe.report.chart.Palette;
import org.consensusprobe.report.chart.Panel;
import org.consensusprobe.report.chart.Sheet;

/** A prompt's tokens in one plane, a panel for each depth, all of one scale. */
final class PlaneFigure extends Sheet {
    private static final int PANEL_WIDTH = 250;
    private static final int PANEL_HEIGHT = 224;
    private static final int COLUMNS = 4;
    private static final Lettering NAME = Lettering.plain(9.5f);
    private static final double NAME_HEIGHT = 10;
    private static final double RING = 5;
    private static final BasicStroke RING_LINE = new BasicStroke(1.2f);

    /** One depth. */
    private record Points(double[][] points, List<String> labels, Axis x, Axis y) implements Panel {
        @Override
        public void paint(Canvas canvas, double width, double height) {
            Frame frame = Frame.paint(canvas, width, height, x, "", y, "", false);
            frame.outline(canvas);
            List<Rectangle2D> taken = new ArrayList<>();
            for (int i = points.length - 1; i >= 0; i--) {
                if (!Double.isNaN(points[i][0])) {
                    canvas.dot(frame.x(points[i][0]), frame.y(points[i][1]), colour(i, points.length));
                }
            }
            for (int i = 0; i < points.length; i++) {
                if (!Double.isNaN(points[i][0])) {
                    name(canvas, frame, i, taken);
                }
            }
        }

        /** Writes a token's name where it covers no other. */
        private void name(Canvas canvas, Frame frame, int i, List<Rectangle2D> taken) {
            double x = frame.x(points[i][0]);
            double y = frame.y(points[i][1]);
            if (i == 0) {
                canvas.draw(new Ellipse2D.Double(x - RING, y - RING, 2 * RING, 2 * RING), Palette.TEXT, RING_LINE);
            }
            double wide = NAME.width(labels.get(i));
            double left = x + 6 + wide > frame.right() ? x - 6 - wide : x + 6;
            Rectangle2D box = new Rectangle2D.Double(left, y - NAME_HEIGHT / 2, wide, NAME_HEIGHT);
            if (taken.stream().noneMatch(box::intersects)) {
                taken.add(box);
                canvas.textOver(labels.get(i), NAME, Palette.TEXT, left, y + 3.5);
            }
        }
    }

    /** A figure of a plane. */
    PlaneFigure(TokenPlane plane, List<String> places, List<String> labels) {
        super(List.of(title(plane)), rows(plane, places, labels), PANEL_WIDTH, PANEL_HEIGHT, legend());
    }

    private static String title(TokenPlane plane) {
        return "Unit tokens, first two principal components over these depths: %.0f %% and %.0f %% of the variance"
                .formatted(100 * plane.shares()[0], 100 * plane.shares()[1]);
    }

    private static List<Row> rows(TokenPlane plane, List<String> places, List<String> labels) {
        Axis[] axes = axes(plane);
        List<Points> panels = Arrays.stream(plane.points())
                .map(points -> new Points(points, labels, axes[0], axes[1]))
                .toList();
        return IntStream.iterate(0, from -> from < panels.size(), from -> from + COLUMNS)
                .mapToObj(from -> {
                    int to = Math.min(from + COLUMNS, panels.size());
                    return new Row("", places.subList(from, to), panels.subList(from, to));
                })
                .toList();
    }

    /** Both of the same length, so that distances are the same in both directions of a square plot. */
    private static Axis[] axes(TokenPlane plane) {
        double[] middle = new double[2];
        double half = 1e-6;
        for (int axis = 0; axis < 2; axis++) {
            int a = axis;
            double[] values = Arrays.stream(plane.points())
                    .flatMap(Arrays::stream)
                    .mapToDouble(p -> p[a])
                    .filter(v -> !Double.isNaN(v))
                    .toArray();
            double low = DoubleStream.of(values).min().orElse(-1);
            double high = DoubleStream.of(values).max().orElse(1);
            middle[axis] = (low + high) / 2;
            half = Math.max(half, 0.54 * (high - low));
        }
        double reach = half;
        return DoubleStream.of(middle)
                .mapToObj(m -> Axis.linear(DoubleStream.of(m - reach, m + reach), 4, false))
                .toArray(Axis[]::new);
    }

    private static List<Legend.Entry> legend() {
        return List.of(
                new Legend.Entry("position in the prompt, first to last", (canvas, half) -> {
                    for (int i = 0; i < 5; i++) {
                        canvas.dot(-half + half / 2 * i, 0, colour(i, 5));
                    }
                }),
                new Legend.Entry("token 1, with which the error compares", (canvas, half) -> {
                    canvas.dot(0, 0, colour(0, 2));
                    canvas.draw(new Ellipse2D.Double(-RING, -RING, 2 * RING, 2 * RING), Palette.TEXT, RING_LINE);
                }));
    }

    private static Color colour(int i, int count) {
        double share = count < 2 ? 0 : i / (count - 1.0);
        Color from = Palette.colour(0);
        Color to = Palette.colour(1);
        return new Color(
                (int) Math.round(from.getRed() + share * (to.getRed() - from.getRed())),
                (int) Math.round(from.getGreen() + share * (to.getGreen() - from.getGreen())),
                (int) Math.round(from.getBlue() + share * (to.getBlue() - from.getBlue())));
    }
}
