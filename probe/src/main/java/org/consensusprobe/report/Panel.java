package org.consensusprobe.report;

import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import org.consensusprobe.report.Figure.Scale;

/** One pair of axes with its curves, bands, floors and notes. */
final class Panel {
    private static final Font NOTE_FONT = Texts.plain(10.5f);
    private static final int MOST_POINTS = 3000;
    private static final int MARKS = 8;
    private static final int NOTE_LINE = 15;

    private final FigureRow row;
    private final Scale scale;
    private final ValueAxis values;
    private final Map<String, Integer> colours;

    Panel(FigureRow row, Scale scale, Map<String, Integer> colours) {
        this.row = row;
        this.scale = scale;
        this.colours = colours;
        this.values =
                scale == Scale.LOG ? ValueAxis.log(row.curves(), PlotArea.TICK_FONT) : ValueAxis.linear(row.curves());
    }

    /** Draws the panel into the box from the origin to (width, height). */
    void paint(Graphics2D g, int width, int height) {
        PlotArea area = PlotArea.paintAxes(g, width, height, row, values);
        paintMinorGrid(g, area);
        paintPassBoundaries(g, area);
        paintFloors(g, area);
        paintFrame(g, area);
        for (CurveSeries curve : row.curves()) {
            if (curve.band()) {
                paintBand(g, area, curve);
            }
        }
        for (CurveSeries curve : row.curves()) {
            paintCurve(g, area, curve);
        }
        paintNotes(g, area);
    }

    private void paintMinorGrid(Graphics2D g, PlotArea area) {
        for (double value : values.minor()) {
            double y = area.y(value);
            g.setColor(Palette.GRID);
            g.setStroke(Palette.THIN);
            g.draw(new Line2D.Double(area.left(), y, area.right(), y));
            if (values.minorLabels()) {
                String text = ValueAxis.text(BigDecimal.valueOf(value));
                g.setColor(Palette.TEXT);
                Texts.draw(g, text, NOTE_FONT, area.left() - 8 - Texts.width(text, NOTE_FONT), y + 4);
            }
        }
    }

    private void paintPassBoundaries(Graphics2D g, PlotArea area) {
        int every = row.passesPerLine() * row.commonLayers();
        g.setColor(Palette.PASS_BOUNDARY);
        g.setStroke(Palette.THIN);
        for (int depth = every; every > 0 && depth < row.depth(); depth += every) {
            double x = area.x(depth);
            g.draw(new Line2D.Double(x, area.top(), x, area.bottom()));
        }
    }

    private void paintFloors(Graphics2D g, PlotArea area) {
        NavigableMap<Double, String> floors = floors(true);
        for (double floor : floors.keySet()) {
            double y = area.y(floor);
            if (floors.size() == 1) {
                g.setColor(Palette.BELOW_FLOOR);
                g.fill(new Rectangle2D.Double(area.left(), y, area.right() - area.left(), area.bottom() - y));
            }
            g.setColor(Palette.FLOOR);
            g.setStroke(Palette.FLOOR_LINE);
            g.draw(new Line2D.Double(area.left(), y, area.right(), y));
        }
    }

    /** The floors on this panel's axis, or those below it, with the names of what set them. */
    private NavigableMap<Double, String> floors(boolean shown) {
        NavigableMap<Double, String> floors = new TreeMap<>();
        if (scale == Scale.LOG) {
            row.curves().stream()
                    .filter(c -> c.hasFloor() && values.shows(c.floor()) == shown)
                    .forEach(c -> floors.merge(c.floor(), c.floorName(), (a, b) -> a.contains(b) ? a : a + ", " + b));
        }
        return floors;
    }

    /** Whether a floor line is drawn. */
    boolean showsFloor() {
        return !floors(true).isEmpty();
    }

    private void paintBand(Graphics2D g, PlotArea area, CurveSeries curve) {
        g.setColor(Palette.band(Palette.colour(colours.get(curve.colour()))));
        int[] depths = curve.depthsToDraw(MOST_POINTS);
        for (int from = 0; from < depths.length; from++) {
            int to = from;
            while (to < depths.length && !Double.isNaN(curve.p10()[depths[to]] + curve.p90()[depths[to]])) {
                to++;
            }
            if (to - from > 1) {
                Path2D outline = new Path2D.Double();
                for (int i = from; i < to; i++) {
                    extend(outline, area, depths[i], curve.p90()[depths[i]]);
                }
                for (int i = to - 1; i >= from; i--) {
                    extend(outline, area, depths[i], curve.p10()[depths[i]]);
                }
                outline.closePath();
                g.fill(outline);
            }
            from = to;
        }
    }

