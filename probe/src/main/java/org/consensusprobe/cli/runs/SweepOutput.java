package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.SweepTables;
import org.consensusprobe.results.RunReader;

/** What a sweep says at its end. */
final class SweepOutput {
    private SweepOutput() {}

    /** Runs that can be read: made now or before. */
    static List<RunReader> finished(List<Outcome> outcomes) {
        return outcomes.stream().filter(Outcome::finished).map(Outcome::read).toList();
    }

    /** Writes both tables of the finished runs. */
    static void writeTables(PrintWriter out, List<Outcome> outcomes, Path folder) {
        SweepTables tables = new SweepTables();
        finished(outcomes.stream().distinct().toList()).forEach(tables::add);
        List<String> apart = tables.write(folder);
        out.println("curves:  " + folder.resolve("curves.csv"));
        out.println("rates:   " + folder.resolve("summary.csv"));
        apart.forEach(line -> out.println("note:    " + line));
        out.flush();
    }

    /** Lists the runs that failed; the exit code of the whole. */
    static int end(PrintWriter err, List<Outcome> outcomes) {
        List<Outcome> failed =
                outcomes.stream().filter(o -> o.end() == Sweep.End.FAILED).toList();
        if (failed.isEmpty()) {
            return 0;
        }
        err.printf("consensus: %d of %d runs failed:%n", failed.size(), outcomes.size());
        failed.forEach(o -> err.printf("  %s: %s%n", Titles.describe(o.plan()), o.reason()));
        err.flush();
        return Problem.FAILED;
    }
}
