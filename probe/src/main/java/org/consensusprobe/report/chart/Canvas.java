package org.consensusprobe.report.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;

/**
 * What charts draw on: shapes and text, in units of the drawing, y downwards.
 *
 * <p>A chart needs no more than this; {@link PngCanvas} makes pixels of it, {@link SvgCanvas} elements of an SVG.
 */
public abstract class Canvas {
    /** Which point of a text's baseline is given. */
    public enum Anchor {
        START,
        MIDDLE,
        END
    }

    /** Fills a shape. */
    public abstract void fill(Shape shape, Color colour);

    /** Draws a shape's outline. */
    public abstract void draw(Shape shape, Color colour, BasicStroke stroke);

    /**
     * Writes a line of text.
     *
     * @param over whether a pale edge keeps lines behind it from touching the letters
     */
    abstract void text(String text, Lettering font, Color colour, Anchor anchor, double x, double y, boolean over);

    /** The same surface with its origin at (x, y) of this one. */
    public abstract Canvas at(double x, double y);

    /** As {@link #at}, turned so that text reads upwards. */
    abstract Canvas upwards(double x, double y);

    /** Writes a line of text with that point of its baseline at (x, y). */
    public final void text(String text, Lettering font, Color colour, Anchor anchor, double x, double y) {
        text(text, font, colour, anchor, x, y, false);
    }

    /** As {@link #text}, from (x, y) on, readable over lines. */
    public final void textOver(String text, Lettering font, Color colour, double x, double y) {
        text(text, font, colour, Anchor.START, x, y, true);
    }

    /** Draws a straight line. */
    public final void line(double x1, double y1, double x2, double y2, Color colour, BasicStroke stroke) {
        draw(new Line2D.Double(x1, y1, x2, y2), colour, stroke);
    }

    /** Fills a rectangle. */
    public final void box(double x, double y, double width, double height, Color colour) {
        fill(new Rectangle2D.Double(x, y, width, height), colour);
    }

    /** Fills a small circle around (x, y), the mark of one value. */
    public final void dot(double x, double y, Color colour) {
        fill(circle(x, y, 2.6), colour);
    }

    /** A circle's outline. */
    static Ellipse2D circle(double x, double y, double radius) {
        return new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
    }
}
