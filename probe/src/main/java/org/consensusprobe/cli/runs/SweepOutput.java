package org.consensusprobe.cli.runs;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import org.consensusprobe.common.Problem;
import org.consensusprobe.experiment.sweep.Sweep;
import org.consensusprobe.experiment.sweep.Sweep.Outcome;
import org.consensusprobe.experiment.sweep.SweepFile;
import org.consensusprobe.plan.Titles;
import org.consensusprobe.report.HtmlReport;
import org.consensusprobe.report.SweepFigure;
import org.consensusprobe.report.SweepReport;
import org.consensusprobe.report.SweepTables;
import org.consensusprobe.results.RunDirectory;
import org.consensusprobe.results.RunReader;

/** What a sweep says at its end. */
final class SweepOutput {
    /** Runs of a report or a figure. */
    private static final int MOST_DRAWN = 500;

    private SweepOutput() {}

    /** Runs that can be read: made now or before. */
    static List<RunReader> finished(List<Outcome> outcomes) {
        return outcomes.stream().filter(Outcome::finished).map(Outcome::read).toList();
    }

    /** Writes the tables of the finished runs. */
    static void writeTables(PrintWriter out, List<Outcome> outcomes, Path folder) {
        List<String> apart;
        try (SweepTables tables = new SweepTables(folder)) {
            outcomes.stream()
                    .distinct()
                    .filter(Outcome::finished)
                    .map(Outcome::read)
                    .forEach(tables::add);
            apart = tables.finish();
        }
        out.println("curves:  " + folder.resolve(SweepTables.CURVES));
        out.println("rates:   " + folder.resolve(SweepTables.SUMMARY));
        out.println("beside:  " + folder.resolve(SweepTables.MEASURES));
        apart.forEach(line -> out.println("note:    " + line));
        out.flush();
    }

    /** Writes figure, report and tables of what is finished. */
    static void write(
            PrintWriter out, PrintWriter err, SweepFile sweep, List<Outcome> outcomes, Path folder, String name) {
        long finished = outcomes.stream().filter(Outcome::finished).count();
        if (finished > MOST_DRAWN) {
            err.printf(
                    "no figure, no report: %d runs are more than a page can show (%d); the tables hold all.%n",
                    finished, MOST_DRAWN);
        } else if (finished > 0) {
            if (sweep.figure().isPresent()) {
                draw(out, err, sweep, outcomes, folder, name);
            }
            writeReport(out, err, sweep, outcomes, folder);
        }
        if (finished > 0) {
            writeTables(out, outcomes, folder);
        }
    }

    private static void writeReport(
            PrintWriter out, PrintWriter err, SweepFile sweep, List<Outcome> outcomes, Path folder) {
        try {
            Path report = folder.resolve(RunDirectory.REPORT);
            String note = sweep.note().orElse("");
            HtmlReport.write(sweep.title(), SweepReport.sections(note, finished(outcomes)), report);
            out.println("report:  " + report);
        } catch (Problem e) {
            err.println("no report: " + e.getMessage());
        }
    }

    // the runs and their tables are there, whatever a figure can hold
    private static void draw(
            PrintWriter out, PrintWriter err, SweepFile sweep, List<Outcome> outcomes, Path folder, String name) {
        try {
            SweepFile.FigurePlan figure = sweep.figure().orElseThrow();
            List<RunReader> firstDraws = finished(outcomes.stream()
                    .filter(o -> sweep.runs().contains(o.plan()))
                    .toList());
            out.println("figure:  "
                    + SweepFigure.draw(sweep.title(), figure.rows(), figure.show(), firstDraws, folder, name));
        } catch (Problem e) {
            err.println("no figure: " + e.getMessage());
        }
    }

    /** Lists the runs that failed; the exit code of the whole. */
    static int end(PrintWriter err, List<Outcome> outcomes) {
        return end(err, outcomes, "failed");
    }

    /** The same, with another word for it. */
    static int end(PrintWriter err, List<Outcome> outcomes, String word) {
        List<Outcome> failed =
                outcomes.stream().filter(o -> o.end() == Sweep.End.FAILED).toList();
        if (failed.isEmpty()) {
            return 0;
        }
        err.printf("consensus: %d of %d runs %s:%n", failed.size(), outcomes.size(), word);
        failed.forEach(o -> err.printf("  %s: %s%n", Titles.describe(o.plan()), o.reason()));
        err.flush();
        return Problem.FAILED;
    }
}
