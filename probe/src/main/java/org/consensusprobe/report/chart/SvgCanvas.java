package org.consensusprobe.report.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.PathIterator;
import java.awt.geom.Point2D;
import java.awt.geom.Rectangle2D;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.consensusprobe.common.Markup;

/**
 * A canvas of SVG elements: paths, rectangles, ellipses and text that stays text.
 *
 * <p>Nothing in it has an id, so that several drawings can stand in one page.
 */
final class SvgCanvas extends Canvas {
    private final StringBuilder out;
    private final AffineTransform place;

    private SvgCanvas(StringBuilder out, AffineTransform place) {
        this.out = out;
        this.place = place;
    }

    /**
     * Draws.
     *
     * @param title read out, and shown on hovering
     * @param description read out after it
     * @return an {@code svg} element, which may stand in HTML
     */
    static String draw(int width, int height, String title, String description, Consumer<Canvas> painter) {
        StringBuilder out = new StringBuilder();
        out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"%1$d\" height=\"%2$d\""
                .formatted(width, height));
        out.append(" viewBox=\"0 0 %d %d\"".formatted(width, height));
        // letters where they were measured, whatever the magnification, and neither kerned nor joined
        out.append(" font-family=\"")
                .append(Lettering.family())
                .append(
                        ", sans-serif\" text-rendering=\"geometricPrecision\" style=\"font-kerning:none;font-variant-ligatures:none\">\n");
        out.append("<title>").append(Markup.escape(title)).append("</title>\n<desc>");
        out.append(Markup.escape(description)).append("</desc>\n");
        painter.accept(new SvgCanvas(out, new AffineTransform()));
        return out.append("</svg>\n").toString();
    }

    @Override
    public void fill(Shape shape, Color colour) {
        element(shape).append(paint("fill", colour)).append("/>\n");
    }

    @Override
    public void draw(Shape shape, Color colour, BasicStroke stroke) {
        element(shape).append(" fill=\"none\"").append(paint("stroke", colour));
        attribute("stroke-width", stroke.getLineWidth());
        if (stroke.getLineJoin() == BasicStroke.JOIN_ROUND) {
            out.append(" stroke-linejoin=\"round\"");
        }
        if (stroke.getEndCap() == BasicStroke.CAP_ROUND) {
            out.append(" stroke-linecap=\"round\"");
        }
        if (stroke.getDashArray() != null) {
            out.append(" stroke-dasharray=\"");
            for (float dash : stroke.getDashArray()) {
                out.append(number(dash)).append(' ');
            }
            out.setCharAt(out.length() - 1, '"');
        }
        out.append("/>\n");
    }

    @Override
    void text(String text, Lettering font, Color colour, Anchor anchor, double x, double y, boolean over) {
        if (text.isBlank()) {
            return;
        }
        Point2D at = place.transform(new Point2D.Double(x, y), null);
        out.append("<text");
        attribute("x", at.getX());
        attribute("y", at.getY());
        if (place.getShearX() != 0) {
            out.append(" transform=\"rotate(-90 %s %s)\"".formatted(number(at.getX()), number(at.getY())));
        }
        attribute("font-size", font.size());
        out.append(font.bold() ? " font-weight=\"bold\"" : "").append(paint("fill", colour));
        if (anchor != Anchor.START) {
            out.append(" text-anchor=\"")
                    .append(anchor.name().toLowerCase(Locale.ROOT))
                    .append('"');
        }
        if (over) {
            out.append(" paint-order=\"stroke\" stroke-linejoin=\"round\"").append(paint("stroke", Palette.HALO));
            attribute("stroke-width", Palette.HALO_LINE.getLineWidth());
        }
        // a viewer without the font this was measured with keeps the text's place
        attribute("textLength", font.width(text));
        out.append(" lengthAdjust=\"spacingAndGlyphs\">")
                .append(Markup.escape(text))
                .append("</text>\n");
    }

    @Override
    public Canvas at(double x, double y) {
        return moved(x, y, 0);
    }

    @Override
    Canvas upwards(double x, double y) {
        return moved(x, y, -1);
    }

    private Canvas moved(double x, double y, int quarters) {
        AffineTransform there = new AffineTransform(place);
        there.translate(x, y);
        there.quadrantRotate(quarters);
        return new SvgCanvas(out, there);
    }

    /** Begins an element with its geometry. */
    private StringBuilder element(Shape shape) {
        Rectangle2D bounds = place.createTransformedShape(shape).getBounds2D();
        if (shape instanceof Rectangle2D) {
            out.append("<rect");
            attribute("x", bounds.getX());
            attribute("y", bounds.getY());
            attribute("width", bounds.getWidth());
            attribute("height", bounds.getHeight());
        } else if (shape instanceof Ellipse2D) {
            out.append("<ellipse");
            attribute("cx", bounds.getCenterX());
            attribute("cy", bounds.getCenterY());
            attribute("rx", bounds.getWidth() / 2);
            attribute("ry", bounds.getHeight() / 2);
        } else {
            out.append("<path d=\"");
            path(shape.getPathIterator(place));
            out.append('"');
        }
        return out;
    }

    private void path(PathIterator path) {
        double[] c = new double[6];
        for (; !path.isDone(); path.next()) {
            int type = path.currentSegment(c);
            int points = List.of(1, 1, 2, 3, 0).get(type);
            out.append("MLQCZ".charAt(type));
            for (int i = 0; i < 2 * points; i++) {
                out.append(i == 0 ? "" : i % 2 == 1 ? "," : " ").append(number(c[i]));
            }
        }
    }

    private void attribute(String name, double value) {
        out.append(' ').append(name).append("=\"").append(number(value)).append('"');
    }

    private static String paint(String name, Color colour) {
        String paint = " %s=\"#%06x\"".formatted(name, colour.getRGB() & 0xFFFFFF);
        return colour.getAlpha() == 255
                ? paint
                : paint + " %s-opacity=\"%s\"".formatted(name, number(colour.getAlpha() / 255.0));
    }

    /** Hundredths of a unit are invisible, and more digits only make the file larger. */
    private static String number(double value) {
        BigDecimal rounded = BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_EVEN);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }
}
