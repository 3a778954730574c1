package org.consensusprobe.report.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.util.function.Predicate;
import org.consensusprobe.results.charts.SphereChart;

/**
 * Draws paths on a sphere or ellipsoid as seen from far away: what lies on the near side strongly, the far side faintly.
 */
final class SpherePanel implements Panel {
    private static final Color SURFACE = new Color(0xF6F8FA);
    private static final Color NEAR_LINE = new Color(0xD5DBE1);
    private static final Color FAR_LINE = new Color(0xE9EDF0);
    private static final Lettering NAME_FONT = Lettering.bold(11.5f);
    private static final int ROUND = 120;
    private static final int MARGIN = 20;
    private static final BasicStroke NEAR = new BasicStroke(1.6f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    private static final BasicStroke FAR = new BasicStroke(1.0f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);

    private final SphereChart chart;
    private final double[] right;
    private final double[] up;
    private final double[] towards;

    SpherePanel(SphereChart chart) {
        this.chart = chart;
        this.towards = raised(chart.view());
        this.right = unit(cross(new double[] {0, 0, 1}, towards));
        this.up = cross(towards, right);
    }

    @Override
    public void paint(Canvas box, double width, double height) {
        Canvas canvas = box.at(width / 2, height / 2);
        Projection at = new Projection(right, up, (Math.min(width, height) / 2 - MARGIN) / extent());
        Path2D outline = line(outline(), p -> true, at);
        outline.closePath();
        canvas.fill(outline, SURFACE);
        grid(canvas, at, false);
        for (SphereChart.Path path : chart.paths()) {
            half(canvas, at, path.points(), false, Palette.pale(Palette.colour(path.colour()), 80), FAR);
        }
        grid(canvas, at, true);
        canvas.draw(outline, Palette.FRAME, FAR);
        for (SphereChart.Path path : chart.paths()) {
            half(canvas, at, path.points(), true, Palette.colour(path.colour()), NEAR);
        }
        chart.paths().forEach(path -> ends(canvas, at, path));
        chart.arrows().forEach(arrow -> name(canvas, at, arrow));
    }

    /** From points in space to those of the drawing, whose origin is the sphere's middle. */
    private record Projection(double[] right, double[] up, double scale) {
        double x(double[] p) {
            return scale * dot(p, right);
        }

        double y(double[] p) {
            return -scale * dot(p, up);
        }
    }

    /** Looking straight down an axis makes circles of latitude circles: a view from half above shows more. */
    private static double[] raised(double[] view) {
        double[] v = unit(view);
        double flat = Math.hypot(v[0], v[1]);
        double[] level = flat < 1e-6 ? new double[] {1, 0} : new double[] {v[0] / flat, v[1] / flat};
        double height = Math.max(-0.8, Math.min(0.8, Math.abs(v[2]) < 0.35 ? Math.copySign(0.35, v[2]) : v[2]));
        double out = Math.sqrt(1 - height * height);
        return new double[] {level[0] * out, level[1] * out, height};
    }

    /** The largest distance from the middle on the drawing, in space's units. */
    private double extent() {
        return Math.max(length(surface(right)), length(surface(up)));
    }

    /** The points whose surface is seen edge on: a great circle of the unit sphere, carried to the ellipsoid. */
    private double[][] outline() {
        double[] a = chart.halfAxes();
        double[] normal = unit(new double[] {towards[0] / a[0], towards[1] / a[1], towards[2] / a[2]});
        double[] across =
                unit(cross(normal, Math.abs(normal[2]) < 0.9 ? new double[] {0, 0, 1} : new double[] {1, 0, 0}));
        return circle(new double[3], across, cross(normal, across));
    }

    /** A circle of the unit sphere, carried to the ellipsoid. */
    private double[][] circle(double[] middle, double[] a, double[] b) {
        double[][] circle = new double[ROUND + 1][3];
        for (int i = 0; i <= ROUND; i++) {
            double angle = 2 * Math.PI * i / ROUND;
            for (int c = 0; c < 3; c++) {
                circle[i][c] = middle[c] + a[c] * Math.cos(angle) + b[c] * Math.sin(angle);
            }
            circle[i] = surface(circle[i]);
        }
        return circle;
    }

    private void grid(Canvas canvas, Projection at, boolean near) {
        Color colour = near ? NEAR_LINE : FAR_LINE;
        for (int degrees = -60; degrees <= 60; degrees += 30) {
            double r = Math.cos(Math.toRadians(degrees));
            double[] middle = {0, 0, Math.sin(Math.toRadians(degrees))};
            half(canvas, at, circle(middle, new double[] {r, 0, 0}, new double[] {0, r, 0}), near, colour, FAR);
        }
        for (int degrees = 0; degrees < 180; degrees += 30) {
            double[] level = {Math.cos(Math.toRadians(degrees)), Math.sin(Math.toRadians(degrees)), 0};
            half(canvas, at, circle(new double[3], level, new double[] {0, 0, 1}), near, colour, FAR);
        }
    }

    private void half(Canvas canvas, Projection at, double[][] points, boolean near, Color colour, BasicStroke stroke) {
        canvas.draw(line(points, p -> isNear(p) == near, at), colour, stroke);
    }

    private static Path2D line(double[][] points, Predicate<double[]> shown, Projection at) {
        Path2D line = new Path2D.Double();
        boolean drawing = false;
        for (double[] p : points) {
            double x = at.x(p);
            double y = at.y(p);
            boolean here = shown.test(p) && Double.isFinite(x + y);
            if (here && !drawing) {
                line.moveTo(x, y);
            } else if (here && line.getCurrentPoint().distance(x, y) > 0.4) {
                line.lineTo(x, y); // nearer points only make an SVG larger
            }
            drawing = here;
        }
        return line;
    }

    private void ends(Canvas canvas, Projection at, SphereChart.Path path) {
        double[] start = path.points()[0];
        double[] end = path.points()[path.points().length - 1];
        Color colour = Palette.colour(path.colour());
        Ellipse2D from = Canvas.circle(at.x(start), at.y(start), 3.4);
        canvas.fill(from, Color.WHITE);
        canvas.draw(from, isNear(start) ? colour : Palette.pale(colour, 110), NEAR);
        canvas.fill(Canvas.circle(at.x(end), at.y(end), 3.4), isNear(end) ? colour : Palette.pale(colour, 110));
    }

    private void name(Canvas canvas, Projection at, SphereChart.Arrow arrow) {
        double x = at.x(arrow.point());
        double y = at.y(arrow.point());
        canvas.draw(Canvas.circle(x, y, 6), Palette.TEXT, NEAR);
        canvas.textOver(arrow.label(), NAME_FONT, Palette.TEXT, x + 8, y - 6);
    }

    private boolean isNear(double[] p) {
        double sum = 0;
        for (int c = 0; c < 3; c++) {
            sum += p[c] * towards[c] / (chart.halfAxes()[c] * chart.halfAxes()[c]);
        }
        return sum >= 0;
    }

    private double[] surface(double[] u) {
        double[] a = chart.halfAxes();
        return new double[] {a[0] * u[0], a[1] * u[1], a[2] * u[2]};
    }

    private static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    private static double length(double[] a) {
        return Math.sqrt(dot(a, a));
    }

    private static double[] cross(double[] a, double[] b) {
        return new double[] {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    }

    private static double[] unit(double[] a) {
        double length = length(a);
        return new double[] {a[0] / length, a[1] / length, a[2] / length};
    }
}
