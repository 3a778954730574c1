package org.consensusprobe.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

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

    /** The passes of all curves, if they end at the same depths as far as each curve goes. */
    Optional<Passes> passes() {
        Passes longest = curves.stream()
                .map(CurveSeries::passes)
                .max(Comparator.comparingInt(p -> p.ends().length))
                .orElseThrow();
        return Optional.of(longest)
                .filter(p -> curves.stream().map(CurveSeries::passes).allMatch(p::begins));
    }

    int depth() {
        return curves.stream().mapToInt(CurveSeries::depth).max().orElseThrow();
    }
}
