package org.consensusprobe.report.chart;

import java.awt.geom.Rectangle2D;
import org.consensusprobe.report.chart.Axis.Tick;
import org.consensusprobe.report.chart.Canvas.Anchor;

/** A chart's two axes around its plot, and where values lie in it. */
public final class Frame {
    static final Lettering TICK_FONT = Lettering.plain(11.5f);
    private static final Lettering TITLE_FONT = Lettering.plain(12.5f);
    private static final int TITLE_ROOM = 22;
    private static final int LABEL_GAP = 8;
    private static final int LABEL_LINE = 22;
    /** Half of the last label of the axis below. */
    private static final int RIGHT = 22;

    private static final int TOP = 10;
    /** Charts above each other line up unless a label is wider than this. */
    private static final double LABEL_WIDTH = 40;

    private final Rectangle2D area;
    private final Axis x;
    private final Axis y;
    /** Of the widest label at the left. */
    private final double labelWidth;

    private Frame(Rectangle2D area, Axis x, Axis y, double labelWidth) {
        this.area = area;
        this.x = x;
        this.y = y;
        this.labelWidth = labelWidth;
    }

    /** The frame that fills a box from the origin to (width, height). */
    static Frame in(double width, double height, Axis x, String xTitle, Axis y, String yTitle) {
        double widest = y.ticks().stream()
                .mapToDouble(t -> TICK_FONT.width(t.label()))
                .max()
                .orElse(0);
        double left = (yTitle.isEmpty() ? 0 : TITLE_ROOM + 4) + Math.max(LABEL_WIDTH, widest) + LABEL_GAP;
        double bottom = LABEL_LINE + (xTitle.isEmpty() ? 0 : TITLE_ROOM) + 8;
        return new Frame(new Rectangle2D.Double(left, TOP, width - left - RIGHT, height - TOP - bottom), x, y, widest);
    }

    /**
     * Draws grid, ticks and titles into a box from the origin to (width, height).
     *
     * @param columns whether the grid has lines upwards
     */
    public static Frame paint(
            Canvas canvas, double width, double height, Axis x, String xTitle, Axis y, String yTitle, boolean columns) {
        Frame frame = in(width, height, x, xTitle, y, yTitle);
        frame.paint(canvas, xTitle, yTitle, columns);
        return frame;
    }

    void paint(Canvas canvas, String xTitle, String yTitle, boolean columns) {
        for (Tick tick : x.ticks()) {
            double at = left() + width() * x.shareOfPlace(tick.place());
            if (columns) {
                canvas.line(at, top(), at, bottom(), Palette.GRID, Palette.THIN);
            }
            if (!tick.label().isEmpty()) {
                canvas.line(at, bottom(), at, bottom() + 4, Palette.FRAME, Palette.THIN);
                canvas.text(tick.label(), TICK_FONT, Palette.TEXT, Anchor.MIDDLE, at, bottom() + 17);
            }
        }
        for (Tick tick : y.ticks()) {
            double at = bottom() - height() * y.shareOfPlace(tick.place());
            canvas.line(left(), at, right(), at, Palette.GRID, Palette.THIN);
            if (!tick.label().isEmpty()) {
                canvas.line(left() - 4, at, left(), at, Palette.FRAME, Palette.THIN);
                canvas.text(tick.label(), TICK_FONT, Palette.TEXT, Anchor.END, left() - LABEL_GAP, at + 4);
            }
        }
        canvas.text(xTitle, TITLE_FONT, Palette.TEXT, Anchor.MIDDLE, area.getCenterX(), bottom() + 38);
        canvas.upwards(left() - LABEL_GAP - labelWidth - 9, area.getCenterY())
                .text(yTitle, TITLE_FONT, Palette.TEXT, Anchor.MIDDLE, 0, 0);
    }

    /** Draws the frame's lines, over the grid and what fills the plot. */
    public void outline(Canvas canvas) {
        canvas.draw(area, Palette.FRAME, Palette.THIN);
    }

    /** Where a value of the axis below lies; outside of it, at its nearer end. */
    public double x(double value) {
        return left() + width() * x.share(value);
    }

    /** Where a value of the axis at the left lies; outside of it, at its nearer end. */
    public double y(double value) {
        return bottom() - height() * y.share(value);
    }

    boolean shows(double across, double up) {
        return x.shows(across) && y.shows(up);
    }

    public double left() {
        return area.getMinX();
    }

    public double right() {
        return area.getMaxX();
    }

    public double top() {
        return area.getMinY();
    }

    public double bottom() {
        return area.getMaxY();
    }

    double width() {
        return area.getWidth();
    }

    double height() {
        return area.getHeight();
    }
}
