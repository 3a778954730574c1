package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import org.consensusprobe.results.charts.SphereChart;

/**
 * Draws paths on a sphere or ellipsoid as seen from far away: what lies on the near side strongly, the far side faintly.
 */
final class SphereChartPainter {
    private static final Color SURFACE = new Color(0xF6F8FA);
    private static final Color NEAR_LINE = new Color(0xD5DBE1);
    private static final Color FAR_LINE = new Color(0xE9EDF0);
    private static final Font NAME_FONT = Texts.bold(11.5f);
    private static final int ROUND = 120;
    private static final int MARGIN = 30;
    private static final BasicStroke NEAR = new BasicStroke(1.6f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    private static final BasicStroke FAR = new BasicStroke(1.0f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);

    private final SphereChart chart;
    private final double[] right;
    private final double[] up;
    private final double[] towards;
    private final double scale;
    private final double middleX;
    private final double middleY;

    private SphereChartPainter(SphereChart chart, int width, int height) {
        this.chart = chart;
        this.towards = raised(chart.view());
        this.right = unit(cross(new double[] {0, 0, 1}, towards));
        this.up = cross(towards, right);
        this.middleX = width / 2.0;
        this.middleY = height / 2.0 - 4;
        this.scale = (Math.min(width, height) / 2.0 - MARGIN) / extent();
    }

    /** Draws into the box from the origin to (width, height). */
    static void paint(Graphics2D g, SphereChart chart, int width, int height) {
        new SphereChartPainter(chart, width, height).paint(g);
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

    private double extent() {
        double widest = 0;
        double[] a = chart.halfAxes();
        for (double[] direction : new double[][] {right, up}) {
            widest = Math.max(
                    widest,
                    Math.sqrt(Math.pow(a[0] * direction[0], 2)
                            + Math.pow(a[1] * direction[1], 2)
                            + Math.pow(a[2] * direction[2], 2)));
        }
        return widest;
    }

    private void paint(Graphics2D g) {
        Path2D outline = outline();
        g.setColor(SURFACE);
        g.fill(outline);
        grid(g, false);
        for (SphereChart.Path path : chart.paths()) {
            path(g, path, false);
        }
        grid(g, true);
        g.setColor(Palette.FRAME);
        g.setStroke(FAR);
        g.draw(outline);
        for (SphereChart.Path path : chart.paths()) {
            path(g, path, true);
        }
        for (SphereChart.Path path : chart.paths()) {
            ends(g, path);
        }
        for (SphereChart.Arrow arrow : chart.arrows()) {
            name(g, arrow);
        }
    }

    /** The points whose surface is seen edge on: a great circle of the unit sphere, carried to the ellipsoid. */
    private Path2D outline() {
        double[] normal = new double[3];
        for (int c = 0; c < 3; c++) {
            normal[c] = towards[c] / chart.halfAxes()[c];
        }
        normal = unit(normal);
        double[] a = unit(cross(normal, Math.abs(normal[2]) < 0.9 ? new double[] {0, 0, 1} : new double[] {1, 0, 0}));
        double[] b = cross(normal, a);
        Path2D path = new Path2D.Double();
        for (int i = 0; i < ROUND; i++) {
            double angle = 2 * Math.PI * i / ROUND;
            double[] p = surface(combine(a, Math.cos(angle), b, Math.sin(angle)));
            if (i == 0) {
                path.moveTo(x(p), y(p));
            } else {
                path.lineTo(x(p), y(p));
            }
        }
        path.closePath();
        return path;
    }

    private void grid(Graphics2D g, boolean near) {
        g.setColor(near ? NEAR_LINE : FAR_LINE);
        g.setStroke(FAR);
        for (int latitude = -60; latitude <= 60; latitude += 30) {
            double z = Math.sin(Math.toRadians(latitude));
            double r = Math.cos(Math.toRadians(latitude));
            double[][] circle = new double[ROUND + 1][];
            for (int i = 0; i <= ROUND; i++) {
                double angle = 2 * Math.PI * i / ROUND;
                circle[i] = surface(new double[] {r * Math.cos(angle), r * Math.sin(angle), z});
            }
            half(g, circle, near);
        }
        for (int longitude = 0; longitude < 180; longitude += 30) {
            double[][] circle = new double[ROUND + 1][];
            for (int i = 0; i <= ROUND; i++) {
                double angle = 2 * Math.PI * i / ROUND;
                double around = Math.toRadians(longitude);
                circle[i] = surface(new double[] {
                    Math.cos(angle) * Math.cos(around), Math.cos(angle) * Math.sin(around), Math.sin(angle)
                });
            }
            half(g, circle, near);
        }
    }

    private void path(Graphics2D g, SphereChart.Path path, boolean near) {
        Color colour = Palette.colour(path.colour());
        g.setColor(near ? colour : new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 80));
        g.setStroke(near ? NEAR : FAR);
        half(g, path.points(), near);
    }

    private void half(Graphics2D g, double[][] points, boolean near) {
        Path2D line = new Path2D.Double();
        boolean drawing = false;
        double lastX = 0;
        double lastY = 0;
        for (double[] p : points) {
            if (isNear(p) == near) {
                double px = x(p);
                double py = y(p);
                if (!drawing) {
                    line.moveTo(px, py);
                    lastX = px;
                    lastY = py;
                } else if (Math.hypot(px - lastX, py - lastY) > 0.4) { // nearer points only make an SVG larger
                    line.lineTo(px, py);
                    lastX = px;
                    lastY = py;
                }
                drawing = true;
            } else {
                drawing = false;
            }
        }
        g.draw(line);
    }

    private void ends(Graphics2D g, SphereChart.Path path) {
        double[] start = path.points()[0];
        double[] end = path.points()[path.points().length - 1];
        Color colour = Palette.colour(path.colour());
        g.setStroke(NEAR);
        Ellipse2D from = new Ellipse2D.Double(x(start) - 3.4, y(start) - 3.4, 6.8, 6.8);
        g.setColor(Color.WHITE);
        g.fill(from);
        g.setColor(isNear(start) ? colour : new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 110));
        g.draw(from);
        g.setColor(isNear(end) ? colour : new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 110));
        g.fill(new Ellipse2D.Double(x(end) - 3.4, y(end) - 3.4, 6.8, 6.8));
    }

    private void name(Graphics2D g, SphereChart.Arrow arrow) {
        double px = x(arrow.point());
        double py = y(arrow.point());
        g.setColor(Palette.TEXT);
        g.setStroke(NEAR);
        g.draw(new Ellipse2D.Double(px - 6, py - 6, 12, 12));
        Texts.drawOver(g, arrow.label(), NAME_FONT, px + 8, py - 6);
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

    private double x(double[] p) {
        return middleX + scale * dot(p, right);
    }

    private double y(double[] p) {
        return middleY - scale * dot(p, up);
    }

    private static double dot(double[] a, double[] b) {
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    }

    private static double[] cross(double[] a, double[] b) {
        return new double[] {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    }

    private static double[] unit(double[] a) {
        double length = Math.sqrt(dot(a, a));
        return new double[] {a[0] / length, a[1] / length, a[2] / length};
    }

    private static double[] combine(double[] a, double s, double[] b, double t) {
        return new double[] {s * a[0] + t * b[0], s * a[1] + t * b[1], s * a[2] + t * b[2]};
    }
}
