package org.consensusprobe.common;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Tables for other programs, as RFC 4180 has them but with lines that end in LF alone. */
public final class Csv {
    private Csv() {}

    /** A line of cells with its end. Cells are quoted where they need it; null is an empty cell. */
    public static String line(Object... cells) {
        return line(Arrays.asList(cells));
    }

    /** As {@link #line(Object...)}. */
    public static String line(List<?> cells) {
        return cells.stream().map(Csv::cell).collect(Collectors.joining(",", "", "\n"));
    }

    /** A cell, quoted where it needs it. */
    public static String cell(Object cell) {
        String text = cell == null ? "" : cell.toString();
        return text.matches("[^\",\\r\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