    private void paintCurve(Graphics2D g, PlotArea area, CurveSeries curve) {
        int colour = colours.get(curve.colour());
        g.setColor(Palette.colour(colour));
        g.setStroke(Palette.curve(curve.feedForward()));
        Path2D line = new Path2D.Double();
        boolean broken = true;
        for (int depth : curve.depthsToDraw(MOST_POINTS)) {
            double value = curve.mean()[depth];
            if (!Double.isNaN(value)) {
                if (broken) {
                    line.moveTo(area.x(depth), area.y(value));
                } else {
                    line.lineTo(area.x(depth), area.y(value));
                }
            }
            broken = Double.isNaN(value);
        }
        g.draw(line);
        if (row.commonLayers() == 0) {
            int passes = curve.depth() / curve.layers();
            int every = Math.max(1, (passes + 11) / 12);
            for (int pass = every; pass <= passes; pass += every) {
                paintDot(g, area, curve, pass * curve.layers());
            }
        }
        if (Palette.marked(colour)) {
            for (int i = 0; i < MARKS; i++) {
                paintMark(g, area, curve, (int) ((2L * i + 1) * curve.depth() / (2 * MARKS)));
            }
        }
    }

    private void paintDot(Graphics2D g, PlotArea area, CurveSeries curve, int depth) {
        double value = curve.mean()[depth];
        if (!Double.isNaN(value)) {
            g.fill(new Ellipse2D.Double(area.x(depth) - 2.6, area.y(value) - 2.6, 5.2, 5.2));
        }
    }

    private void paintMark(Graphics2D g, PlotArea area, CurveSeries curve, int depth) {
        double value = curve.mean()[depth];
        if (!Double.isNaN(value)) {
            g.fill(mark(area.x(depth), area.y(value)));
        }
    }

    /** The mark of curves whose colour is taken twice. */
    static Rectangle2D mark(double x, double y) {
        return new Rectangle2D.Double(x - 3, y - 3, 6, 6);
    }

    private void paintNotes(Graphics2D g, PlotArea area) {
        if (scale != Scale.LOG) {
            return;
        }
        g.setColor(Palette.FAINT_TEXT);
        double x = area.left() + 7;
        double y = area.bottom() - 7;
        boolean atTheEdge = row.curves().stream()
                .anyMatch(c -> DoubleStream.of(c.mean()).anyMatch(v -> v <= 0)
                        || c.band() && DoubleStream.of(c.p10()).anyMatch(v -> v <= 0));
        if (atTheEdge) {
            Texts.drawOver(g, "values of 0 and below lie on the lower edge", NOTE_FONT, x, y);
            y -= NOTE_LINE;
        }
        NavigableMap<Double, String> below = floors(false);
        if (!below.isEmpty()) {
            Texts.drawOver(g, floorText(below) + ", below this panel", NOTE_FONT, x, y);
            y -= NOTE_LINE;
        }
        NavigableMap<Double, String> shown = floors(true);
        if (!shown.isEmpty()) {
            double line = area.y(shown.lastKey());
            Texts.drawOver(g, floorText(shown), NOTE_FONT, x, line - 5);
        }
    }

    private void paintFrame(Graphics2D g, PlotArea area) {
        g.setColor(Palette.FRAME);
        g.setStroke(Palette.THIN);
        g.draw(new Rectangle2D.Double(area.left(), area.top(), area.right() - area.left(), area.bottom() - area.top()));
    }

    private static String floorText(NavigableMap<Double, String> floors) {
        String names = String.join(", ", new LinkedHashSet<>(floors.values()));
        String lowest = number(floors.firstKey());
        return floors.size() == 1
                ? "floor of " + names + ": " + lowest
                : "floors of " + names + ": " + lowest + " to " + number(floors.lastKey());
    }

    private static String number(double floor) {
        return ValueAxis.text(new BigDecimal(floor, new MathContext(2)));
    }

    private static void extend(Path2D path, PlotArea area, int depth, double value) {
        if (path.getCurrentPoint() == null) {
            path.moveTo(area.x(depth), area.y(value));
        } else {
            path.lineTo(area.x(depth), area.y(value));
        }
    }
}
