package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.consensusprobe.cli.terminal.Progress;
import org.consensusprobe.cli.terminal.TextTable;
import org.consensusprobe.experiment.settle.Motion;
import org.consensusprobe.experiment.settle.Scan;
import org.consensusprobe.experiment.settle.SettleFiles;
import org.consensusprobe.experiment.settle.SettleRuns;
import org.consensusprobe.experiment.settle.Settlement;
import org.consensusprobe.experiment.settle.Twin;

/** Prints what settle says. */
final class SettleOutput {
    private SettleOutput() {}

    static void print(PrintWriter out, SettleFiles files) {
        out.println(files.title());
        table(
                out,
                Settlement.HEADINGS,
                files.twins().stream().map(t -> t.settlement().cells()).toList());
        files.failed().forEach((name, reason) -> out.println(name + ": no verdict, its run failed: " + reason));
        files.limits().words().forEach(out::println);
        if (!files.startsRows().isEmpty()) {
            out.println();
            table(out, SettleFiles.STARTS_HEAD, files.startsRows());
        }
        if (!files.spectraRows().isEmpty()) {
            out.println();
            table(out, SettleFiles.SPECTRA_HEAD, files.spectraRows());
            out.println(SettleFiles.spectraText());
        }
    }

    static void print(PrintWriter out, Scan scan) {
        out.println(scan.title());
        table(out, Scan.HEAD, scan.cells());
        scan.failed().forEach(out::println);
        scan.limits().words().forEach(out::println);
    }

    private static void table(PrintWriter out, List<String> head, List<List<String>> rows) {
        List<List<String>> all = new ArrayList<>(List.of(head));
        all.addAll(rows);
        TextTable.print(out, all);
    }

    /** Says that eigenvalues are looked for, which takes some hundred passes of a prompt. */
    static void tellSpectra(PrintWriter err, SettleRuns runs, Twin twin, int most) {
        if (most > 0 && twin.settlement().motions().stream().anyMatch(m -> m.kind() == Motion.Kind.SETTLES)) {
            String weights = runs.main().weights().mode().optionName();
            Progress.tell(err, "eigenvalues where prompts have settled, " + weights + " weights", Map.of());
        }
    }
}
