package org.consensusprobe.report;

import java.awt.Color;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.consensusprobe.report.Figure.Scale;
import org.consensusprobe.report.chart.Axis;
import org.consensusprobe.report.chart.Canvas;
import org.consensusprobe.report.chart.Frame;
import org.consensusprobe.report.chart.Lettering;
import org.consensusprobe.report.chart.Palette;
import org.consensusprobe.report.chart.Panel;

/** One pair of axes with its curves, bands, floors, passes and notes. */
final class CurvePanel implements Panel {
    private static final String DEPTH_TITLE = "depth (blocks)";
    private static final String ERROR_TITLE = "error, eq. 25: 1 − mean cosine to token 1";
    private static final Lettering NOTE_FONT = Lettering.plain(10.5f);
    private static final int MOST_POINTS = 3000;
    private static final int MARKS = 8;
    private static final int MOST_DOTS = 12;
    private static final int NOTE_LINE = 15;
    private static final int VALUE_PARTS = 5;
    private static final int DEPTH_PARTS = 8;
    /** A floor further below the curves than this would press them against the top. */
    private static final double DOWN_TO_FLOOR = 1e4;

    private final FigureRow row;
    private final Scale scale;
    private final Axis values;
    private final Map<String, Integer> colours;

    CurvePanel(FigureRow row, Scale scale, Map<String, Integer> colours) {
        this.row = row;
        this.scale = scale;
        this.colours = colours;
        this.values = scale == Scale.LOG
                ? Axis.log(DoubleStream.concat(drawn(), floorsNear()))
                : Axis.linear(DoubleStream.concat(drawn(), DoubleStream.of(0)), VALUE_PARTS, true);
    }

    private DoubleStream drawn() {
        return row.curves().stream()
                .flatMapToDouble(c -> c.band()
                        ? Stream.of(c.mean(), c.p10(), c.p90()).flatMapToDouble(DoubleStream::of)
                        : DoubleStream.of(c.mean()));
    }

    /** Floors near enough to be shown, with half a decade of room, so that the line does not lie on the frame. */
    private DoubleStream floorsNear() {
        double lowest = drawn().filter(v -> v > 0).min().orElse(Double.NaN);
        return row.curves().stream()
                .filter(c -> c.hasFloor() && c.floor() > lowest / DOWN_TO_FLOOR)
                .mapToDouble(c -> c.floor() / Math.sqrt(10));
    }

    @Override
    public void paint(Canvas canvas, double width, double height) {
        boolean onlyEnds = row.curves().stream().anyMatch(CurveSeries::drawnByPass);
        Frame frame = Frame.paint(
                canvas,
                width,
                height,
                depths(),
                onlyEnds ? DEPTH_TITLE + ", drawn at the end of each pass" : DEPTH_TITLE,
                values,
                row.valueTitle().isEmpty() ? ERROR_TITLE : row.valueTitle(),
                false);
        row.passes().ifPresent(passes -> paintPasses(canvas, frame, passes));
        paintFloors(canvas, frame);
        frame.outline(canvas);
        row.curves().stream().filter(CurveSeries::band).forEach(curve -> paintBand(canvas, frame, curve));
        row.curves().forEach(curve -> paintCurve(canvas, frame, curve));
        paintNotes(canvas, frame);
    }

    /** Ticks on ends of passes, or on equal parts of a pass, if some step divides the depth so; else round numbers. */
    private Axis depths() {
        int depth = row.depth();
        int blocks =
                row.passes().filter(p -> p.once().isEmpty()).map(Passes::blocks).orElse(0);
        for (int count = depth < 1000 ? 10 : 6; blocks > 0 && count >= 4; count--) {
            int step = depth / count;
            if (depth % count == 0 && (step % blocks == 0 || blocks % step == 0)) {
                return new Axis(
                        false,
                        0,
                        depth,
                        IntStream.rangeClosed(0, count)
                                .mapToObj(i -> new Axis.Tick(i * step, Integer.toString(i * step)))
                                .toList());
            }
        }
        return Axis.linear(DoubleStream.of(0, depth), Math.min(DEPTH_PARTS, depth), false);
    }

    private void paintPasses(Canvas canvas, Frame frame, Passes passes) {
        for (Passes.Span span : passes.once()) {
            double from = frame.x(span.from());
            canvas.box(from, frame.top(), frame.x(span.to()) - from, frame.bottom() - frame.top(), Palette.ONCE);
        }
        IntStream.of(passes.lines()).filter(depth -> depth < row.depth()).forEach(depth -> {
            double x = frame.x(depth);
            canvas.line(x, frame.top(), x, frame.bottom(), Palette.PASS_BOUNDARY, Palette.THIN);
        });
        passes.trainedUntil().ifPresent(depth -> {
            double x = frame.x(depth);
            canvas.line(x, frame.top(), x, frame.bottom(), Palette.FAINT_TEXT, Palette.FLOOR_LINE);
            note(canvas, "trained with " + passes.trained() + " passes, up to here", x + 4, frame.top() + NOTE_LINE);
        });
    }

