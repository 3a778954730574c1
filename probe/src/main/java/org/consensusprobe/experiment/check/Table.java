package org.consensusprobe.experiment.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table of a verdict as text: quantity, checkpoint, each control, the comparison with its interval, its reading. */
final class Table {
    private static final String FORMAT = "%-24s %-4s %-30s %-19s %-9s %-32s %s";

    private Table() {}

    static List<String> of(Evidence evidence) {
        List<String> lines = new ArrayList<>();
        lines.add(evidence.prompts().describe() + "; means with 95 % intervals");
        lines.add(line("quantity", "pass", "checkpoint", "control", "value", "checkpoint / or - control", "reading"));
        for (Row row : Row.of(evidence)) {
            String quantity = row.quantity();
            String pass = Integer.toString(row.pass());
            String checkpoint = Estimates.show(row.checkpoint());
            if (row.cells().isEmpty()) {
                lines.add(line(quantity, pass, checkpoint, "", "", "", ""));
            }
            for (var entry : row.cells().entrySet()) {
                Row.Cell cell = entry.getValue();
                String draws = entry.getKey().isDrawn()
                        ? " (" + cell.draws() + (cell.draws() == 1 ? " draw)" : " draws)")
                        : "";
                lines.add(line(
                        quantity,
                        pass,
                        checkpoint,
                        entry.getKey().words() + draws,
                        Estimates.number(cell.value()),
                        (row.scale() == Row.Scale.RATIO ? "/ " : "- ") + Estimates.show(cell.compared()),
                        row.quantity().equals(Row.RATE)
                                ? cell.reading().words("falls faster", "falls slower", "cannot be told apart")
                                : cell.reading().words("higher", "lower", "cannot be told apart")));
                quantity = "";
                pass = "";
                checkpoint = "";
            }
        }
        return lines;
    }

    private static String line(Object... cells) {
        return String.format(Locale.ROOT, FORMAT, cells).stripTrailing();
    }
}
