package org.consensusprobe.report.chart;

import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;

/** Colours and strokes; the colours stay apart under the common kinds of colour blindness. */
public final class Palette {
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
    public static final int MOST_COLOURS = 2 * COLOURS.size();

    public static final Color TEXT = new Color(0x222222);
    public static final Color FAINT_TEXT = new Color(0x555555);
    public static final Color GRID = new Color(0xECECEC);
    public static final Color PASS_BOUNDARY = new Color(0xD0D6DC);
    public static final Color FRAME = new Color(0x888888);
    public static final Color FLOOR = new Color(0x555555);
    /** What ran once, apart from the passes of a loop. */
    public static final Color ONCE = new Color(0xF3, 0xEE, 0xDD);

    public static final Color BELOW_FLOOR = new Color(0x55, 0x55, 0x55, 20);

    static final Color HALO = new Color(255, 255, 255, 215);
    static final BasicStroke HALO_LINE = new BasicStroke(3.5f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    public static final BasicStroke THIN = stroke(0.8f);
    public static final BasicStroke FLOOR_LINE = stroke(1.1f, 2f, 2.5f);
    private static final BasicStroke SOLID = stroke(1.7f);
    private static final BasicStroke DASHED = stroke(1.7f, 6f, 3.5f);
    private static final int BAND_ALPHA = 48;

    private Palette() {}

    public static Color colour(int index) {
        return COLOURS.get(index % COLOURS.size());
    }

    /** Whether curves of this colour index carry marks, because all colours are taken by earlier ones. */
    public static boolean marked(int index) {
        return index >= COLOURS.size();
    }

    /** The colour of a curve's band. */
    public static Color band(Color colour) {
        return pale(colour, BAND_ALPHA);
    }

    static Color pale(Color colour, int alpha) {
        return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), alpha);
    }

    public static BasicStroke curve(boolean feedForward) {
        return feedForward ? SOLID : DASHED;
    }

    private static BasicStroke stroke(float width, float... dash) {
        return new BasicStroke(
                width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 4f, dash.length == 0 ? null : dash, 0f);
    }
}
