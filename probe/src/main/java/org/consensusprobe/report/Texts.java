package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.font.FontRenderContext;
import java.awt.font.TextLayout;
import java.awt.geom.AffineTransform;
import java.util.ArrayList;
import java.util.List;

/** Text as outlines, as the chart library draws its own: an SVG then looks the same whatever fonts its viewer has. */
final class Texts {
    /** The platform's sans-serif, which every Java with fonts at all has. */
    static final String FAMILY = Font.SANS_SERIF;

    private static final Color HALO = new Color(255, 255, 255, 215);
    private static final BasicStroke HALO_STROKE = new BasicStroke(3.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    private static final FontRenderContext EXACT = new FontRenderContext(null, true, true);

    private Texts() {}

    static Font plain(float size) {
        return new Font(FAMILY, Font.PLAIN, 1).deriveFont(size);
    }

    static Font bold(float size) {
        return new Font(FAMILY, Font.BOLD, 1).deriveFont(size);
    }

    static double width(String text, Font font) {
        return text.isBlank() ? 0 : new TextLayout(text, font, EXACT).getAdvance();
    }

    /** Draws with the baseline's left end at x, y, in the colour that is set. */
    static void draw(Graphics2D g, String text, Font font, double x, double y) {
        if (!text.isBlank()) {
            g.fill(new TextLayout(text, font, EXACT).getOutline(AffineTransform.getTranslateInstance(x, y)));
        }
    }

    /** As {@link #draw}, over a pale edge that keeps lines behind it from touching the letters. */
    static void drawOver(Graphics2D g, String text, Font font, double x, double y) {
        if (!text.isBlank()) {
            Shape letters = new TextLayout(text, font, EXACT).getOutline(AffineTransform.getTranslateInstance(x, y));
            Color colour = g.getColor();
            g.setColor(HALO);
            g.setStroke(HALO_STROKE);
            g.draw(letters);
            g.setColor(colour);
            g.fill(letters);
        }
    }

    /** Breaks between parts, not within them, so that each line fits if its parts do. */
    static List<String> wrap(List<String> parts, String separator, Font font, double width) {
        List<String> lines = new ArrayList<>();
        String line = "";
        for (String part : parts) {
            String longer = line.isEmpty() ? part : line + separator + part;
            if (!line.isEmpty() && width(longer, font) > width) {
                lines.add(line);
                line = part;
            } else {
                line = longer;
            }
        }
        lines.add(line);
        return lines.stream().map(l -> shorten(l, font, width)).toList();
    }

    /** Ends a text that is too long in an ellipsis. */
    static String shorten(String text, Font font, double width) {
        if (width(text, font) <= width) {
            return text;
        }
        int end = text.length();
        while (end > 1 && width(text.substring(0, end) + "…", font) > width) {
            end--;
        }
        return text.substring(0, end) + "…";
    }
}
