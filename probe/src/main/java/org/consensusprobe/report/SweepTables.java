package org.consensusprobe.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.consensusprobe.common.AtomicFiles;
import org.consensusprobe.common.Csv;
import org.consensusprobe.report.ComparisonFiles.Named;
import org.consensusprobe.report.stats.CurveNumbers;
import org.consensusprobe.report.stats.Draws;
import org.consensusprobe.results.Curve;
import org.consensusprobe.results.RunReader;

/**
 * Many runs as tidy tables: {@code curves.csv}, a line for each run and depth, {@code measures.csv}, the same of what was recorded
 * beside the error, and {@code summary.csv}, a line for each run with the columns of a comparison, and one more for each set of
 * runs that differ in their seed only. They grow on the disk: of thousands of runs, one at a time is in memory.
 */
public final class SweepTables implements AutoCloseable {
    /** The table of all depths. */
    public static final String CURVES = "curves.csv";
    /** The table of runs. */
    public static final String SUMMARY = "summary.csv";
    /** The table of the measures beside the error. */
    public static final String MEASURES = "measures.csv";

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

    private final AtomicFiles.Partial curves;
    private final AtomicFiles.Partial summary;
    private final AtomicFiles.Partial measures;
    private final Draws<Draw> draws = new Draws<>();

    /** A draw that is read again once all are known. */
    private record Draw(Path path, long seed, double seconds) {
        RunReader read() {
            return RunReader.open(path);
        }
    }

    /** Tables without a run, in a folder; nothing appears there before they are finished. */
    public SweepTables(Path folder) {
        curves = AtomicFiles.open(folder.resolve(CURVES));
        summary = AtomicFiles.open(folder.resolve(SUMMARY));
        measures = AtomicFiles.open(folder.resolve(MEASURES));
        List<String> columns = new ArrayList<>(List.of("run"));
        columns.addAll(FIRST);
        columns.addAll(List.of(Curve.COLUMNS.split(",")));
        columns.addAll(PlanColumns.others(columns));
        append(curves, Csv.line(columns));
        List<String> numbers = summaryColumns();
        numbers.addAll(PlanColumns.others(numbers));
        append(summary, Csv.line(numbers));
        List<String> ofMeasures = new ArrayList<>(List.of("run"));
        ofMeasures.addAll(FIRST);
        ofMeasures.addAll(MeasureTable.columns());
        append(measures, Csv.line(ofMeasures));
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
        StringBuilder lines = new StringBuilder();
        run.curve().rows().forEach(row -> {
            List<String> line = new ArrayList<>(first);
            line.addAll(row.cells());
            line.addAll(last);
            lines.append(Csv.line(line));
        });
        append(curves, lines.toString());
        append(measures, MeasureTable.lines(run, first));
        double seconds = run.manifest().timings().seconds();
        summarise(
                new Named(run.name(), run.manifest(), run.path().toString(), cells.get("seed"), CurveNumbers.of(run)),
                seconds);
        draws.add(run, new Draw(run.path(), run.manifest().plan().seed(), seconds));
    }

    /**
     * Sums draws up, and puts the tables in their places.
     *
     * @return why some draws have no row over all of them, a line each
     */
    public List<String> finish() {
        draws.sets().forEach(this::summarise);
        curves.commit();
        summary.commit();
        measures.commit();
        return draws.apart();
    }

    private void summarise(List<Draw> set) {
        RunReader first = set.get(0).read();
        Named all = new Named(
                first.name() + " and its other seeds",
                first.manifest(),
                set.stream().map(draw -> draw.path().toString()).collect(Collectors.joining(" ")),
                set.stream().map(draw -> Long.toString(draw.seed())).collect(Collectors.joining(" ")),
                CurveNumbers.ofDraws(() -> set.stream().map(Draw::read).iterator()));
        summarise(all, set.stream().mapToDouble(Draw::seconds).sum());
    }

    /** Leaves nothing behind unless the tables are finished. */
    @Override
    public void close() {
        curves.close();
        summary.close();
        measures.close();
    }

    private void summarise(Named curve, double seconds) {
        Map<String, String> cells = PlanColumns.cells(curve.first());
        List<String> line = new ArrayList<>(ComparisonFiles.cells(curve));
        line.addAll(List.of(
                cells.get("recycle"),
                cells.get("similarity"),
                Double.toString(seconds),
                ComparisonFiles.ratePerStep(curve.numbers())));
        PlanColumns.others(summaryColumns()).forEach(column -> line.add(cells.get(column)));
        append(summary, Csv.line(line));
    }

    private static void append(AtomicFiles.Partial table, String lines) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                table.channel().write(bytes);
            }
        } catch (IOException e) {
            throw table.refused(e);
        }
    }
}
