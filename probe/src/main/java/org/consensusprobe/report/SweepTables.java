package org.consensusprobe.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Csv;
import org.consensusprobe.report.stats.Comparison;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.report.stats.Draws;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunReader;

/**
 * Many runs as two tidy tables: {@code curves.csv}, a line for each run and depth, and {@code summary.csv}, a line for
 * each run with the columns of a comparison, and one more for each set of runs that differ in their seed only.
 */
public final class SweepTables {
    /** Before the numbers; then come the fields that are not among them. */
    private static final List<String> FIRST = List.of(
            "model",
            "weights",
            "seed",
            "feed_forward",
            "dtype",
            "prompt_set",
            "prompts",
            "tokens",
            "recycle",
            "similarity");

    private final StringBuilder curves = new StringBuilder();
    private final StringBuilder summary = new StringBuilder();
    private final List<RunReader> runs = new ArrayList<>();

    /** Tables without a run. */
    public SweepTables() {
        List<String> columns = new ArrayList<>(List.of("run"));
        columns.addAll(FIRST);
        columns.addAll(List.of(Curve.COLUMNS.split(",")));
        columns.addAll(PlanColumns.others(columns));
        line(curves, columns);
        List<String> numbers = summaryColumns();
        numbers.addAll(PlanColumns.others(numbers));
        line(summary, numbers);
    }

    private static List<String> summaryColumns() {
        List<String> columns = new ArrayList<>(ComparisonFiles.columns());
        columns.addAll(List.of("recycle", "similarity", "seconds", ComparisonFiles.RATE_PER_STEP));
        return columns;
    }

    /** Enters a finished run. */
    public void add(RunReader run) {
        Map<String, String> cells = PlanColumns.cells(run.manifest());
        List<String> first = new ArrayList<>(List.of(run.name()));
        FIRST.forEach(column -> first.add(cells.get(column)));
        List<String> known = new ArrayList<>(FIRST);
        known.add("run");
        known.addAll(List.of(Curve.COLUMNS.split(",")));
        List<String> last = PlanColumns.others(known).stream().map(cells::get).toList();
        run.curve().rows().forEach(row -> {
            List<String> line = new ArrayList<>(first);
            line.addAll(row.cells());
            line.addAll(last);
            line(curves, line);
        });
        summarise(run.name(), List.of(run), CurveNumbers.of(run));
        runs.add(run);
    }

    /**
     * Writes both tables into a folder.
     *
     * @return why some draws have no row over all of them, a line each
     */
    public List<String> write(Path folder) {
        Draws draws = Draws.among(runs);
        draws.sets()
                .forEach(set -> summarise(set.get(0).name() + " and its other seeds", set, CurveNumbers.ofDraws(set)));
        AtomicFiles.writeText(folder.resolve("curves.csv"), curves.toString());
        AtomicFiles.writeText(folder.resolve("summary.csv"), summary.toString());
        return draws.apart();
    }

    private void summarise(String label, List<RunReader> runs, CurveNumbers numbers) {
        double seconds =
                runs.stream().mapToDouble(r -> r.manifest().timings().seconds()).sum();
        Map<String, String> cells = PlanColumns.cells(runs.get(0).manifest());
        List<String> line = new ArrayList<>(ComparisonFiles.cells(new Comparison.Row(label, runs, numbers)));
        line.addAll(List.of(
                cells.get("recycle"),
                cells.get("similarity"),
                Double.toString(seconds),
                ComparisonFiles.ratePerStep(numbers)));
        PlanColumns.others(summaryColumns()).forEach(column -> line.add(cells.get(column)));
        line(summary, line);
    }

    private static void line(StringBuilder table, List<String> cells) {
        table.append(Csv.line(cells));
    }
}
