package org.consensusprobe.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;

/** Colours and strokes; the colours stay apart under the common kinds of colour blindness. */
final class Palette {
    /** Okabe and Ito (2008), with Paul Tol's wine in place of the yellow that vanishes on white. */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072B2),
            new Color(0xD55E00),
            new Color(0x009E73),
            new Color(0xCC79A7),
            new Color(0x000000),
            new Color(0xE69F00),
            new Color(0x56B4E9),
            new Color(0x882255));

    /** Eight colours, each plain and with marks. */
    static final int MOST_COLOURS = 2 * COLOURS.size();

    static final Color TEXT = new Color(0x222222);
    static final Color FAINT_TEXT = new Color(0x555555);
    static final Color GRID = new Color(0xECECEC);
    static final Color PASS_BOUNDARY = new Color(0xD0D6DC);
    static final Color FRAME = new Color(0x888888);
    static final Color FLOOR = new Color(0x555555);
    static final Color BELOW_FLOOR = new Color(0x55, 0x55, 0x55, 20);

    static final BasicStroke THIN = stroke(0.8f);
    static final BasicStroke FLOOR_LINE = stroke(1.1f, 2f, 2.5f);
    private static final BasicStroke SOLID = stroke(1.7f);
    private static final BasicStroke DASHED = stroke(1.7f, 6f, 3.5f);
    private static final int BAND_ALPHA = 48;

    private Palette() {}

    static Color colour(int index) {
        return COLOURS.get(index % COLOURS.size());
    }

    /** Whether curves of this colour index carry marks, because all colours are taken by earlier ones. */
    static boolean marked(int index) {
        return index >= COLOURS.size();
    }

    static Color band(Color colour) {
        return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), BAND_ALPHA);
    }

    static BasicStroke curve(boolean feedForward) {
        return feedForward ? SOLID : DASHED;
    }

    private static BasicStroke stroke(float width, float... dash) {
        return new BasicStroke(
                width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 4f, dash.length == 0 ? null : dash, 0f);
    }
}
