package org.consensusprobe.report;

import java.util.List;

/**
 * Curves that share their axes: one row of panels.
 *
 * @param heading above the row; empty for none
 * @param valueTitle what the values are, beside their axis; empty for the error
 */
public record FigureRow(String heading, List<CurveSeries> curves, String valueTitle) {
    /** More curves than this have no room for a band each. */
    public static final int MOST_BANDS = 4;

    public FigureRow {
        curves = List.copyOf(curves);
        if (curves.isEmpty()) {
            throw new IllegalArgumentException("a row without curves");
        }
    }

    /** Curves of the error. */
    public FigureRow(String heading, List<CurveSeries> curves) {
        this(heading, curves, "");
    }

    /** Blocks per pass if all curves agree, else 0. */
    int commonLayers() {
        int layers = curves.get(0).layers();
        return curves.stream().allMatch(c -> c.layers() == layers) ? layers : 0;
    }

    int depth() {
        return curves.stream().mapToInt(CurveSeries::depth).max().orElseThrow();
    }

    /** Every how many passes a boundary is drawn, so that the lines never close up; 0 if there is none to draw. */
    int passesPerLine() {
        if (commonLayers() == 0) {
            return 0;
        }
        int passes = depth() / commonLayers();
        for (int power = 1; ; power *= 10) {
            for (int factor : new int[] {1, 2, 5}) {
                if (passes <= 24L * factor * power) {
                    return factor * power;
                }
            }
        }
    }
}
