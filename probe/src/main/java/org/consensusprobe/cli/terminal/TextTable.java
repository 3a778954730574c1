package org.consensusprobe.cli.terminal;

import java.io.PrintWriter;
import java.util.List;

/** Columns as wide as their widest cell, two spaces apart. */
public final class TextTable {
    private TextTable() {}

    /** Prints rows of as many cells each. */
    public static void print(PrintWriter out, List<List<String>> rows) {
        int columns = rows.get(0).size();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                int index = column;
                int width =
                        rows.stream().mapToInt(r -> r.get(index).length()).max().orElseThrow();
                line.append(row.get(column))
                        .append(" ".repeat(width - row.get(column).length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