    private void paintFloors(Canvas canvas, Frame frame) {
        NavigableMap<Double, String> floors = floors(true);
        for (double floor : floors.keySet()) {
            double y = frame.y(floor);
            if (floors.size() == 1) {
                canvas.box(frame.left(), y, frame.right() - frame.left(), frame.bottom() - y, Palette.BELOW_FLOOR);
            }
            canvas.line(frame.left(), y, frame.right(), y, Palette.FLOOR, Palette.FLOOR_LINE);
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

    private void paintBand(Canvas canvas, Frame frame, CurveSeries curve) {
        int[] depths = curve.depthsToDraw(MOST_POINTS);
        for (int from = 0; from < depths.length; from++) {
            int to = from;
            while (to < depths.length && !Double.isNaN(curve.p10()[depths[to]] + curve.p90()[depths[to]])) {
                to++;
            }
            if (to - from > 1) {
                Path2D outline = new Path2D.Double();
                for (int i = from; i < to; i++) {
                    extend(outline, i == from, frame.x(depths[i]), frame.y(curve.p90()[depths[i]]));
                }
                for (int i = to - 1; i >= from; i--) {
                    extend(outline, false, frame.x(depths[i]), frame.y(curve.p10()[depths[i]]));
                }
                outline.closePath();
                canvas.fill(outline, Palette.band(colour(curve)));
            }
            from = to;
        }
    }

    private void paintCurve(Canvas canvas, Frame frame, CurveSeries curve) {
        Path2D line = new Path2D.Double();
        boolean broken = true;
        for (int depth : curve.depthsToDraw(MOST_POINTS)) {
            double value = curve.mean()[depth];
            if (!Double.isNaN(value)) {
                extend(line, broken, frame.x(depth), frame.y(value));
            }
            broken = Double.isNaN(value);
        }
        canvas.draw(line, colour(curve), Palette.curve(curve.feedForward()));
        if (row.passes().isEmpty()) {
            int[] ends = curve.passes().ends();
            int every = Math.max(1, (ends.length + MOST_DOTS - 1) / MOST_DOTS);
            for (int i = every - 1; i < ends.length; i += every) {
                point(frame, curve, ends[i]).ifPresent(p -> canvas.dot(p[0], p[1], colour(curve)));
            }
        }
        if (Palette.marked(colours.get(curve.colour()))) {
            for (int i = 0; i < MARKS; i++) {
                point(frame, curve, (int) ((2L * i + 1) * curve.depth() / (2 * MARKS)))
                        .ifPresent(p -> canvas.fill(mark(p[0], p[1]), colour(curve)));
            }
        }
    }

    private Color colour(CurveSeries curve) {
        return Palette.colour(colours.get(curve.colour()));
    }

    private static Optional<double[]> point(Frame frame, CurveSeries curve, int depth) {
        double value = curve.mean()[depth];
        return Double.isNaN(value) ? Optional.empty() : Optional.of(new double[] {frame.x(depth), frame.y(value)});
    }

    /** The mark of curves whose colour is taken twice. */
    static Rectangle2D mark(double x, double y) {
        return new Rectangle2D.Double(x - 3, y - 3, 6, 6);
    }

    private void paintNotes(Canvas canvas, Frame frame) {
        if (scale != Scale.LOG) {
            return;
        }
        double x = frame.left() + 7;
        double y = frame.bottom() - 7;
        boolean atTheEdge = row.curves().stream()
                .anyMatch(c -> DoubleStream.of(c.mean()).anyMatch(v -> v <= 0)
                        || c.band() && DoubleStream.of(c.p10()).anyMatch(v -> v <= 0));
        if (atTheEdge) {
            note(canvas, "values of 0 and below lie on the lower edge", x, y);
            y -= NOTE_LINE;
        }
        NavigableMap<Double, String> below = floors(false);
        if (!below.isEmpty()) {
            note(canvas, floorText(below) + ", below this panel", x, y);
        }
        NavigableMap<Double, String> shown = floors(true);
        if (!shown.isEmpty()) {
            note(canvas, floorText(shown), x, frame.y(shown.lastKey()) - 5);
        }
    }

    private static void note(Canvas canvas, String text, double x, double y) {
        canvas.textOver(text, NOTE_FONT, Palette.FAINT_TEXT, x, y);
    }

    private static String floorText(NavigableMap<Double, String> floors) {
        String names = String.join(", ", new LinkedHashSet<>(floors.values()));
        String lowest = number(floors.firstKey());
        return floors.size() == 1
                ? "floor of " + names + ": " + lowest
                : "floors of " + names + ": " + lowest + " to " + number(floors.lastKey());
    }

    private static String number(double floor) {
        return Axis.text(new BigDecimal(floor, new MathContext(2)));
    }

    private static void extend(Path2D path, boolean anew, double x, double y) {
        if (anew) {
            path.moveTo(x, y);
        } else {
            path.lineTo(x, y);
        }
    }
}
